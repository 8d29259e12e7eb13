import { inject } from "vitest";
import { killedBridge } from "../suites/killed-bridge.ts";
import { freshBackend, freshTable } from "./fresh-table.ts";

const table = freshTable();
await (await freshBackend({ table })).close();
killedBridge({ backend: "hbase", url: inject("hbase"), table });
