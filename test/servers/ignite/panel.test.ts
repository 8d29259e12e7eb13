import { describe, inject } from "vitest";
import type { BridgeFiles } from "../../e2e/shared/bed/bed.ts";
import { pushingAndPulling } from "../../e2e/shared/pushing-and-pulling.ts";
import { resolving } from "../../e2e/shared/resolving.ts";
import { freshBackend, freshPrefix } from "./fresh-tables.ts";

/** A bridge whose one connection is set up. */
async function bridgeFiles(): Promise<BridgeFiles> {
  const prefix = freshPrefix();
  const backend = await freshBackend({ prefix });
  await backend.close();
  const connections = { far: { backend: "ignite", url: inject("ignite"), prefix } };
  return { "driftscope.config.json": JSON.stringify({ connections }) };
}

// Tables of their own: the databases of both have the same names.
const [forPushing, forResolving] = [await bridgeFiles(), await bridgeFiles()];

describe("the panel on Ignite, pushing and pulling", () => pushingAndPulling("chromium", forPushing));
describe("the panel on Ignite, resolving", () => resolving("chromium", forResolving));
