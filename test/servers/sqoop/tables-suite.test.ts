import { vi } from "vitest";
import { type Item, itemsMapping, serverTablesSuite } from "../suites/existing-tables.ts";
import { freshPrefix } from "./fresh-tables.ts";
import { runSql } from "./run-sql.ts";
import { SqoopTablesBed } from "./tables-bed.ts";

// All side by side: what they ask at the same time is one run of Sqoop.
vi.setConfig({ maxConcurrency: 100, testTimeout: 600_000, hookTimeout: 600_000 });

const COLUMNS: readonly (keyof Item)[] = ["name", "price", "note", "stock", "version"];

serverTablesSuite(
  "somebody's tables in PostgreSQL, by Sqoop",
  async () => {
    const bed = await SqoopTablesBed.start();
    return {
      comparesAllColumns: true,
      items: async () => {
        const table = freshPrefix();
        await runSql(
          `CREATE TABLE ${table} (id int PRIMARY KEY, name text, price float8, note text, stock int, version bigint)`,
        );
        return table;
      },
      mapping: itemsMapping,
      put: async (table, id, item) => {
        const cells = Object.entries(item);
        const names = ["id", ...cells.map(([column]) => column)].join(", ");
        const places = [id, ...cells].map((_, i) => `$${i + 1}`).join(", ");
        const set = cells.map(([column]) => `${column} = excluded.${column}`).join(", ");
        await runSql(
          `INSERT INTO ${table} (${names}) VALUES (${places}) ON CONFLICT (id) DO ${set === "" ? "NOTHING" : `UPDATE SET ${set}`}`,
          [id, ...cells.map(([, value]) => value)],
        );
      },
      row: async (table, id) => {
        const [row] = await runSql(`SELECT ${COLUMNS.join(", ")} FROM ${table} WHERE id = $1`, [id]);
        return row && itemOf(row);
      },
      drop: async (table) => {
        await runSql(`DROP TABLE ${table}`);
      },
      store: (mapping) => bed.store(mapping),
      dispose: () => bed.dispose(),
    };
  },
  true,
);

/** The client gives a bigint as text. */
function itemOf(row: readonly unknown[]): Item {
  const cells = COLUMNS.flatMap((column, i) => {
    if (row[i] === null) return [];
    return [[column, column === "version" ? Number(row[i]) : row[i]] as const];
  });
  return Object.fromEntries(cells);
}
