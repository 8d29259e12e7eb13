import { inject } from "vitest";
import { type Item, itemsMapping, serverTablesSuite } from "../suites/existing-tables.ts";
import { freshPrefix } from "./fresh-tables.ts";
import { IgniteOwner, type JavaValue } from "./ignite-owner.ts";
import { ONE_GROUP, runSql, someCache } from "./run-sql.ts";
import { IgniteTablesBed } from "./tables-bed.ts";

const TYPES: Readonly<Record<keyof Item, string>> = {
  name: "java.lang.String",
  price: "java.lang.Double",
  note: "java.lang.String",
  stock: "java.lang.Integer",
  version: "java.lang.Long",
};
const COLUMNS = Object.keys(TYPES) as (keyof Item)[];

const javaValue = ([column, value]: [string, string | number]): JavaValue => ({
  is: TYPES[column as keyof Item],
  text: String(value),
});

serverTablesSuite("somebody's tables on Ignite", async () => {
  const bed = new IgniteTablesBed();
  const owner = new IgniteOwner(inject("igniteThin"));
  const cache = await someCache();
  return {
    comparesAllColumns: true,
    items: async () => {
      const table = freshPrefix().toUpperCase();
      await runSql(
        cache,
        `CREATE TABLE ${table} (id INT PRIMARY KEY, name VARCHAR, price DOUBLE, note VARCHAR, stock INT, version BIGINT) WITH "${ONE_GROUP}"`,
      );
      return table;
    },
    mapping: (table, options) => itemsMapping(table, options, (name) => name.toUpperCase()),
    put: async (table, id, item) => {
      const cells = Object.entries(item);
      const key: JavaValue = { is: "java.lang.Integer", text: String(id) };
      const columns = ["id", ...cells.map(([column]) => column)];
      const places = columns.map(() => "?").join(", ");
      const set = cells.map(([column]) => `${column} = ?`).join(", ");
      const [[changed]] = (await owner.sql(`UPDATE ${table} SET ${set} WHERE id = ?`, [
        ...cells.map(javaValue),
        key,
      ])) as [[JavaValue]];
      if (changed?.text === "1") return;
      await owner.sql(`INSERT INTO ${table} (${columns.join(", ")}) VALUES (${places})`, [
        key,
        ...cells.map(javaValue),
      ]);
    },
    row: async (table, id) => {
      const sql = `SELECT ${COLUMNS.join(", ")} FROM ${table} WHERE id = ?`;
      const [row] = await owner.sql(sql, [{ is: "java.lang.Integer", text: String(id) }]);
      return row && itemOf(row);
    },
    drop: async (table) => {
      await owner.sql(`DROP TABLE ${table}`);
    },
    store: (mapping) => bed.store(mapping),
    dispose: async () => {
      await owner.close();
      await bed.dispose();
    },
  };
});

function itemOf(row: readonly JavaValue[]): Item {
  const cells = COLUMNS.flatMap((column, i) => {
    const text = row[i]?.text;
    if (text === undefined) return [];
    return [[column, column === "name" || column === "note" ? text : Number(text)] as const];
  });
  return Object.fromEntries(cells);
}
