import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { serverTableCapabilities } from "../../../bridge/backends/shared/tables/server-tables.ts";
import { Journal } from "../../../bridge/journal/journal.ts";
import { projectionIdOf } from "../../../core/mapping/mapping-identity.ts";
import { conformanceSuite } from "../../conformance/suite/conformance-suite.ts";
import { valueTableMapping } from "../../conformance/suite/value-table.ts";
import { directTable } from "../../support/bridge/direct-table.ts";
import { someOf } from "../../support/models/runs.ts";
import { backendOn } from "./fresh-backend.ts";
import { freshKeyspace, inKeyspace } from "./fresh-keyspace.ts";

for (const versioned of someOf(false, true)) {
  const what = versioned ? "with a version column" : "without a version column";
  conformanceSuite(
    `existing Cassandra tables ${what}`,
    async () => {
      const folder = mkdtempSync(join(tmpdir(), "driftscope-tables-"));
      const keyspace = await freshKeyspace();
      const backend = backendOn(keyspace);
      const journal = new Journal(join(folder, "journal"));
      const made = new Map<string, Promise<void>>();
      const make = (table: string): Promise<void> => {
        const version = versioned ? ", version int" : "";
        const statement = `CREATE TABLE IF NOT EXISTS ${table} (k text PRIMARY KEY, v text${version})`;
        const making = made.get(table) ?? inKeyspace(keyspace, [statement]);
        made.set(table, making);
        return making;
      };
      const mappingOf = (collection: string) => valueTableMapping(nameOf(collection), versioned);
      return {
        store: async (collection) => {
          if (collection !== "never made") await make(nameOf(collection));
          return directTable(backend.tables, journal, join(folder, "tables"), mappingOf(collection));
        },
        projectionId: (collection) => projectionIdOf({ columns: mappingOf(collection).columns }),
        dispose: async () => {
          await backend.close();
          await journal.close();
          rmSync(folder, { recursive: true, force: true });
        },
      };
    },
    { ...serverTableCapabilities, anyKey: false },
  );
}

/** Cassandra takes letters, digits and underscores. */
const nameOf = (collection: string): string => collection.replaceAll(/\W/g, "_");
