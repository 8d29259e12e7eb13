import { type Item, itemsMapping, serverTablesSuite } from "../../suites/existing-tables.ts";
import { TableBed } from "./table-bed.ts";

const COLUMNS = ["name", "price", "note", "stock", "version"] as const;

serverTablesSuite("somebody's Cassandra tables", async () => {
  const bed = await TableBed.make();
  const { owner } = bed;
  let count = 0;
  return {
    comparesAllColumns: true,
    async items() {
      const table = `items_${++count}`;
      await owner.run(
        `CREATE TABLE ${table} (id int PRIMARY KEY, name text, price double, note text, stock int, version int)`,
      );
      return table;
    },
    mapping: itemsMapping,
    async put(table, id, item) {
      const names = Object.keys(item);
      const marks = names.map(() => ", ?").join("");
      const columns = ["id", ...names].join(", ");
      await owner.run(`INSERT INTO ${table} (${columns}) VALUES (?${marks})`, [id, ...Object.values(item)]);
    },
    async row(table, id) {
      const [row] = await owner.run(`SELECT ${COLUMNS.join(", ")} FROM ${table} WHERE id = ?`, [id]);
      const cells = row?.map((cell, i) => [COLUMNS[i], cell] as const).filter(([, cell]) => cell !== null);
      return cells && (Object.fromEntries(cells) as Item);
    },
    drop: async (table) => void (await owner.run(`DROP TABLE ${table}`)),
    store: (mapping) => bed.store(mapping),
    dispose: () => bed.dispose(),
  };
});
