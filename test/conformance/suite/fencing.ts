import { randomUUID } from "node:crypto";
import { describe, expect, test } from "vitest";
import { EntryState } from "../../../core/batch/entry-batch.ts";
import { type Bed, create, freshStore, readOne, remove, replace, scanAll, tokenOf, writeOne } from "./bed.ts";

/** Giving up on an operation for good (decisions 21 to 23). */
export function fencingPage(bed: () => Bed): void {
  describe("fencing", () => {
    test("of a create that never arrived: the delayed request no longer applies, and nothing is there", async () => {
      const { store } = await freshStore(bed());
      const applyId = randomUUID();
      const late = create("a", "late");
      const [fenced] = await store.fence([late], { applyId });
      expect(fenced).toMatchObject({ opId: late.opId, status: "rejected", code: "fenced" });
      const delayed = await writeOne(store, late, applyId);
      expect(delayed).toMatchObject({ status: "conflict", current: { state: "absent" } });
      const there = await readOne(store, "a");
      expect(there).toMatchObject({ state: "absent" });
      expect(await scanAll(store)).toMatchObject([{ state: EntryState.absent, token: there.token }]);
      // Its version is what a new record has to expect.
      tokenOf(await writeOne(store, { ...create("a", "new"), expect: there.token ?? "" }));
      expect((await writeOne(store, late, applyId)).status).toBe("conflict");
    });

    test("of a replace: version moves on, body stays", async () => {
      const { store } = await freshStore(bed());
      const applyId = randomUUID();
      const kept = create("a", "kept");
      const token = tokenOf(await writeOne(store, kept));
      const late = replace("a", token, "late");
      expect(await store.fence([late], { applyId })).toMatchObject([{ status: "rejected", code: "fenced" }]);
      const after = await readOne(store, "a");
      expect(after).toMatchObject({ state: "present", ...(kept.write as object) });
      expect(after.token).not.toBe(token);
      expect((await writeOne(store, late, applyId)).status).toBe("conflict");
      expect((await store.settle([late], { applyId }))[0]?.status).toBe("conflict");
    });

    test("of a write over a tombstone: it stays a tombstone", async () => {
      const { store } = await freshStore(bed());
      const there = tokenOf(await writeOne(store, create("a", 1)));
      const gone = tokenOf(await writeOne(store, remove("a", there)));
      const late = replace("a", gone, "late");
      await store.fence([late], { applyId: randomUUID() });
      expect((await readOne(store, "a")).state).toBe("deleted");
      expect((await writeOne(store, late)).status).toBe("conflict");
    });

    test("of what had applied: says so", async () => {
      const { store } = await freshStore(bed());
      const applyId = randomUUID();
      const operation = create("a", 1);
      const applied = await writeOne(store, operation, applyId);
      expect(await store.fence([operation], { applyId })).toEqual([applied]);
      expect((await readOne(store, "a")).token).toBe(tokenOf(applied));
    });

    test("twice is once", async () => {
      const { store } = await freshStore(bed());
      const applyId = randomUUID();
      const late = create("a", 1);
      const first = await store.fence([late], { applyId });
      const { token } = await readOne(store, "a");
      expect(await store.fence([late], { applyId })).toEqual(first);
      expect((await readOne(store, "a")).token).toBe(token);
    });

    test("of many", async () => {
      const { store } = await freshStore(bed());
      const applyId = randomUUID();
      const late = Array.from({ length: 1000 }, (_, i) => create(i, i));
      await store.write(late.slice(0, 300), { applyId });
      const outcomes = await store.fence(late, { applyId });
      expect(outcomes.slice(0, 300).every(({ status }) => status === "applied")).toBe(true);
      expect(
        outcomes.slice(300).every((outcome) => outcome.status === "rejected" && outcome.code === "fenced"),
      ).toBe(true);
      const delayed = await store.write(late, { applyId });
      expect(delayed.filter(({ status }) => status === "applied")).toHaveLength(300);
    });
  });
}
