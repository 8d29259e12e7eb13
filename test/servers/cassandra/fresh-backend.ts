import { inject } from "vitest";
import { CassandraBackend } from "../../../bridge/backends/cassandra/cassandra-backend.ts";
import type { ClusterSettings } from "../../../bridge/backends/cassandra/cluster.ts";

/** On a keyspace of the project's server, unless `changed` names another one. */
export const backendOn = (keyspace: string, changed: Partial<ClusterSettings> = {}): CassandraBackend =>
  new CassandraBackend({
    contactPoints: [inject("cassandra")],
    keyspace,
    serialConsistency: "SERIAL",
    requestTimeoutMs: 40_000,
    ...changed,
  });

/** With the tables that `driftscope init` makes. */
export async function setUpBackendOn(keyspace: string): Promise<CassandraBackend> {
  const backend = backendOn(keyspace);
  await backend.setUp.run();
  return backend;
}
