import { describe, inject } from "vitest";
import type { BridgeFiles } from "../../e2e/shared/bed/bed.ts";
import { pushingAndPulling } from "../../e2e/shared/pushing-and-pulling.ts";
import { resolving } from "../../e2e/shared/resolving.ts";
import { freshPrefix } from "./fresh-topics.ts";

/** A bridge with one connection, of topics of its own: the databases of both have the same names. */
function bridgeFiles(): BridgeFiles {
  const connections = { far: { backend: "kafka", brokers: [inject("kafka")], prefix: freshPrefix() } };
  return { "driftscope.config.json": JSON.stringify({ connections }) };
}

describe("the panel on Kafka, pushing and pulling", () => pushingAndPulling("chromium", bridgeFiles()));
describe("the panel on Kafka, resolving", () => resolving("chromium", bridgeFiles()));
