import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { defaultCapabilities } from "../../bridge/backends/backend.ts";
import { SqliteBackend } from "../../bridge/backends/sqlite/sqlite-backend.ts";
import { conformanceSuite } from "./suite/conformance-suite.ts";
import { directBed } from "./suite/direct-bed.ts";

conformanceSuite(
  "SQLite in this process",
  async () => {
    const folder = mkdtempSync(join(tmpdir(), "driftscope-sqlite-"));
    const backend = new SqliteBackend({ file: join(folder, "test.sqlite") });
    return directBed(backend, () => rmSync(folder, { recursive: true, force: true }));
  },
  { ...defaultCapabilities, anyKey: true },
);
