import { randomUUID } from "node:crypto";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { SqliteBackend } from "../../bridge/backends/sqlite/sqlite-backend.ts";
import { Journal } from "../../bridge/journal/journal.ts";
import { EntryState } from "../../core/batch/entry-batch.ts";
import { encodeKey } from "../../core/key/encode-key.ts";
import { toHex } from "../../core/key/hex.ts";
import type { TableMapping } from "../../core/mapping/table-mapping.ts";
import { directTable } from "../support/bridge/direct-table.ts";
import { TestBridge } from "../support/bridge/test-bridge.ts";
import { SomebodysDatabase } from "../support/sqlite/somebodys-database.ts";
import { put, scanAll, tokenOf } from "./suite/bed.ts";
import {
  existingTablesSuite,
  field,
  itemsMapping,
  opened,
  read,
  type TablesBed,
  write,
} from "./suite/existing-tables.ts";

async function inThisProcess(): Promise<TablesBed> {
  const folder = mkdtempSync(join(tmpdir(), "driftscope-tables-"));
  const database = new SomebodysDatabase(join(folder, "theirs.sqlite"));
  const backend = new SqliteBackend({ file: database.path });
  const journal = new Journal(join(folder, "journal"));
  return {
    exec: (sql) => database.exec(sql),
    rows: (sql) => database.rows(sql),
    store: (mapping) => directTable(backend.tables, journal, join(folder, "tables"), mapping),
    dispose: async () => {
      database.close();
      await backend.close();
      await journal.close();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

existingTablesSuite("somebody's SQLite tables, in this process", inThisProcess);

existingTablesSuite("somebody's SQLite tables, behind a bridge process", async () => {
  const bridge = await TestBridge.start({
    connections: { shop: { backend: "sqlite", file: "theirs.sqlite", tables: ["*"] } },
  });
  const database = new SomebodysDatabase(join(bridge.folder, "theirs.sqlite"));
  const { client } = await bridge.pair(bridge.pairing);
  return {
    exec: (sql) => database.exec(sql),
    rows: (sql) => database.rows(sql),
    store: async (mapping) => {
      const store = client.tableStore("shop", mapping);
      await store.open();
      return store;
    },
    dispose: async () => {
      database.close();
      await bridge.dispose();
    },
  };
});

describe("what SQLite alone has", () => {
  let bed: TablesBed;
  beforeAll(async () => {
    bed = await inThisProcess();
  });
  afterAll(() => bed.dispose());

  const textKeyed = (table: string): TableMapping => ({
    columns: { table, key: [{ column: "k", as: "text" }], fields: [field("v", "integer")] },
  });

  test("texts are ordered as the page orders them, where SQLite does otherwise", async () => {
    bed.exec("CREATE TABLE astral (k TEXT PRIMARY KEY, v INTEGER)");
    const keys = ["a", "\ud7ff", "\u{10000}", "\u{1f600}", "\ue000", "\uffff", ""];
    bed.exec(`INSERT INTO astral (k, v) VALUES ${keys.map((key, i) => `('${key}', ${i})`).join(", ")}`);
    const sorted = keys.map((key) => toHex(encodeKey(key))).sort();
    const store = await opened(bed, textKeyed("astral"));
    expect((await scanAll(store, { batchSize: 2 })).map(({ key }) => key)).toEqual(sorted);
    const rest = await scanAll(store, {
      after: encodeKey("\u{1f600}"),
      range: { upper: encodeKey("\uffff") },
    });
    expect(rest.map(({ key }) => key)).toEqual([toHex(encodeKey("\ue000"))]);
  });

  test("a key without an index is sorted, and read-only since it is not unique", async () => {
    bed.exec("CREATE TABLE loose (k TEXT, v INTEGER)");
    bed.exec("INSERT INTO loose VALUES ('b', 1), ('a', 2), ('b', 3)");
    const store = await opened(bed, textKeyed("loose"));
    const entries = await scanAll(store);
    expect(entries.map(({ key, state }) => [key, state])).toEqual([
      [toHex(encodeKey("a")), EntryState.present],
      [toHex(encodeKey("b")), EntryState.notRepresentable],
    ]);
    expect(await write(store, "c", null, { v: 1 })).toMatchObject({
      code: "read-only",
      reason: expect.stringContaining("not unique"),
    });
  });

  test("a key column that ignores case is read-only: two keys of the page could be one there", async () => {
    bed.exec("CREATE TABLE nocase (k TEXT PRIMARY KEY COLLATE NOCASE, v INTEGER)");
    bed.exec("INSERT INTO nocase VALUES ('a', 1), ('B', 2)");
    const store = await opened(bed, textKeyed("nocase"));
    expect((await scanAll(store)).map(({ key }) => key)).toEqual(
      ["B", "a"].map((key) => toHex(encodeKey(key))),
    );
    expect((await read(store, "A")).state).toBe("absent");
    expect(await write(store, "c", null, { v: 1 })).toMatchObject({
      reason: expect.stringMatching(/NOCASE/i),
    });
  });

  test("rows whose key no record can have are shown, and looked up again", async () => {
    bed.exec("CREATE TABLE odd (k TEXT UNIQUE, v INTEGER)");
    bed.exec("INSERT INTO odd VALUES ('a', 1), (NULL, 2), (NULL, 3), (x'00', 4)");
    const store = await opened(bed, textKeyed("odd"));
    const entries = await scanAll(store);
    expect(entries.map(({ state }) => state)).toEqual([
      EntryState.present,
      ...Array(3).fill(EntryState.notRepresentable),
    ]);
    const keyless = await store.lookup(entries.slice(1).map(({ key }) => Buffer.from(key, "hex")));
    expect(keyless.states).toEqual(new Uint8Array(3).fill(EntryState.notRepresentable));
    expect(entries.some(({ token }) => token.includes("NULL"))).toBe(true);
  });

  test("text that is not UTF-8 is no record, and not mended", async () => {
    bed.exec("CREATE TABLE bytes (id INTEGER PRIMARY KEY, name TEXT, price REAL)");
    bed.exec("INSERT INTO bytes VALUES (1, CAST(x'ff61' AS TEXT), 1)");
    const store = await opened(bed, itemsMapping("bytes"));
    expect(await read(store, 1)).toMatchObject({ state: "notRepresentable", reason: /^name: .*encoding/ });
  });

  test("integers beyond 2^53 are refused as numbers and held as bigints", async () => {
    bed.exec("CREATE TABLE large (id INTEGER PRIMARY KEY, name INTEGER, price REAL)");
    bed.exec("INSERT INTO large VALUES (1, 9007199254740993, 1)");
    const asNumber = itemsMapping("large", { fields: [field("id", "integer"), field("name", "integer")] });
    expect(await read(await opened(bed, asNumber), 1)).toMatchObject({ state: "notRepresentable" });
    const asBigint = itemsMapping("large", { fields: [field("id", "integer"), field("name", "bigint")] });
    expect((await read(await bed.store(asBigint), 1)).value).toEqual({ id: 1, name: 9007199254740993n });
  });

  test("what a column's type makes something else of is taken back", async () => {
    bed.exec("CREATE TABLE typed (id INTEGER PRIMARY KEY, name INTEGER, price REAL)");
    const store = await opened(bed, itemsMapping("typed"));
    expect(await write(store, 1, null, { id: 1, name: "007", price: 1 })).toMatchObject({
      status: "rejected",
      code: "changed-by-database",
      reason: expect.stringContaining("name"),
    });
    expect(bed.rows("SELECT * FROM typed")).toEqual([]);
  });

  test("a version that a trigger moves is read back; one that stands still is an error", async () => {
    bed.exec(
      "CREATE TABLE triggered (id INTEGER PRIMARY KEY, name TEXT, price REAL, changed INTEGER DEFAULT 0)",
    );
    bed.exec(`CREATE TRIGGER moves AFTER UPDATE OF name, price ON triggered
      BEGIN UPDATE triggered SET changed = changed + 1 WHERE id = new.id; END`);
    const mapping = itemsMapping("triggered", { version: { column: "changed", moves: "trigger" } });
    const store = await opened(bed, mapping);
    const first = tokenOf(await write(store, 1, null, { id: 1, name: "a", price: 1 }));
    const second = tokenOf(await write(store, 1, first, { id: 1, name: "b", price: 1 }));
    expect(bed.rows("SELECT changed FROM triggered")).toEqual([[1n]]);
    expect((await read(store, 1)).token).toBe(second);
    bed.exec("DROP TRIGGER moves");
    expect(await write(store, 1, second, { id: 1, name: "b", price: 1 })).toMatchObject({
      code: "version-stood-still",
    });
  });

  test.each([
    ["uuid", "TEXT"],
    ["clock", "TEXT"],
  ] as const)("a version that is a %s is put with every write", async (moves, type) => {
    bed.exec(`CREATE TABLE by_${moves} (id INTEGER PRIMARY KEY, name TEXT, price REAL, v ${type})`);
    const store = await opened(bed, itemsMapping(`by_${moves}`, { version: { column: "v", moves } }));
    const first = tokenOf(await write(store, 1, null, { id: 1, name: "a", price: 1 }));
    const before = bed.rows(`SELECT v FROM by_${moves}`);
    expect(before[0]?.[0]).toMatch(moves === "uuid" ? /^[0-9a-f-]{36}$/ : /^\d{4}-.*Z$/);
    expect((await write(store, 1, first, { id: 1, name: "b", price: 1 })).status).toBe("applied");
    expect((await write(store, 1, first, { id: 1, name: "c", price: 1 })).status).toBe("conflict");
  });

  test("generated columns are read and never written", async () => {
    bed.exec(
      "CREATE TABLE generated (id INTEGER PRIMARY KEY, name TEXT, price REAL GENERATED ALWAYS AS (id * 1.5) STORED)",
    );
    const store = await opened(bed, itemsMapping("generated"));
    expect((await write(store, 2, null, { id: 2, name: "a", price: 3 })).status).toBe("applied");
    expect(await write(store, 3, null, { id: 3, name: "a", price: 3 })).toMatchObject({
      code: "changed-by-database",
      reason: expect.stringContaining("price"),
    });
  });

  test("tables without rowids, STRICT tables, and names that need quotes", async () => {
    bed.exec(
      `CREATE TABLE "odd ""name"" ?" ("k?" TEXT PRIMARY KEY, "v ""x""" INTEGER) STRICT, WITHOUT ROWID`,
    );
    const store = await opened(bed, {
      columns: {
        table: 'odd "name" ?',
        key: [{ column: "k?", as: "text" }],
        fields: [field('v "x"', "integer")],
      },
    });
    const token = tokenOf(await write(store, "a?", null, { 'v "x"': 1 }));
    expect((await write(store, "a?", token, { 'v "x"': 2 })).status).toBe("applied");
    expect((await scanAll(store)).map(({ key }) => key)).toEqual([toHex(encodeKey("a?"))]);
  });

  test("views are read-only", async () => {
    bed.exec("CREATE VIEW seen AS SELECT 2 AS id, 'b' AS name, 1.5 AS price UNION SELECT 1, 'a', NULL");
    const store = await opened(bed, itemsMapping("seen"));
    expect((await scanAll(store)).map(({ key }) => key)).toEqual([1, 2].map((id) => toHex(encodeKey(id))));
    expect(await write(store, 3, null, { id: 3, price: null })).toMatchObject({
      reason: expect.stringContaining("view"),
    });
  });

  test("blobs that hold texts, numbers and whole records, in a scope too", async () => {
    bed.exec("CREATE TABLE blobs (k BLOB PRIMARY KEY, kind BLOB, size BLOB, doc BLOB)");
    const columns: TableMapping["columns"] = {
      table: "blobs",
      key: [{ column: "k", as: "textBytes" }],
      fields: [field("kind", "textBytes"), field("size", "int64Bytes"), field("doc", "jsonBytes")],
    };
    const store = await opened(bed, { columns, scope: { column: "kind", is: ">=", value: "b" } });
    tokenOf(await write(store, "é", null, { kind: "c", size: -2, doc: { a: [1] } }));
    expect(bed.rows("SELECT hex(k), CAST(kind AS TEXT), hex(size), CAST(doc AS TEXT) FROM blobs")).toEqual([
      ["C3A9", "c", "FFFFFFFFFFFFFFFE", '{"a":[1]}'],
    ]);
    bed.exec("INSERT INTO blobs (k, kind) VALUES (x'61', CAST('a' AS BLOB)), (x'62', CAST('b' AS BLOB))");
    expect((await scanAll(store)).map(({ key }) => key)).toEqual(["b", "é"].map((k) => toHex(encodeKey(k))));
    expect((await read(store, "é")).value).toEqual({ kind: "c", size: -2, doc: { a: [1] } });
  });

  test("a conflict clause of the table's own deletes nothing", async () => {
    bed.exec(
      "CREATE TABLE replacing (id INTEGER PRIMARY KEY, name TEXT UNIQUE ON CONFLICT REPLACE, price REAL)",
    );
    bed.exec("INSERT INTO replacing VALUES (1, 'a', 1)");
    const store = await opened(bed, itemsMapping("replacing"));
    expect(await write(store, 2, null, { id: 2, name: "a", price: 2 })).toMatchObject({ code: "unique" });
    expect(bed.rows("SELECT id FROM replacing")).toEqual([[1n]]);
  });

  test("constraints that are checked late, and triggers that take everything back, cost only their own record", async () => {
    bed.exec("CREATE TABLE late_parents (id INTEGER PRIMARY KEY)");
    bed.exec(`CREATE TABLE late (id INTEGER PRIMARY KEY, name TEXT, price REAL,
      parent INTEGER DEFAULT 9 REFERENCES late_parents(id) DEFERRABLE INITIALLY DEFERRED)`);
    const late = await opened(bed, itemsMapping("late"));
    expect(await write(late, 1, null, { id: 1, price: 1 })).toMatchObject({ code: "foreign-key" });
    bed.exec("CREATE TABLE strictly (id INTEGER PRIMARY KEY, name TEXT, price REAL)");
    bed.exec(`CREATE TRIGGER refuse BEFORE INSERT ON strictly WHEN new.price > 5
      BEGIN SELECT RAISE(ROLLBACK, 'too dear'); END`);
    const store = await opened(bed, itemsMapping("strictly"));
    const outcomes = await store.write(
      [1, 9, 2].map((price, id) => ({
        opId: randomUUID(),
        key: encodeKey(id),
        expect: null,
        write: put({ id, price }),
      })),
      { applyId: randomUUID() },
    );
    expect(outcomes.map(({ status }) => status)).toEqual(["applied", "rejected", "applied"]);
    expect(outcomes[1]).toMatchObject({ code: "trigger", reason: expect.stringContaining("too dear") });
  });
});
