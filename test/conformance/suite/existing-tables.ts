/**
 * What every backend that opens somebody's own tables has to pass, in SQL that every database takes: exact values
 * both ways, constraints that name their column, versions, scopes, and writers that know nothing of us.
 */
import { randomUUID } from "node:crypto";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { EntryState } from "../../../core/batch/entry-batch.ts";
import { decodeValue } from "../../../core/codec/decode-value.ts";
import { encodeKey } from "../../../core/key/encode-key.ts";
import { toHex } from "../../../core/key/hex.ts";
import type { FieldColumn } from "../../../core/mapping/columns-mapping.ts";
import { projectionIdOf } from "../../../core/mapping/mapping-identity.ts";
import type { BoundScope } from "../../../core/mapping/scope.ts";
import type { TableMapping } from "../../../core/mapping/table-mapping.ts";
import type { RemoteStore, RemoteWrite, WriteOutcome } from "../../../core/session/ports.ts";
import { initOf, put, scanAll, tokenOf } from "./bed.ts";

export interface TablesBed {
  /** As the database's owner, on a connection of his own. */
  exec(sql: string): void;
  rows(sql: string): unknown[][];
  /** Through a bridge of its own: two stores are two bridges' worth of one table, that share a register. */
  store(mapping: TableMapping): Promise<RemoteStore>;
  dispose(): Promise<void>;
}

export const field = (
  column: string,
  as: FieldColumn["as"],
  whenNull: FieldColumn["whenNull"] = "absent",
): FieldColumn => ({ path: [column], column, as, whenNull });

export const itemsMapping = (table: string, more: Partial<TableMapping["columns"]> = {}): TableMapping => ({
  columns: {
    table,
    key: [{ column: "id", as: "integer" }],
    fields: [field("id", "integer"), field("name", "text"), field("price", "real", "null")],
    ...more,
  },
});

const operation = (key: unknown, expect: string | null, value: unknown): RemoteWrite => ({
  opId: randomUUID(),
  key: encodeKey(key),
  expect,
  write: value === undefined ? "delete" : put(value),
});

/** Undoes an apply that deleted the key: each put has to apply. @returns How many there were. */
export async function undoDeletion(store: RemoteStore, key: unknown, applyId: string): Promise<number> {
  let undone = 0;
  for await (const [image] of store.preimages(applyId)) {
    const { body = "", digest = new Uint8Array(16), rest = "" } = image?.before ?? {};
    const undo: RemoteWrite = { ...operation(key, null, undefined), write: { body, digest, rest } };
    tokenOf((await store.write([undo], { applyId: randomUUID() }))[0]);
    undone++;
  }
  return undone;
}

export async function write(
  store: RemoteStore,
  key: unknown,
  expect: string | null,
  value: unknown,
  options: { readonly applyId?: string; readonly dryRun?: boolean } = {},
): Promise<WriteOutcome> {
  const { applyId = randomUUID(), dryRun = false } = options;
  const [outcome] = await store.write([operation(key, expect, value)], { applyId, dryRun });
  if (outcome === undefined) throw new Error("no outcome");
  return outcome;
}

export async function read(store: RemoteStore, key: unknown) {
  for await (const [record] of store.read([encodeKey(key)])) {
    if (record !== undefined) {
      return { ...record, value: record.body === undefined ? undefined : decodeValue(record.body) };
    }
  }
  throw new Error("no answer");
}

export async function opened(bed: Pick<TablesBed, "store">, mapping: TableMapping): Promise<RemoteStore> {
  const store = await bed.store(mapping);
  await store.init(initOf(mapping.columns.table, projectionIdOf({ columns: mapping.columns })));
  return store;
}

