import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { defaultCapabilities } from "../../bridge/backends/backend.ts";
import { SqliteBackend } from "../../bridge/backends/sqlite/sqlite-backend.ts";
import { Journal } from "../../bridge/journal/journal.ts";
import { DirectStore } from "../support/bridge/direct-store.ts";
import { conformanceSuite } from "./suite/conformance-suite.ts";

conformanceSuite(
  "SQLite in this process",
  async () => {
    const folder = mkdtempSync(join(tmpdir(), "driftscope-sqlite-"));
    const backend = new SqliteBackend({ file: join(folder, "test.sqlite") });
    const journal = new Journal(join(folder, "journal"));
    return {
      store: async (collection) => new DirectStore(backend, journal, collection),
      dispose: async () => {
        await backend.close();
        await journal.close();
        rmSync(folder, { recursive: true, force: true });
      },
    };
  },
  defaultCapabilities,
);
