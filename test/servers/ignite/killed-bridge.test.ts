import { inject } from "vitest";
import { killedBridge } from "../suites/killed-bridge.ts";
import { freshBackend, freshPrefix } from "./fresh-tables.ts";

const prefix = freshPrefix();
await (await freshBackend({ prefix })).close();
killedBridge({ backend: "ignite", url: inject("ignite"), prefix });
