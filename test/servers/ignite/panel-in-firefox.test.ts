import { describe, inject } from "vitest";
import { pushingAndPulling } from "../../e2e/shared/pushing-and-pulling.ts";
import { freshBackend, freshPrefix } from "./fresh-tables.ts";

const prefix = freshPrefix();
await (await freshBackend({ prefix })).close();
const connections = { far: { backend: "ignite", url: inject("ignite"), prefix } };

/** The panel knows nothing of backends: one of them in the other browser, too. */
describe("Firefox's panel on Ignite, pushing and pulling", () =>
  pushingAndPulling("firefox", { "driftscope.config.json": JSON.stringify({ connections }) }));
