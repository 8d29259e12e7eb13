import { hdfsCapabilities } from "../../../bridge/backends/hdfs/hdfs-backend.ts";
import { conformanceSuite } from "../../conformance/suite/conformance-suite.ts";
import { directBed } from "../../conformance/suite/direct-bed.ts";
import { freshBackend } from "./fresh-folder.ts";

conformanceSuite("HDFS with Parquet", async () => directBed(freshBackend({ format: "parquet" })), {
  ...hdfsCapabilities,
  anyKey: true,
});
