import { inject } from "vitest";
import { killedBridge } from "../suites/killed-bridge.ts";
import { freshFolder } from "./fresh-folder.ts";

killedBridge({ backend: "hdfs", url: inject("hdfs"), folder: freshFolder(), user: "root" });
