import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { SqliteBackend } from "../../bridge/backends/sqlite/sqlite-backend.ts";
import { tableCapabilities } from "../../bridge/backends/sqlite/tables/sqlite-tables.ts";
import { Journal } from "../../bridge/journal/journal.ts";
import { projectionIdOf } from "../../core/mapping/mapping-identity.ts";
import { directTable } from "../support/bridge/direct-table.ts";
import { SomebodysDatabase } from "../support/sqlite/somebodys-database.ts";
import { conformanceSuite } from "./suite/conformance-suite.ts";
import { valueTable, valueTableMapping } from "./suite/value-table.ts";

for (const versioned of [false, true]) {
  const what = versioned ? "with a version column" : "without a version column";
  conformanceSuite(
    `existing SQLite tables ${what}, in this process`,
    async () => {
      const folder = mkdtempSync(join(tmpdir(), "driftscope-tables-"));
      const database = new SomebodysDatabase(join(folder, "theirs.sqlite"));
      const backend = new SqliteBackend({ file: database.path });
      const journal = new Journal(join(folder, "journal"));
      return {
        store: async (table) => {
          if (table !== "never made") database.exec(valueTable(table, versioned));
          const mapping = valueTableMapping(table, versioned);
          return directTable(backend.tables, journal, join(folder, "tables"), mapping);
        },
        projectionId: (table) => projectionIdOf({ columns: valueTableMapping(table, versioned).columns }),
        dispose: async () => {
          database.close();
          await backend.close();
          await journal.close();
          rmSync(folder, { recursive: true, force: true });
        },
      };
    },
    { ...tableCapabilities, anyKey: false },
  );
}
