import { serverTableCapabilities } from "../../../bridge/backends/shared/tables/server-tables.ts";
import { projectionIdOf } from "../../../core/mapping/mapping-identity.ts";
import type { TableMapping } from "../../../core/mapping/table-mapping.ts";
import { conformanceSuite } from "../../conformance/suite/conformance-suite.ts";
import { valueTableMapping } from "../../conformance/suite/value-table.ts";
import { someOf } from "../../support/models/runs.ts";
import { freshPrefix } from "./fresh-tables.ts";
import { ONE_GROUP, runRest, runSql, someCache } from "./run-sql.ts";
import { IgniteTablesBed } from "./tables-bed.ts";

function tablesSuite(
  name: string,
  make: (table: string) => Promise<void>,
  mappingOf: (table: string) => TableMapping,
) {
  conformanceSuite(
    name,
    async () => {
      const bed = new IgniteTablesBed();
      const names = freshPrefix();
      const mapping = (table: string): TableMapping => mappingOf(`${names} ${table}`);
      return {
        store: async (table) => {
          if (table !== "never made") await make(`${names} ${table}`);
          return bed.store(mapping(table));
        },
        projectionId: (table) => projectionIdOf({ columns: mapping(table).columns }),
        dispose: () => bed.dispose(),
      };
    },
    { ...serverTableCapabilities, anyKey: false },
  );
}

for (const versioned of someOf(false, true)) {
  const version = versioned ? ', "version" BIGINT' : "";
  tablesSuite(
    `Ignite's tables ${versioned ? "with" : "without"} a version column`,
    async (table) => {
      const columns = `"k" VARCHAR PRIMARY KEY, "v" VARCHAR NOT NULL${version}`;
      await runSql(
        await someCache(),
        `CREATE TABLE IF NOT EXISTS "${table}" (${columns}) WITH "${ONE_GROUP}"`,
      );
    },
    (table) => valueTableMapping(table, versioned),
  );
}

tablesSuite(
  "Ignite's caches of texts",
  async (cacheName) => {
    await runRest({ cmd: "getorcreate", cacheName, cacheGroup: "texts_group" });
  },
  (cache) => ({
    columns: {
      table: `cache:${cache}`,
      key: [{ column: "key", as: "text" }],
      fields: [{ path: [], column: "value", as: "value", whenNull: "absent" }],
    },
  }),
);