export function existingTablesSuite(name: string, makeBed: () => Promise<TablesBed>): void {
  describe(name, () => {
    let bed: TablesBed;
    let count = 0;
    beforeAll(async () => {
      bed = await makeBed();
    });
    afterAll(() => bed.dispose());

    /** A table of its own for a test. */
    const table = (columns: string): string => {
      const made = `items_${++count}`;
      bed.exec(`CREATE TABLE ${made} (${columns})`);
      return made;
    };
    const items = (): string =>
      table(
        "id INTEGER PRIMARY KEY, name TEXT, price REAL, note TEXT DEFAULT 'theirs', stock INTEGER DEFAULT 7",
      );

    test("records go to their columns and come back; what is not mapped keeps its default and its value", async () => {
      const made = items();
      const store = await opened(bed, itemsMapping(made));
      const token = tokenOf(await write(store, 1, null, { id: 1, name: "a\0😀", price: 1.5 }));
      expect(bed.rows(`SELECT id, price, note, stock FROM ${made}`)).toEqual([[1n, 1.5, "theirs", 7n]]);
      bed.exec(`UPDATE ${made} SET note = 'kept', stock = 3`);
      expect(await read(store, 1)).toMatchObject({ token, value: { id: 1, name: "a\0😀", price: 1.5 } });
      await write(store, 1, token, { id: 1, price: null });
      expect(bed.rows(`SELECT name, price, note, stock FROM ${made}`)).toEqual([[null, null, "kept", 3n]]);
      expect((await read(store, 1)).value).toEqual({ id: 1, price: null });
    });

    test("what a column cannot hold is refused with the reason, and nothing of it written", async () => {
      const made = items();
      const store = await opened(bed, itemsMapping(made));
      for (const [value, reason] of [
        [{ id: 1, name: 5, price: 1 }, /Name: a number is no string/],
        [{ id: 1, name: "a", price: Number.NaN }, /Price: .*NaN/],
        [{ id: 1, name: "a" }, /Price: it is missing, and NULL stands for null/],
        [{ id: 2, name: "a", price: 1 }, /Id is not what its key says/],
      ] as const) {
        expect(await write(store, 1, null, value)).toMatchObject({
          status: "rejected",
          code: "not-representable",
          reason: expect.stringMatching(reason),
        });
      }
      expect(await write(store, "1", null, { id: "1", price: 1 })).toMatchObject({
        code: "not-representable",
      });
      expect(bed.rows(`SELECT * FROM ${made}`)).toEqual([]);
    });

    test("constraints reject by name: NOT NULL, UNIQUE, CHECK, FOREIGN KEY; neighbours go through", async () => {
      const parents = table("id INTEGER PRIMARY KEY");
      bed.exec(`INSERT INTO ${parents} VALUES (1)`);
      const made = table(
        `id INTEGER PRIMARY KEY, sku TEXT NOT NULL UNIQUE, stock INTEGER CONSTRAINT stock_is_positive CHECK (stock >= 0),
         parent INTEGER REFERENCES ${parents}(id)`,
      );
      const store = await opened(bed, {
        columns: {
          table: made,
          key: [{ column: "id", as: "integer" }],
          fields: [
            field("id", "integer"),
            field("sku", "text"),
            field("stock", "integer"),
            field("parent", "integer"),
          ],
        },
      });
      const values = [
        { id: 1, sku: "a", stock: 1, parent: 1 },
        { id: 2, stock: 1 },
        { id: 3, sku: "a" },
        { id: 4, sku: "d", stock: -1 },
        { id: 5, sku: "e", parent: 9 },
        { id: 6, sku: "f" },
      ];
      const operations = values.map((value) => operation(value.id, null, value));
      const dry = await store.write(operations, { applyId: randomUUID(), dryRun: true });
      expect(bed.rows(`SELECT * FROM ${made}`)).toEqual([]);
      const outcomes = await store.write(operations, { applyId: randomUUID() });
      expect(
        outcomes.map((outcome) => (outcome.status === "rejected" ? outcome.code : outcome.status)),
      ).toEqual(["applied", "not-null", "unique", "check", "foreign-key", "applied"]);
      expect(dry.map(({ status }) => status)).toEqual(outcomes.map(({ status }) => status));
      const reasons = outcomes.map((outcome) => ("reason" in outcome ? outcome.reason : ""));
      expect(reasons[1]).toContain("sku");
      expect(reasons[2]).toContain("sku");
      expect(reasons[3]).toContain("stock_is_positive");
      expect(reasons[4]).toContain("parent");
      expect(bed.rows(`SELECT id FROM ${made} ORDER BY id`)).toEqual([[1n], [6n]]);
    });

    test("rows that are no records are told with the reason, in scans, lookups and reads", async () => {
      const made = table("id INTEGER PRIMARY KEY, name TEXT, price REAL");
      bed.exec(`INSERT INTO ${made} VALUES (1, 'a', 1), (2, 'b', NULL), (3, NULL, 3)`);
      const store = await opened(bed, {
        columns: {
          table: made,
          key: [{ column: "id", as: "integer" }],
          fields: [field("id", "integer"), field("name", "dateText"), field("price", "real")],
        },
      });
      const entries = await scanAll(store);
      expect(entries.map(({ state }) => state)).toEqual([
        EntryState.notRepresentable,
        EntryState.notRepresentable,
        EntryState.present,
      ]);
      expect(entries[0]?.token).toMatch(/^name: its text is not like/);
      expect(await read(store, 1)).toMatchObject({ state: "notRepresentable", reason: /^name/ });
      expect(await write(store, 1, "r.x", { id: 1, price: 1 })).toMatchObject({ code: "not-representable" });
    });

    test("without a version column, two writers never overwrite each other unseen", async () => {
      const made = items();
      bed.exec(`INSERT INTO ${made} (id, name, price) VALUES (1, 'a', 1)`);
      const [one, two] = [await opened(bed, itemsMapping(made)), await opened(bed, itemsMapping(made))];
      const { token = "" } = await read(one, 1);
      expect((await write(one, 1, token, { id: 1, name: "one", price: 1 })).status).toBe("applied");
      expect(await write(two, 1, token, { id: 1, name: "two", price: 1 })).toMatchObject({
        status: "conflict",
      });
      // The owner's own program, too.
      const seen = await read(one, 1);
      bed.exec(`UPDATE ${made} SET price = 2`);
      expect(await write(one, 1, seen.token ?? "", { id: 1, name: "x", price: 3 })).toMatchObject({
        status: "conflict",
        current: { state: "present" },
      });
      expect(bed.rows(`SELECT name, price FROM ${made}`)).toEqual([["one", 2]]);
    });

    test("an answer that was lost stays unknown where nothing stored can tell", async () => {
      const made = items();
      bed.exec(`INSERT INTO ${made} (id, name, price) VALUES (1, 'a', 1)`);
      const store = await opened(bed, itemsMapping(made));
      const { token = "" } = await read(store, 1);
      bed.exec(`UPDATE ${made} SET name = 'somebody'`);
      const lost = operation(1, token, { id: 1, name: "ours", price: 1 });
      const [outcome] = await store.settle([lost], { applyId: randomUUID() });
      expect(outcome).toMatchObject({ status: "unknown", reason: expect.stringContaining(token) });
      expect(store.capabilities).toMatchObject({ canFence: false, tombstones: false });
    });

    test("a version column that counts is moved with every write of ours", async () => {
      const made = table("id INTEGER PRIMARY KEY, name TEXT, price REAL, version INTEGER NOT NULL");
      const mapping = itemsMapping(made, { version: { column: "version", moves: "increment" } });
      const store = await opened(bed, mapping);
      const first = tokenOf(await write(store, 1, null, { id: 1, name: "a", price: 1 }));
      const second = tokenOf(await write(store, 1, first, { id: 1, name: "b", price: 1 }));
      expect(bed.rows(`SELECT version FROM ${made}`)).toEqual([[2n]]);
      // Somebody moves it, and changes nothing that is mapped.
      bed.exec(`UPDATE ${made} SET version = 3`);
      expect((await write(store, 1, second, { id: 1, name: "c", price: 1 })).status).toBe("conflict");
      // Somebody forgets to move it.
      const { token = "" } = await read(store, 1);
      bed.exec(`UPDATE ${made} SET name = 'unversioned'`);
      expect((await write(store, 1, token, { id: 1, name: "c", price: 1 })).status).toBe("conflict");
    });

    test("deletions are physical; undone, the row is whole again", async () => {
      const made = items();
      bed.exec(`INSERT INTO ${made} VALUES (1, 'a', 1, 'a note', 42)`);
      const store = await opened(bed, itemsMapping(made));
      const { token = "" } = await read(store, 1);
      const applyId = randomUUID();
      const gone = await write(store, 1, token, undefined, { applyId });
      expect(gone).toEqual({ opId: gone.opId, status: "applied" });
      expect(bed.rows(`SELECT * FROM ${made}`)).toEqual([]);
      expect(await undoDeletion(store, 1, applyId)).toBe(1);
      expect(bed.rows(`SELECT * FROM ${made}`)).toEqual([[1n, "a", 1, "a note", 42n]]);
    });

    test("several key columns make array keys, in their order, in scans and ranges", async () => {
      const made = table("owner TEXT, nr INTEGER, name TEXT, PRIMARY KEY (owner, nr)");
      const mapping: TableMapping = {
        columns: {
          table: made,
          key: [
            { column: "owner", as: "text" },
            { column: "nr", as: "integer" },
          ],
          fields: [field("name", "text")],
        },
      };
      const store = await opened(bed, mapping);
      const keys = [
        ["a", 2],
        ["a", 10],
        ["ab", 1],
        ["b", -1],
      ];
      for (const key of [...keys].reverse()) await write(store, key, null, { name: String(key) });
      const scanned = async (options = {}) => (await scanAll(store, options)).map(({ key }) => key);
      expect(await scanned({ batchSize: 1 })).toEqual(keys.map((key) => toHex(encodeKey(key))));
      expect(await scanned({ after: encodeKey(["a", 2]), batchSize: 2 })).toHaveLength(3);
      const range = { lower: encodeKey(["a"]), upper: encodeKey(["ab"]) };
      expect(await scanned({ range })).toEqual(keys.slice(0, 2).map((key) => toHex(encodeKey(key))));
      expect(await write(store, "a", null, { name: "x" })).toMatchObject({ code: "not-representable" });
    });

    test("a scope is scanned alone, looked past by lookups, and holds for what is written", async () => {
      const made = table("id INTEGER PRIMARY KEY, name TEXT, price REAL, tenant TEXT");
      bed.exec(`INSERT INTO ${made} VALUES (1, 'a', 1, 'acme'), (2, 'b', 2, 'other'), (3, 'c', 3, 'ACME')`);
      const mapping: TableMapping = {
        ...itemsMapping(made),
        scope: {
          and: [
            { column: "tenant", is: "=", value: "acme" },
            { column: "price", is: "<", value: 100 },
          ],
        },
      };
      const store = await opened(bed, mapping);
      expect(store.capabilities.scoped).toBe(true);
      expect((await scanAll(store)).map(({ key }) => key)).toEqual([toHex(encodeKey(1))]);
      expect((await read(store, 2)).state).toBe("present");
      const single = new Uint8Array([...encodeKey(2), 0]);
      expect(await scanAll(store, { range: { lower: encodeKey(2), upper: single } })).toEqual([]);
      // What the scope settles is put into new rows.
      expect((await write(store, 4, null, { id: 4, name: "d", price: 4 })).status).toBe("applied");
      expect(bed.rows(`SELECT tenant FROM ${made} WHERE id = 4`)).toEqual([["acme"]]);
      expect(await write(store, 5, null, { id: 5, price: 100 })).toMatchObject({
        code: "not-representable",
        reason: expect.stringContaining("scope"),
      });
      const { token = "" } = await read(store, 2);
      expect(await write(store, 2, token, { id: 2, price: 2 })).toMatchObject({ code: "left-scope" });
    });

    test("what a scope is not true of is the rest of the table, NULL included", async () => {
      const made = table("id INTEGER PRIMARY KEY, name TEXT, price REAL");
      bed.exec(`INSERT INTO ${made} VALUES (1, 'a', 1), (2, NULL, 2), (3, 'c', NULL), (4, 'd', 9)`);
      const where: BoundScope = {
        or: [
          { column: "name", is: "=", value: "a" },
          { column: "price", is: ">", value: 5 },
        ],
      };
      const keysIn = async (scope: BoundScope): Promise<string[]> => {
        const store = await opened(bed, { ...itemsMapping(made), scope });
        return (await scanAll(store)).map(({ key }) => key);
      };
      const keys = (...ids: number[]) => ids.map((id) => toHex(encodeKey(id)));
      expect(await keysIn(where)).toEqual(keys(1, 4));
      expect(await keysIn({ not: where })).toEqual(keys(2, 3));
      expect(await keysIn({ not: { not: where } })).toEqual(keys(1, 4));
    });

    test("a scope's values are values, whatever is in them", async () => {
      const made = items();
      bed.exec(`INSERT INTO ${made} (id, name, price) VALUES (1, 'a', 1)`);
      const value = "x' OR '1'='1";
      const store = await opened(bed, { ...itemsMapping(made), scope: { column: "name", is: "=", value } });
      expect(await scanAll(store)).toEqual([]);
      expect(bed.rows(`SELECT count(*) FROM ${made}`)).toEqual([[1n]]);
    });

    test("a column or a table that is gone is named, before and after the mapping was opened", async () => {
      const made = items();
      const mapping = itemsMapping(made, { fields: [field("id", "integer"), field("stock", "integer")] });
      const store = await opened(bed, mapping);
      await write(store, 1, null, { id: 1, stock: 2 });
      bed.exec(`ALTER TABLE ${made} DROP COLUMN stock`);
      const problem = { code: "mapping-mismatch", message: expect.stringContaining('"stock"') };
      await expect(scanAll(store)).rejects.toMatchObject(problem);
      expect(await write(store, 2, null, { id: 2 })).toMatchObject({
        status: "rejected",
        code: "mapping-mismatch",
      });
      await expect(bed.store(mapping)).rejects.toMatchObject(problem);
      bed.exec(`DROP TABLE ${made}`);
      await expect(bed.store(mapping)).rejects.toMatchObject({ code: "unknown-table" });
    });

    test("a second mapping with other columns, or of an overlapping scope, is read-only and says whose the table is", async () => {
      const made = items();
      const first = await opened(bed, itemsMapping(made));
      const other = await opened(bed, itemsMapping(made, { fields: [field("name", "text")] }));
      expect(first.capabilities.writable).toBe(true);
      expect((await bed.store(itemsMapping(made))).capabilities.writable).toBe(true);
      const again = await bed.store(itemsMapping(made, { fields: [field("name", "text")] }));
      expect(again.capabilities.writable).toBe(false);
      expect(await write(again, 1, null, { name: "a" })).toMatchObject({
        status: "rejected",
        code: "read-only",
        reason: expect.stringMatching(/other columns.*shop/),
      });
      expect(await scanAll(other)).toEqual([]);
      const scoped = { ...itemsMapping(made), scope: { column: "price", is: "<", value: 5 } } as const;
      expect((await opened(bed, scoped)).capabilities.writable).toBe(false);
    });

    test("rows of other writers appear in the next scan, thousands in the order of their keys", async () => {
      const made = items();
      const store = await opened(bed, itemsMapping(made));
      expect(await scanAll(store)).toEqual([]);
      for (let from = 0; from < 5000; from += 500) {
        const rows = Array.from({ length: 500 }, (_, i) => `(${((from + i) * 7919) % 5000}, 'n', ${i})`);
        bed.exec(`INSERT INTO ${made} (id, name, price) VALUES ${rows.join(", ")}`);
      }
      const all = await scanAll(store, { batchSize: 700 });
      expect(all.map(({ key }) => key)).toEqual(Array.from({ length: 5000 }, (_, i) => toHex(encodeKey(i))));
      expect(await scanAll(store, { after: encodeKey(4989) })).toEqual(all.slice(4990));
    });
  });
}
