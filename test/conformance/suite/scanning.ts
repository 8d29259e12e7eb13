import { randomUUID } from "node:crypto";
import { beforeAll, describe, expect, test } from "vitest";
import { EntryState } from "../../../core/batch/entry-batch.ts";
import { toHex } from "../../../core/key/hex.ts";
import type { RemoteStore } from "../../../core/session/ports.ts";
import {
  type Bed,
  create,
  entriesOf,
  freshStore,
  hexKey,
  keyBytes,
  put,
  remove,
  type ScannedEntry,
  scanAll,
  tokenOf,
} from "./bed.ts";
import type { SuiteCapabilities } from "./conformance-suite.ts";

/** Order, completeness, ranges, resuming, and independence of the batch size. */
export function scanningPage(bed: () => Bed, { tombstones, anyKey }: SuiteCapabilities): void {
  describe("scanning", () => {
    const COUNT = 4321;
    let store: RemoteStore;
    let all: ScannedEntry[];

    beforeAll(async () => {
      store = (await freshStore(bed())).store;
      // Written in an order that is not that of the keys.
      const operations = Array.from({ length: COUNT }, (_, i) => create(["user", (i * 7919) % COUNT], { i }));
      const outcomes = await store.write(operations, { applyId: randomUUID() });
      // Where deletions are physical there is nothing to see of them.
      if (tombstones)
        await store.write(
          operations.slice(0, 50).map((_, i) => remove(["user", (i * 7919) % COUNT], tokenOf(outcomes[i]))),
          { applyId: randomUUID() },
        );
      all = await scanAll(store);
    });

    test("every key once, in key order, with its digest, state and token", async () => {
      expect(all.map(({ key }) => key)).toEqual(Array.from({ length: COUNT }, (_, i) => hexKey(["user", i])));
      expect(all.filter(({ state }) => state === EntryState.deleted)).toHaveLength(tombstones ? 50 : 0);
      const present = all.find(({ key }) => key === hexKey(["user", (60 * 7919) % COUNT]));
      expect(present).toMatchObject({ state: EntryState.present, digest: toHex(put({ i: 60 }).digest) });
      expect(new Set(all.map(({ token }) => token)).size).toBe(COUNT);
    });

    test.each([1, 7, 1000, COUNT, 20_000])("gives the same in batches of %i", async (batchSize) => {
      const range = batchSize === 1 ? { upper: keyBytes(["user", 40]) } : undefined;
      const expected = batchSize === 1 ? all.slice(0, 40) : all;
      let largest = 0;
      const entries: ScannedEntry[] = [];
      for await (const batch of store.scan({ batchSize, range })) {
        largest = Math.max(largest, batch.count);
        entries.push(...entriesOf(batch));
      }
      expect(entries).toEqual(expected);
      expect(largest).toBeLessThanOrEqual(batchSize);
    });

    test("resumes strictly after a key, there or not", async () => {
      expect(await scanAll(store, { after: keyBytes(["user", 99]) })).toEqual(all.slice(100));
      expect(await scanAll(store, { after: keyBytes(["user", 99.5]) })).toEqual(all.slice(100));
      expect(await scanAll(store, { after: keyBytes(["zzz"]) })).toEqual([]);
    });

    test("a range has its lower bound and not its upper", async () => {
      const range = { lower: keyBytes(["user", 10]), upper: keyBytes(["user", 20]) };
      expect(await scanAll(store, { range })).toEqual(all.slice(10, 20));
      expect(await scanAll(store, { range, after: keyBytes(["user", 14]) })).toEqual(all.slice(15, 20));
      expect(await scanAll(store, { range: { lower: keyBytes(["user", 4300]) } })).toEqual(all.slice(4300));
    });

    test("an empty collection is empty, a missing one is an error", async () => {
      const { store: empty } = await freshStore(bed());
      expect(await scanAll(empty)).toEqual([]);
      const scanMissing = async () => scanAll(await bed().store("never made"));
      await expect(scanMissing()).rejects.toMatchObject({
        code: anyKey ? "unknown-collection" : "unknown-table",
      });
    });

    test("stops when it is told to, and leaves the store usable", async () => {
      const abort = new AbortController();
      const seen: number[] = [];
      const scan = async (): Promise<void> => {
        for await (const batch of store.scan({ batchSize: 100, signal: abort.signal })) {
          seen.push(batch.count);
          // An answer comes after what was sent before it: more batches are here by now, and stay unread.
          await store.lookup([keyBytes(["user", 1])]);
          abort.abort(new Error("enough"));
        }
      };
      await expect(scan()).rejects.toThrow("enough");
      expect(seen).toEqual([100]);
      for await (const batch of store.scan({ batchSize: 100 })) {
        expect(batch.count).toBe(100);
        break;
      }
      expect(await scanAll(store, { after: keyBytes(["user", COUNT - 2]) })).toHaveLength(1);
    });

    test("looks up keys in the order given, absent ones too", async () => {
      const keys = [
        ["user", 5],
        ["user", 5.5],
        ["user", 6],
      ].map(keyBytes);
      const entries = entriesOf(await store.lookup(keys));
      expect(entries).toEqual([
        all[5],
        { key: hexKey(["user", 5.5]), state: EntryState.absent, token: "", digest: "" },
        all[6],
      ]);
      const every = Array.from({ length: COUNT }, (_, i) => keyBytes(["user", i]));
      expect(entriesOf(await store.lookup(every))).toEqual(all);
      expect((await store.lookup([])).count).toBe(0);
    });

    test("reads every key once, in the order given", async () => {
      const keys = Array.from({ length: 1000 }, (_, i) => keyBytes(["user", 999 - i]));
      const read: string[] = [];
      for await (const chunk of store.read(keys)) read.push(...chunk.map(({ key }) => toHex(key)));
      expect(read).toEqual(keys.map(toHex));
    });
  });
}
