import { readFileSync, statSync, writeFileSync } from "node:fs";
import fc from "fast-check";
import { afterAll, beforeAll, expect, test } from "vitest";
import { openBundle } from "../../../bridge/bundles/bundle-store.ts";
import { checkBundle } from "../../../bridge/bundles/read-bundle.ts";
import { EntryState } from "../../../core/batch/entry-batch.ts";
import { encodeKey } from "../../../core/key/encode-key.ts";
import { toHex } from "../../../core/key/hex.ts";
import { BundleBed, recordsOf, storeOf } from "../../support/bundled.ts";
import { RemoteTable } from "../../support/models/model-remote-store.ts";
import { runs } from "../../support/models/runs.ts";
import { arbitraryKey, unitText } from "../key/arbitrary-key.ts";

let bed: BundleBed;
beforeAll(() => {
  bed = new BundleBed();
});
afterAll(() => bed.close());

interface Row {
  readonly key: string;
  readonly body: string;
  readonly is: "present" | "deleted" | "unreadable";
}
const row: fc.Arbitrary<Row> = fc.record({
  key: arbitraryKey.map((key) => toHex(encodeKey(key))),
  // Also with lone surrogates, line ends and nothing at all.
  body: unitText,
  is: fc.constantFrom("present" as const, "present" as const, "deleted" as const, "unreadable" as const),
});
const table = fc.uniqueArray(row, { selector: ({ key }) => key, maxLength: 30 });

function tableOf(rows: readonly Row[]): RemoteTable {
  const remote = new RemoteTable();
  for (const { key, body, is } of rows) {
    if (is === "deleted") remote.delete(key);
    else remote.put(key, body, is === "unreadable" ? { unreadable: "its bytes are no text" } : {});
  }
  return remote;
}

test("a bundle gives back what the remote held, in its order, however it is read", async () => {
  await fc.assert(
    fc.asyncProperty(table, table, fc.integer({ min: 1, max: 7 }), async (first, second, batchSize) => {
      const stores = [first, second].map((rows) => storeOf(tableOf(rows)));
      const path = bed.path();
      const { bytes, totals } = await bed.write(path, stores);
      expect(statSync(path).size).toBe(bytes);
      const bundle = await openBundle(path);
      for (const [i, store] of stores.entries()) {
        const kept = bundle.store(i === 0 ? "shop.orders" : "shop.orders 2");
        if (kept === undefined) throw new Error("the collection is missing");
        const wanted = await recordsOf(store);
        const found = await recordsOf(kept, batchSize);
        expect(found).toEqual(wanted);
        expect(totals.counts[i]).toEqual({
          records: wanted.filter(({ state }) => state === "present").length,
          unread: wanted.filter(({ state }) => state === "unreadable").length,
        });
        const keys = wanted.map(({ key }) => key);
        const [lower, upper] = [keys[1], keys.at(-1)];
        if (lower === undefined || upper === undefined) continue;
        const ranged: number[] = [];
        for await (const { count } of kept.scan({ range: { lower, upper }, after: lower }))
          ranged.push(count);
        expect(ranged.reduce((sum, count) => sum + count, 0)).toBe(Math.max(0, keys.length - 3));
        const looked = await kept.lookup([...keys, new Uint8Array([255, 255])]);
        expect(looked.states.at(-1)).toBe(EntryState.absent);
        expect(looked.count).toBe(keys.length + 1);
      }
      await bundle.close();
    }),
    { numRuns: runs(100) },
  );
});

test("a bundle that lacks its end, or in which any bit is another one, is refused", async () => {
  await fc.assert(
    fc.asyncProperty(table, fc.nat(), fc.nat({ max: 7 }), async (rows, seed, bit) => {
      const path = bed.path();
      await bed.write(path, [storeOf(tableOf(rows))]);
      const whole = readFileSync(path);
      const at = seed % whole.length;
      const refused = (bytes: Uint8Array): Promise<void> => {
        writeFileSync(path, bytes);
        return expect(checkBundle(path)).rejects.toMatchObject({
          name: "ProtocolError",
          code: expect.stringMatching(/^(corrupt|newer-format)$/),
          message: expect.stringMatching(/make it again|update Driftscope/),
        });
      };
      await refused(whole.subarray(0, at));
      const altered = Uint8Array.from(whole);
      altered[at] = (altered[at] as number) ^ (1 << bit);
      await refused(altered);
      await refused(Buffer.concat([whole, Buffer.from("{}\n")]));
    }),
    { numRuns: runs(60) },
  );
});
