/**
 * What every server has to pass that opens somebody's own tables: exact values both ways, an owner whose program
 * knows nothing of us, versions, scopes, and rows that are whole again after an undo.
 */
import { randomUUID } from "node:crypto";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { encodeKey } from "../../../core/key/encode-key.ts";
import { toHex } from "../../../core/key/hex.ts";
import { projectionIdOf } from "../../../core/mapping/mapping-identity.ts";
import type { BoundScope } from "../../../core/mapping/scope.ts";
import type { TableMapping } from "../../../core/mapping/table-mapping.ts";
import type { RemoteStore } from "../../../core/session/ports.ts";
import { initOf, scanAll, tokenOf } from "../../conformance/suite/bed.ts";
import { read, undoDeletion, write } from "../../conformance/suite/existing-tables.ts";

/** The columns of a test's table, besides its whole-number key. NULL, or no cell, where one is missing. */
export interface Item {
  readonly name?: string;
  readonly price?: number;
  readonly note?: string;
  readonly stock?: number;
  readonly version?: number;
}

export interface ItemsMapping {
  /** Mapped to properties of the same names, which are absent where the column is NULL. */
  readonly fields: readonly (keyof Item)[];
  readonly versioned: boolean;
  readonly scope?: BoundScope;
}

export interface ServerTablesBed {
  /** Whether a write can depend on all mapped columns; else a version column is needed. */
  readonly comparesAllColumns: boolean;
  /** An empty table of its own for a test. */
  items(): Promise<string>;
  /** The key is the number, and no property of the record. */
  mapping(table: string, options: ItemsMapping): TableMapping;
  /** As the owner, by the server's own client: sets what is named, of a row that may be new. */
  put(table: string, id: number, item: Item): Promise<void>;
  row(table: string, id: number): Promise<Item | undefined>;
  drop(table: string): Promise<void>;
  /** Two stores are two bridges' worth of one table, that share a register. */
  store(mapping: TableMapping): Promise<RemoteStore>;
  dispose(): Promise<void>;
}

const ITEM_TYPES = {
  name: "text",
  note: "text",
  price: "real",
  stock: "integer",
  version: "integer",
} as const;

/** @param columnOf What the table calls the columns that `Item` and "id" name. */
export function itemsMapping(
  table: string,
  { fields, versioned, scope }: ItemsMapping,
  columnOf = (name: string): string => name,
): TableMapping {
  return {
    columns: {
      table,
      key: [{ column: columnOf("id"), as: "integer" }],
      fields: fields.map((name) => ({
        path: [name],
        column: columnOf(name),
        as: ITEM_TYPES[name],
        whenNull: "absent",
      })),
      ...(versioned ? { version: { column: columnOf("version"), moves: "increment" } as const } : {}),
    },
    ...(scope === undefined ? {} : { scope }),
  };
}

const VERSIONED: ItemsMapping = { fields: ["name", "price"], versioned: true };

