import { vi } from "vitest";
import { serverTableCapabilities } from "../../../bridge/backends/shared/tables/server-tables.ts";
import { projectionIdOf } from "../../../core/mapping/mapping-identity.ts";
import type { TableMapping } from "../../../core/mapping/table-mapping.ts";
import { conformanceSuite } from "../../conformance/suite/conformance-suite.ts";
import { valueTable, valueTableMapping } from "../../conformance/suite/value-table.ts";
import { someOf } from "../../support/models/runs.ts";
import { freshPrefix } from "./fresh-tables.ts";
import { runSql } from "./run-sql.ts";
import { SqoopTablesBed } from "./tables-bed.ts";

// All side by side: what they ask at the same time is one run of Sqoop.
vi.setConfig({ maxConcurrency: 100, testTimeout: 600_000, hookTimeout: 600_000 });

for (const versioned of someOf(true, false)) {
  conformanceSuite(
    `PostgreSQL's tables ${versioned ? "with" : "without"} a version column`,
    async () => {
      const bed = await SqoopTablesBed.start();
      const names = freshPrefix();
      const mapping = (table: string): TableMapping => valueTableMapping(`${names} ${table}`, versioned);
      return {
        store: async (table) => {
          if (table !== "never made") await runSql(valueTable(`${names} ${table}`, versioned));
          return bed.store(mapping(table));
        },
        projectionId: (table) => projectionIdOf({ columns: mapping(table).columns }),
        dispose: () => bed.dispose(),
      };
    },
    { ...serverTableCapabilities, anyKey: false, isSlow: true },
  );
}
