import { describe, inject } from "vitest";
import { CassandraBackend } from "../../../bridge/backends/cassandra/cassandra-backend.ts";
import type { BridgeFiles } from "../../e2e/shared/bed/bed.ts";
import { pushingAndPulling } from "../../e2e/shared/pushing-and-pulling.ts";
import { resolving } from "../../e2e/shared/resolving.ts";
import { freshKeyspace } from "./fresh-keyspace.ts";

/** A bridge whose one connection is a keyspace that is set up. */
async function bridgeFiles(): Promise<BridgeFiles> {
  const keyspace = await freshKeyspace();
  const contactPoints = [inject("cassandra")];
  const backend = new CassandraBackend({
    contactPoints,
    keyspace,
    serialConsistency: "SERIAL",
    requestTimeoutMs: 12_000,
  });
  await backend.setUp.run();
  await backend.close();
  const connections = { far: { backend: "cassandra", contactPoints, keyspace } };
  return { "driftscope.config.json": JSON.stringify({ connections }) };
}

// A keyspace each: the databases of both have the same names.
const [forPushing, forResolving] = [await bridgeFiles(), await bridgeFiles()];

describe("the panel on Cassandra, pushing and pulling", () => pushingAndPulling("chromium", forPushing));
describe("the panel on Cassandra, resolving", () => resolving("chromium", forResolving));
