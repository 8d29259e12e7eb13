import fc from "fast-check";
import { expect, test } from "vitest";
import { toHex } from "../../../core/key/hex.ts";
import { DexieBaseStore } from "../../../extension/local/base-store.ts";
import type { BodiesRow } from "../../../extension/local/local-database.ts";
import { storedSize } from "../../../extension/local/stored-bodies.ts";
import { describeBaseStore, digestOf, scanAll } from "../../support/base-store-suite.ts";
import { inProcessLocks } from "../../support/in-process-locks.ts";
import { baseIdentity, failWrites, memoryDatabases } from "../../support/local-database.ts";

describeBaseStore("base in Dexie", async () => {
  const databases = memoryDatabases();
  const options = { locks: inProcessLocks(), mappingName: "visits" };
  let db = databases.reopen();
  return {
    open() {
      db.close();
      db = databases.reopen();
      return DexieBaseStore.open(db, baseIdentity(), options);
    },
    async close() {
      db.close();
    },
  };
});

test("a crash at any write leaves whole transactions, and the same entries complete them", async () => {
  const count = 20_000;
  const written = Array.from({ length: count }, (_, n) => ({
    key: Uint8Array.of(0x30, n >> 16, (n >> 8) & 0xff, n & 0xff),
    state: "present" as const,
    digest: digestOf(n % 200),
    body: `body ${n}`,
  }));
  // Four writes a transaction: leaves, bodies and their uses put, and the base's own row.
  await fc.assert(
    fc.asyncProperty(fc.integer({ min: 1, max: 14 }), async (after) => {
      const databases = memoryDatabases();
      const options = { locks: inProcessLocks(), mappingName: "visits" };
      const dying = databases.reopen();
      const killed = { after, times: Number.POSITIVE_INFINITY, error: () => new Error("killed") };
      failWrites(dying, killed);
      const store = await DexieBaseStore.open(dying, baseIdentity(), options);
      const outcome = await store.write(written).then(
        () => "done",
        (error: Error) => error.message,
      );
      dying.close();

      const db = databases.reopen();
      const again = await DexieBaseStore.open(db, baseIdentity(), options);
      const kept = await scanAll(again, {});
      expect(kept).toHaveLength(outcome === "done" ? count : kept.length - (kept.length % 8192));
      expect(kept.map(([hex]) => hex)).toEqual(written.slice(0, kept.length).map((e) => toHex(e.key)));
      const { bodyBytes } = await again.size();
      const rows: BodiesRow[] = await db.table("bodies").toArray();
      expect(bodyBytes).toBe(rows.reduce((sum, { bodies }) => sum + storedSize(bodies), 0));
      expect(await db.table("uses").count()).toBe(rows.length);
      const lastKept = kept.length === 0 ? [] : await again.read([at(written, kept.length - 1).key]);
      expect(lastKept).toEqual(kept.length === 0 ? [] : [at(written, kept.length - 1)]);
      await again.write(written);
      expect(await scanAll(again, {})).toHaveLength(count);
      expect(await again.read([at(written, 0).key, at(written, count - 1).key])).toEqual([
        at(written, 0),
        at(written, count - 1),
      ]);
      db.close();
    }),
    { numRuns: 6 },
  );
});

function at<T>(items: readonly T[], i: number): T {
  return items[i] as T;
}
