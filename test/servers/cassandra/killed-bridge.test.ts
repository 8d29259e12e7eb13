import { inject } from "vitest";
import { killedBridge } from "../suites/killed-bridge.ts";
import { setUpBackendOn } from "./fresh-backend.ts";
import { freshKeyspace } from "./fresh-keyspace.ts";

const keyspace = await freshKeyspace();
await (await setUpBackendOn(keyspace)).close();
killedBridge({ backend: "cassandra", contactPoints: [inject("cassandra")], keyspace });
