import { inject } from "vitest";
import { CassandraBackend } from "../../../bridge/backends/cassandra/cassandra-backend.ts";
import { directBed } from "../../conformance/suite/direct-bed.ts";
import { DelayingProxy } from "../../support/delaying-proxy.ts";
import { lateApplication } from "../suites/late-application.ts";
import { freshKeyspace } from "./fresh-keyspace.ts";

lateApplication(async () => {
  const [, port] = inject("cassandra").split(":");
  const proxy = await DelayingProxy.before(Number(port));
  const common = { keyspace: await freshKeyspace(), serialConsistency: "SERIAL" } as const;
  const direct = new CassandraBackend({
    ...common,
    contactPoints: [inject("cassandra")],
    requestTimeoutMs: 12_000,
  });
  await direct.setUp.run();
  const slow = new CassandraBackend({
    ...common,
    contactPoints: [`127.0.0.1:${proxy.port}`],
    requestTimeoutMs: 3000,
  });
  return { proxy, direct: directBed(direct), slow: directBed(slow) };
});
