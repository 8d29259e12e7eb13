import { randomUUID } from "node:crypto";
import { describe, expect, test } from "vitest";
import { type Bed, create, freshStore, put, readOne, remove, replace, tokenOf, writeOne } from "./bed.ts";
import type { SuiteCapabilities } from "./conformance-suite.ts";

/** Compare-and-set, one operation at a time and many. */
export function writingPage(bed: () => Bed, { canFence }: SuiteCapabilities): void {
  describe("writing", () => {
    test("creates what is absent, and refuses to create what is there", async () => {
      const { store } = await freshStore(bed());
      const applied = await writeOne(store, create("a", { n: 1 }));
      const again = await writeOne(store, create("a", { n: 2 }));
      expect(again).toMatchObject({
        status: "conflict",
        current: { state: "present", token: tokenOf(applied) },
      });
      expect(await readOne(store, "a")).toMatchObject({
        state: "present",
        body: put({ n: 1 }).body,
      });
    });

    test("replaces exactly the version it expects", async () => {
      const { store } = await freshStore(bed());
      const first = tokenOf(await writeOne(store, create("a", 1)));
      const second = tokenOf(await writeOne(store, replace("a", first, 2)));
      expect(second).not.toBe(first);
      const stale = await writeOne(store, replace("a", first, 3));
      expect(stale).toMatchObject({ status: "conflict", current: { token: second } });
      expect(await readOne(store, "a")).toMatchObject({
        token: second,
        digest: put(2).digest,
      });
    });

    test("refuses to replace or delete what is absent", async () => {
      const { store } = await freshStore(bed());
      for (const operation of [replace("a", "1.x", 1), remove("a", "1.x"), replace("a", "no token", 1)]) {
        expect(await writeOne(store, operation)).toMatchObject({
          status: "conflict",
          current: { state: "absent" },
        });
      }
    });

    test("a conflict carries the whole current record", async () => {
      const { store } = await freshStore(bed());
      const theirs = create("a", { name: "grüße", tags: ["x", "\u0001"] });
      await writeOne(store, theirs);
      const outcome = await writeOne(store, create("a", "mine"));
      expect(outcome).toMatchObject({
        status: "conflict",
        current: { key: theirs.key, ...(theirs.write as object) },
      });
    });

    test("one outcome an operation, in order, whatever happens to its neighbours", async () => {
      const { store } = await freshStore(bed());
      const kept = tokenOf(await writeOne(store, create("kept", 1)));
      const operations = [
        create("new", 1),
        create("kept", 2),
        replace("kept", kept, 3),
        replace("gone", "1.x", 4),
        create("also new", 5),
      ];
      const outcomes = await store.write(operations, { applyId: randomUUID() });
      expect(outcomes.map(({ opId }) => opId)).toEqual(operations.map(({ opId }) => opId));
      expect(outcomes.map(({ status }) => status)).toEqual([
        "applied",
        "conflict",
        "applied",
        "conflict",
        "applied",
      ]);
    });

    // The token that a write will give is known before only where the store gives it: elsewhere there is no such case.
    const oneKeyTwice = async () => {
      const { store } = await freshStore(bed());
      const first = create("a", 1);
      const operations = [first, create("a", 2), replace("a", `1.${first.opId}`, 3)];
      const outcomes = await store.write(operations, { applyId: randomUUID() });
      expect(outcomes.map(({ status }) => status)).toEqual(["applied", "conflict", "applied"]);
      expect((await readOne(store, "a")).body).toBe(
        (operations[2] as { write: { body: string } }).write.body,
      );
    };
    if (canFence) test("operations on one key in one call happen one after the other", oneKeyTwice);

    test("a dry run says what a run would do, and writes nothing", async () => {
      const { store } = await freshStore(bed());
      const kept = tokenOf(await writeOne(store, create("kept", 1)));
      const operations = [create("new", 1), create("kept", 2), replace("kept", kept, 3)];
      const dry = await store.write(operations, { applyId: randomUUID(), dryRun: true });
      expect(dry.map(({ status }) => status)).toEqual(["applied", "conflict", "applied"]);
      expect((await readOne(store, "new")).state).toBe("absent");
      expect((await readOne(store, "kept")).token).toBe(kept);
      const run = await store.write(operations, { applyId: randomUUID() });
      expect(run.map(({ status }) => status)).toEqual(dry.map(({ status }) => status));
    });

    test("thousands of operations in one call", async () => {
      const { store } = await freshStore(bed());
      const operations = Array.from({ length: 5000 }, (_, i) => create(i, { i }));
      const outcomes = await store.write(operations, { applyId: randomUUID() });
      expect(new Set(outcomes.map((outcome) => tokenOf(outcome))).size).toBe(5000);
      expect(outcomes.map(({ opId }) => opId)).toEqual(operations.map(({ opId }) => opId));
    });
  });
}
