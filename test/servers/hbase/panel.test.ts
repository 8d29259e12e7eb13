import { describe, inject } from "vitest";
import type { BridgeFiles } from "../../e2e/shared/bed/bed.ts";
import { pushingAndPulling } from "../../e2e/shared/pushing-and-pulling.ts";
import { resolving } from "../../e2e/shared/resolving.ts";
import { freshBackend, freshTable } from "./fresh-table.ts";

/** A bridge whose one connection is set up. */
async function bridgeFiles(): Promise<BridgeFiles> {
  const table = freshTable();
  const backend = await freshBackend({ table });
  await backend.close();
  const connections = { far: { backend: "hbase", url: inject("hbase"), table } };
  return { "driftscope.config.json": JSON.stringify({ connections }) };
}

// Tables of their own: the databases of both have the same names.
const [forPushing, forResolving] = [await bridgeFiles(), await bridgeFiles()];

describe("the panel on HBase, pushing and pulling", () => pushingAndPulling("chromium", forPushing));
describe("the panel on HBase, resolving", () => resolving("chromium", forResolving));
