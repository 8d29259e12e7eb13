import { vi } from "vitest";
import { PostgresqlDialect } from "../../../bridge/backends/sqoop/dialects/postgresql.ts";
import { sqoopCapabilities } from "../../../bridge/backends/sqoop/sqoop-backend.ts";
import { conformanceSuite } from "../../conformance/suite/conformance-suite.ts";
import { directBed } from "../../conformance/suite/direct-bed.ts";
import { freshBackend } from "./fresh-tables.ts";

// All side by side: what they ask at the same time is one run of Sqoop.
vi.setConfig({ maxConcurrency: 100, testTimeout: 600_000, hookTimeout: 600_000 });

conformanceSuite("Sqoop", async () => directBed(await freshBackend()), {
  ...sqoopCapabilities(new PostgresqlDialect("any")),
  anyKey: true,
  isSlow: true,
});
