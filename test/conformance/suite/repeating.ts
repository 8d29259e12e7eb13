import { randomUUID } from "node:crypto";
import { describe, expect, test } from "vitest";
import {
  type Bed,
  create,
  freshStore,
  keyBytes,
  readOne,
  remove,
  replace,
  scanAll,
  tokenOf,
  writeOne,
} from "./bed.ts";
import type { SuiteCapabilities } from "./conformance-suite.ts";

/** The same operation sent again changes nothing more and answers as before (decision 21). */
export function repeatingPage(bed: () => Bed, { canFence, isSlow = false }: SuiteCapabilities): void {
  const often = isSlow ? 2 : 4;
  describe("repeating an operation", () => {
    test("at once", async () => {
      const { store } = await freshStore(bed());
      const applyId = randomUUID();
      const operation = create("a", 1);
      const first = await writeOne(store, operation, applyId);
      expect(await writeOne(store, operation, applyId)).toEqual(first);
      const [settled] = await store.settle([operation], { applyId });
      expect(settled).toEqual(first);
      expect((await readOne(store, "a")).token).toBe(tokenOf(first));
    });

    test("a delete", async () => {
      const { store } = await freshStore(bed());
      const there = tokenOf(await writeOne(store, create("a", 1)));
      const operation = remove("a", there);
      const applyId = randomUUID();
      const first = await writeOne(store, operation, applyId);
      expect(await writeOne(store, operation, applyId)).toEqual(first);
    });

    test("after somebody wrote once, and after somebody wrote often", async () => {
      const { store } = await freshStore(bed());
      const applyId = randomUUID();
      const operation = create("a", "ours");
      const first = await writeOne(store, operation, applyId);
      let current = tokenOf(first);
      for (let later = 0; later < often; later++) {
        current = tokenOf(await writeOne(store, replace("a", current, `theirs ${later}`)));
        expect(await writeOne(store, operation, applyId)).toEqual(first);
        const [settled] = await store.settle([operation], { applyId });
        expect(settled).toEqual(first);
      }
      expect((await readOne(store, "a")).token).toBe(current);
    });

    test("of one that conflicted: it conflicts, however much was written since", async () => {
      const { store } = await freshStore(bed());
      const applyId = randomUUID();
      let current = tokenOf(await writeOne(store, create("a", "theirs")));
      const operation = create("a", "ours");
      expect((await writeOne(store, operation, applyId)).status).toBe("conflict");
      for (let later = 0; later < often; later++) {
        current = tokenOf(await writeOne(store, replace("a", current, later)));
        expect(await writeOne(store, operation, applyId)).toMatchObject({
          status: "conflict",
          current: { token: current },
        });
      }
    });

    test("settling what never arrived applies it", async () => {
      const { store } = await freshStore(bed());
      const operation = create("a", 1);
      const [outcome] = await store.settle([operation], { applyId: randomUUID() });
      expect((await readOne(store, "a")).token).toBe(tokenOf(outcome));
    });

    test("settling what can be proven neither way says so, with what is there", async () => {
      const { store } = await freshStore(bed());
      // Of an apply that this journal knows nothing about.
      const lost = create("a", "lost");
      let current = tokenOf(await writeOne(store, create("a", 0)));
      for (let later = 1; later < 4; later++)
        current = tokenOf(await writeOne(store, replace("a", current, later)));
      const [outcome] = await store.settle([lost], { applyId: randomUUID() });
      if (canFence) expect(outcome).toMatchObject({ status: "superseded", current: { token: current } });
      else expect(outcome).toMatchObject({ status: "unknown", reason: expect.stringContaining(current) });
    });

    test("many at once, half of them applied before", async () => {
      const { store } = await freshStore(bed());
      const applyId = randomUUID();
      const operations = Array.from({ length: 1500 }, (_, i) => create(i, i));
      const before = await store.write(
        operations.filter((_, i) => i % 2 === 0),
        { applyId },
      );
      const outcomes = await store.settle(operations, { applyId });
      expect(outcomes.every(({ status }) => status === "applied")).toBe(true);
      expect(outcomes.filter((_, i) => i % 2 === 0)).toEqual(before);
      expect(await scanAll(store)).toHaveLength(1500);
      expect((await store.lookup([keyBytes(1)])).count).toBe(1);
    });
  });
}
