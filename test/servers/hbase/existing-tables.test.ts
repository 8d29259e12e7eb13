import type { ColumnsMapping, FieldColumn } from "../../../core/mapping/columns-mapping.ts";
import { type Item, serverTablesSuite } from "../suites/existing-tables.ts";
import { double, int32, int64 } from "./java-bytes.ts";
import { type Bytes, SomebodysTable } from "./somebodys-table.ts";
import { ROW_KEY, TablesBed } from "./tables-bed.ts";

const columns: Readonly<Record<keyof Item, readonly [column: string, as: FieldColumn["as"]]>> = {
  name: ["d:name", "textBytes"],
  price: ["d:price", "doubleBytes"],
  note: ["more:note", "textBytes"],
  stock: ["more:stock", "int32Bytes"],
  version: ["d:version", "int64Bytes"],
};

function cellsOf({ name, price, note, stock, version }: Item): Record<string, Bytes> {
  return {
    ...(name === undefined ? {} : { "d:name": name }),
    ...(price === undefined ? {} : { "d:price": double(price) }),
    ...(note === undefined ? {} : { "more:note": note }),
    ...(stock === undefined ? {} : { "more:stock": int32(stock) }),
    ...(version === undefined ? {} : { "d:version": int64(version) }),
  };
}

function itemOf(cells: Readonly<Record<string, Buffer>>): Item {
  const { "d:name": name, "d:price": price, "d:version": version } = cells;
  const { "more:note": note, "more:stock": stock } = cells;
  return {
    ...(name === undefined ? {} : { name: name.toString() }),
    ...(price === undefined ? {} : { price: price.readDoubleBE() }),
    ...(note === undefined ? {} : { note: note.toString() }),
    ...(stock === undefined ? {} : { stock: stock.readInt32BE() }),
    ...(version === undefined ? {} : { version: Number(version.readBigInt64BE()) }),
  };
}

serverTablesSuite("somebody's tables of HBase, by family and qualifier", async () => {
  const bed = new TablesBed();
  const tables = new Map<string, SomebodysTable>();
  const tableOf = (name: string): SomebodysTable => {
    const table = tables.get(name);
    if (table === undefined) throw new Error(`${name} was never made`);
    return table;
  };
  return {
    comparesAllColumns: false,
    async items() {
      const table = await SomebodysTable.make({ d: 1, more: 3 });
      tables.set(table.name, table);
      return table.name;
    },
    mapping(table, { fields, versioned, scope }) {
      const mapping: ColumnsMapping = {
        table,
        key: [{ column: ROW_KEY, as: "int64Bytes" }],
        fields: fields.map((name) => ({
          path: [name],
          column: columns[name][0],
          as: columns[name][1],
          whenNull: "absent",
        })),
        ...(versioned ? { version: { column: "d:version", moves: "increment" } } : {}),
      };
      return { columns: mapping, ...(scope === undefined ? {} : { scope }) };
    },
    put: (table, id, item) => tableOf(table).put(int64(id), cellsOf(item)),
    async row(table, id) {
      const cells = await tableOf(table).bytes(int64(id));
      return cells && itemOf(cells);
    },
    drop: (table) => tableOf(table).drop(),
    store: (mapping) => bed.store(mapping),
    dispose: () => bed.dispose(),
  };
});
