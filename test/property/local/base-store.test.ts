import fc from "fast-check";
import { expect, test } from "vitest";
import { toHex } from "../../../core/key/hex.ts";
import { DexieBaseStore } from "../../../extension/local/base-store.ts";
import type { BaseRow, BodiesRow } from "../../../extension/local/local-database.ts";
import { inProcessLocks } from "../../support/in-process-locks.ts";
import { baseIdentity, failWrites, memoryDatabases } from "../../support/local-database.ts";
import { baseStoreSuite, digestOf, scanAll } from "./base-store-suite.ts";

baseStoreSuite(() => {
  const databases = memoryDatabases();
  const options = { locks: inProcessLocks(), mappingName: "visits" };
  return {
    async open() {
      const db = databases.reopen();
      return { store: await DexieBaseStore.open(db, baseIdentity(), options), close: () => db.close() };
    },
    dispose: () => {},
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
  // Five writes a transaction: leaves and bodies deleted and put, and the base's own row.
  await fc.assert(
    fc.asyncProperty(fc.integer({ min: 1, max: 16 }), async (after) => {
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
      const bodies: BodiesRow[] = await db.table("bodies").toArray();
      const [base]: BaseRow[] = await db.table("bases").toArray();
      expect(base?.bodyUnits).toBe(bodies.reduce((sum, row) => sum + row.size, 0));
      expect(bodies.reduce((sum, row) => sum + row.texts.length, 0)).toBe(kept.length);
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
