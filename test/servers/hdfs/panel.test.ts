import { describe, inject } from "vitest";
import type { BridgeFiles } from "../../e2e/shared/bed/bed.ts";
import { pushingAndPulling } from "../../e2e/shared/pushing-and-pulling.ts";
import { resolving } from "../../e2e/shared/resolving.ts";
import { freshFolder } from "./fresh-folder.ts";

/** A bridge with one connection, on a folder of its own: the databases of both have the same names. */
function bridgeFiles(): BridgeFiles {
  const connections = {
    far: { backend: "hdfs", url: inject("hdfs"), folder: freshFolder(), user: "root" },
  };
  return { "driftscope.config.json": JSON.stringify({ connections }) };
}

describe("the panel on HDFS, pushing and pulling", () => pushingAndPulling("chromium", bridgeFiles()));
describe("the panel on HDFS, resolving", () => resolving("chromium", bridgeFiles()));
