import { PostgresqlDialect } from "../../../bridge/backends/sqoop/dialects/postgresql.ts";
import { sqoopCapabilities } from "../../../bridge/backends/sqoop/sqoop-backend.ts";
import { conformanceSuite } from "../../conformance/suite/conformance-suite.ts";
import { directBed } from "../../conformance/suite/direct-bed.ts";
import { freshBackend } from "./fresh-tables.ts";

conformanceSuite("Sqoop", async () => directBed(await freshBackend()), {
  ...sqoopCapabilities(new PostgresqlDialect("any")),
  anyKey: true,
});
