import { describe, expect, test } from "vitest";
import { EntryState } from "../../../core/batch/entry-batch.ts";
import {
  type Bed,
  create,
  freshStore,
  hexKey,
  readOne,
  remove,
  replace,
  scanAll,
  tokenOf,
  writeOne,
} from "./bed.ts";
import type { SuiteCapabilities } from "./conformance-suite.ts";

/** Deletions leave tombstones with versions of their own. */
export function deletingPage(bed: () => Bed, { isSlow = false }: SuiteCapabilities): void {
  describe("deleting", () => {
    test("leaves a tombstone that reads and scans show", async () => {
      const { store } = await freshStore(bed());
      const there = tokenOf(await writeOne(store, create("a", 1)));
      const gone = tokenOf(await writeOne(store, remove("a", there)));
      expect(await readOne(store, "a")).toMatchObject({ state: "deleted", token: gone });
      expect(await readOne(store, "a")).not.toHaveProperty("body");
      expect(await scanAll(store)).toEqual([
        { key: hexKey("a"), state: EntryState.deleted, token: gone, digest: "" },
      ]);
    });

    test("a tombstone is not nothing: a create conflicts with it, a replace of it brings the record back", async () => {
      const { store } = await freshStore(bed());
      const there = tokenOf(await writeOne(store, create("a", 1)));
      const gone = tokenOf(await writeOne(store, remove("a", there)));
      expect(await writeOne(store, create("a", 2))).toMatchObject({
        status: "conflict",
        current: { state: "deleted", token: gone },
      });
      const back = tokenOf(await writeOne(store, replace("a", gone, 2)));
      expect(await readOne(store, "a")).toMatchObject({ state: "present", token: back });
    });

    test("no version token ever comes again", async () => {
      const { store } = await freshStore(bed());
      const tokens: (string | null)[] = [null];
      for (let round = 0; round < (isSlow ? 5 : 20); round++) {
        const expect = tokens.at(-1) ?? null;
        const operation = round % 3 === 2 ? remove("a", expect) : { ...create("a", 1), expect };
        tokens.push(tokenOf(await writeOne(store, operation)));
      }
      expect(new Set(tokens).size).toBe(tokens.length);
      // Each was current once, and none but the last is any more.
      const again = tokens.slice(0, -1).map((token) => writeOne(store, { ...create("a", 9), expect: token }));
      for (const { status } of await Promise.all(again)) expect(status).toBe("conflict");
    });

    test("thousands at once", async () => {
      const { store } = await freshStore(bed());
      const created = await store.write(
        Array.from({ length: 3000 }, (_, i) => create(i, i)),
        { applyId: "in" },
      );
      const deletes = created.map((outcome, i) => remove(i, tokenOf(outcome)));
      const outcomes = await store.write(deletes, { applyId: "out" });
      expect(outcomes.every(({ status }) => status === "applied")).toBe(true);
      const states = (await scanAll(store)).map(({ state }) => state);
      expect(states).toHaveLength(3000);
      expect(new Set(states)).toEqual(new Set([EntryState.deleted]));
    });
  });
}
