import { hbaseCapabilities } from "../../../bridge/backends/hbase/hbase-backend.ts";
import { conformanceSuite } from "../../conformance/suite/conformance-suite.ts";
import { directBed } from "../../conformance/suite/direct-bed.ts";
import { freshBackend } from "./fresh-table.ts";

conformanceSuite("HBase", async () => directBed(await freshBackend()), {
  ...hbaseCapabilities,
  anyKey: true,
});
