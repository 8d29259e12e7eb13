import type { Item } from "../suites/existing-tables.ts";
import { itemsMapping, serverTablesSuite } from "../suites/existing-tables.ts";
import { FoldersBed } from "./folders-bed.ts";
import { contentOf, namesIn, overwrite } from "./hdfs-files.ts";

interface Row extends Item {
  readonly id: number;
}

serverTablesSuite(
  "folders on HDFS that are ours",
  async () => {
    const bed = new FoldersBed({ ours: ["*"] });

    /** The owner's program: it rewrites the file that has the row, and knows nothing of commits. */
    const filesOf = async (table: string): Promise<Map<string, Row[]>> => {
      const files = new Map<string, Row[]>();
      for (const name of await namesIn(bed.fs, `${bed.tablesFolder}/${table}`)) {
        if (name.startsWith("_")) continue;
        const text = (await contentOf(bed.fs, bed.pathOf(table, name))).toString();
        files.set(
          name,
          text
            .split("\n")
            .filter((line) => line !== "")
            .map((line) => JSON.parse(line) as Row),
        );
      }
      return files;
    };
    const write = (table: string, name: string, rows: readonly Row[]): Promise<void> =>
      overwrite(
        bed.fs,
        bed.pathOf(table, name),
        Buffer.from(rows.map((row) => `${JSON.stringify(row)}\n`).join("")),
      );

    return {
      comparesAllColumns: true,
      items: () => bed.table({ "part-00000.json": "" }),
      mapping: itemsMapping,
      put: async (table, id, item) => {
        const files = [...(await filesOf(table))];
        const [name, rows] = files.find(([, each]) => each.some((row) => row.id === id)) ??
          files[0] ?? ["part-00000.json", []];
        const isThere = rows.some((row) => row.id === id);
        const changed = rows.map((row) => (row.id === id ? { ...row, ...item } : row));
        await write(table, name, isThere ? changed : [...rows, { id, ...item }]);
      },
      row: async (table, id) => {
        const rows = [...(await filesOf(table)).values()].flat().filter((row) => row.id === id);
        if (rows.length > 1) throw new Error(`row ${id} is there ${rows.length} times`);
        const [row] = rows;
        if (row === undefined) return undefined;
        const { id: _, ...item } = row;
        return Object.fromEntries(Object.entries(item).filter(([, value]) => value !== null));
      },
      drop: (table) => bed.fs.remove(`${bed.tablesFolder}/${table}`),
      store: (mapping) => bed.store(mapping),
      dispose: () => bed.dispose(),
    };
  },
  true,
);
