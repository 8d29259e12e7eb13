import { hbaseTableCapabilities } from "../../../bridge/backends/hbase/hbase-backend.ts";
import { serverTableCapabilities } from "../../../bridge/backends/shared/tables/server-tables.ts";
import { toHex } from "../../../core/key/hex.ts";
import { projectionIdOf } from "../../../core/mapping/mapping-identity.ts";
import type { TableMapping } from "../../../core/mapping/table-mapping.ts";
import { conformanceSuite } from "../../conformance/suite/conformance-suite.ts";
import { someOf } from "../../support/models/runs.ts";
import { freshTable } from "./fresh-table.ts";
import { SomebodysTable } from "./somebodys-table.ts";
import { mappingOf, TablesBed } from "./tables-bed.ts";

/** One cell that holds the whole record. */
function valueMapping(table: string, versioned: boolean): TableMapping {
  return mappingOf(table, [{ path: [], column: "f:value", as: "valueBytes", whenNull: "absent" }], {
    ...(versioned ? { version: { column: "f:version", moves: "increment" } } : {}),
  });
}

for (const versioned of someOf(true, false)) {
  const what = versioned ? "with a version column" : "of one cell";
  conformanceSuite(
    `somebody's tables of HBase ${what}`,
    async () => {
      const bed = new TablesBed();
      const prefix = freshTable();
      const made = new Map<string, Promise<SomebodysTable>>();
      const nameOf = (collection: string): string =>
        `${prefix}_${toHex(new TextEncoder().encode(collection))}`;
      const mapping = (collection: string): TableMapping => valueMapping(nameOf(collection), versioned);
      return {
        store: async (collection) => {
          const name = nameOf(collection);
          if (collection !== "never made" && !made.has(name)) {
            made.set(name, SomebodysTable.make({ f: 1 }, { name }));
          }
          await made.get(name);
          return bed.store(mapping(collection));
        },
        projectionId: (collection) => projectionIdOf({ columns: mapping(collection).columns }),
        dispose: () => bed.dispose(),
      };
    },
    { ...serverTableCapabilities, ...hbaseTableCapabilities, anyKey: false },
  );
}