/** @param isSlow Tests run side by side (conformance-suite.ts says when). */
export function serverTablesSuite(
  name: string,
  makeBed: () => Promise<ServerTablesBed>,
  isSlow = false,
): void {
  describe(name, { concurrent: isSlow }, () => {
    let bed: ServerTablesBed;
    beforeAll(async () => {
      bed = await makeBed();
    }, 600_000);
    afterAll(() => bed?.dispose());

    const open = async (table: string, options: ItemsMapping = VERSIONED): Promise<RemoteStore> => {
      const mapping = bed.mapping(table, options);
      const store = await bed.store(mapping);
      await store.init(initOf(table, projectionIdOf({ columns: mapping.columns })));
      return store;
    };

    test("records go to their columns and come back; what is not mapped stays as it is", async () => {
      const table = await bed.items();
      const store = await open(table);
      const token = tokenOf(await write(store, 1, null, { name: "é😀", price: 1.5 }));
      expect(await bed.row(table, 1)).toEqual({ name: "é😀", price: 1.5, version: 1 });
      await bed.put(table, 1, { note: "kept", stock: 3 });
      expect(await read(store, 1)).toMatchObject({ token, value: { name: "é😀", price: 1.5 } });
      tokenOf(await write(store, 1, token, { name: "b", price: -2 }));
      expect(await bed.row(table, 1)).toEqual({ name: "b", price: -2, note: "kept", stock: 3, version: 2 });
    });

    test("what a column cannot hold is refused with the reason, by a dry run too, and nothing of it written", async () => {
      const table = await bed.items();
      const store = await open(table);
      for (const dryRun of [true, false]) {
        expect(await write(store, 1, null, { name: 5, price: 1 }, { dryRun })).toMatchObject({
          status: "rejected",
          code: "not-representable",
          reason: expect.stringMatching(/^Name: a number is no string/),
        });
      }
      expect(await write(store, "one", null, { name: "a" })).toMatchObject({ code: "not-representable" });
      expect((await write(store, 1, null, { name: "a", price: 1 }, { dryRun: true })).status).toBe("applied");
      expect(await scanAll(store)).toEqual([]);
    });

    test("neither another bridge nor the owner's program is overwritten unseen", async () => {
      const table = await bed.items();
      await bed.put(table, 1, { name: "a", price: 1, version: 7 });
      const [one, two] = [await open(table), await open(table)];
      const { token = "" } = await read(one, 1);
      const next = tokenOf(await write(one, 1, token, { name: "one", price: 1 }));
      expect(await write(two, 1, token, { name: "two", price: 1 })).toMatchObject({ status: "conflict" });
      await bed.put(table, 1, { price: 2, version: 9 });
      const outcome = await write(one, 1, next, { name: "x", price: 3 });
      expect(outcome).toMatchObject({ status: "conflict", current: { state: "present" } });
      expect(await bed.row(table, 1)).toEqual({ name: "one", price: 2, version: 9 });
      // Somebody who forgets to move the version is seen, too, where we look before we write.
      const seen = await read(one, 1);
      await bed.put(table, 1, { name: "unversioned" });
      expect((await write(one, 1, seen.token ?? "", { name: "y", price: 3 })).status).toBe("conflict");
    });

    test("without a version column: all mapped columns are compared, or nothing can be written", async () => {
      const table = await bed.items();
      await bed.put(table, 1, { name: "a", price: 1 });
      const store = await open(table, { ...VERSIONED, versioned: false });
      const { token = "" } = await read(store, 1);
      if (!bed.comparesAllColumns) {
        expect(store.capabilities.writable).toBe(false);
        expect(await write(store, 1, token, { name: "b", price: 1 })).toMatchObject({
          status: "rejected",
          code: "read-only",
          reason: expect.stringContaining("version"),
        });
        return;
      }
      await bed.put(table, 1, { price: 2 });
      expect((await write(store, 1, token, { name: "b", price: 1 })).status).toBe("conflict");
      const seen = await read(store, 1);
      tokenOf(await write(store, 1, seen.token ?? "", { name: "b" }));
      expect(await bed.row(table, 1)).toEqual({ name: "b" });
    });

    test("a row that appeared meanwhile is not inserted over, one that went is not updated", async () => {
      const table = await bed.items();
      const store = await open(table);
      await bed.put(table, 1, { name: "theirs", version: 1 });
      expect((await write(store, 1, null, { name: "ours" })).status).toBe("conflict");
      expect((await bed.row(table, 1))?.name).toBe("theirs");
      const { token = "" } = await read(store, 1);
      const gone = await write(store, 1, token, undefined);
      expect(gone).toEqual({ opId: gone.opId, status: "applied" });
      expect(await write(store, 1, token, { name: "ours" })).toMatchObject({
        status: "conflict",
        current: { state: "absent" },
      });
      expect(await bed.row(table, 1)).toBeUndefined();
    });

    test("deletions are physical; undone, the row is whole again", async () => {
      const table = await bed.items();
      const whole = { name: "a", price: 1, note: "a note", stock: 42, version: 5 };
      await bed.put(table, 1, whole);
      const store = await open(table);
      const { token = "" } = await read(store, 1);
      const applyId = randomUUID();
      expect((await write(store, 1, token, undefined, { applyId })).status).toBe("applied");
      expect(await bed.row(table, 1)).toBeUndefined();
      expect(await undoDeletion(store, 1, applyId)).toBe(1);
      expect(await bed.row(table, 1)).toEqual(whole);
    });

    test("a scope is scanned alone, looked past by lookups, and holds for what is written", async () => {
      const table = await bed.items();
      await bed.put(table, 1, { name: "acme", price: 1, version: 1 });
      await bed.put(table, 2, { name: "other", price: 2, version: 1 });
      await bed.put(table, 3, { price: 3, version: 1 });
      const scope: BoundScope = { column: columnOf(bed, table, "name"), is: "=", value: "acme" };
      const store = await open(table, { ...VERSIONED, scope });
      expect(store.capabilities.scoped).toBe(true);
      expect((await scanAll(store)).map(({ key }) => key)).toEqual([toHex(encodeKey(1))]);
      const { state, token = "" } = await read(store, 2);
      expect(state).toBe("present");
      expect(await write(store, 2, token, { name: "acme", price: 2 })).toMatchObject({ code: "left-scope" });
      expect(await write(store, 4, null, { name: "else" })).toMatchObject({
        code: "not-representable",
        reason: expect.stringContaining("scope"),
      });
      tokenOf(await write(store, 4, null, { name: "acme", price: 4 }));
      expect((await scanAll(store)).map(({ key }) => key)).toEqual([1, 4].map((id) => toHex(encodeKey(id))));
    });

    test("rows of other writers appear in the next scan, in the order of their keys, in any batches", async () => {
      const table = await bed.items();
      const store = await open(table);
      expect(await scanAll(store)).toEqual([]);
      const ids = Array.from({ length: 300 }, (_, i) => (i * 37) % 300);
      for (const id of ids) await bed.put(table, id, { name: `n${id}`, version: 1 });
      const all = await scanAll(store, { batchSize: 7 });
      expect(all.map(({ key }) => key)).toEqual(Array.from({ length: 300 }, (_, i) => toHex(encodeKey(i))));
      expect(await scanAll(store, { after: encodeKey(289) })).toEqual(all.slice(290));
      const single = new Uint8Array([...encodeKey(5), 0]);
      const range = { lower: encodeKey(5), upper: single };
      expect(await scanAll(store, { range })).toEqual(all.slice(5, 6));
    });

    const [writers, sum] = isSlow ? [4, 4] : [16, 200];
    test(`${writers} writers of two bridges count to ${sum}: nothing is lost, nothing counted twice`, async () => {
      const table = await bed.items();
      await bed.put(table, 1, { name: "counter", price: 0, version: 1 });
      const stores = [await open(table), await open(table)];
      let left = sum;
      const writer = async (store: RemoteStore): Promise<void> => {
        while (left > 0) {
          left--;
          for (;;) {
            const { token = "", value } = await read(store, 1);
            const price = (value as { price: number }).price + 1;
            const { status } = await write(store, 1, token, { name: "counter", price });
            if (status === "applied") break;
            expect(status).toBe("conflict");
          }
        }
      };
      await Promise.all(Array.from({ length: writers }, (_, i) => writer(stores[i % 2] as RemoteStore)));
      expect(await bed.row(table, 1)).toMatchObject({ price: sum, version: sum + 1 });
    }, 600_000);

    test("a table that is gone is named", async () => {
      const table = await bed.items();
      const store = await open(table);
      await bed.drop(table);
      await expect(scanAll(store)).rejects.toMatchObject({ code: "unknown-table" });
      await expect(bed.store(bed.mapping(table, VERSIONED))).rejects.toMatchObject({ code: "unknown-table" });
    });
  });
}

function columnOf(bed: ServerTablesBed, table: string, name: keyof Item): string {
  const { columns } = bed.mapping(table, VERSIONED);
  return columns.fields.find(({ path }) => path[0] === name)?.column ?? "";
}
