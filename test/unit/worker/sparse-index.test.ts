import fc from "fast-check";
import { expect, test } from "vitest";
import { SparseIndex } from "../../../extension/panel/worker/page/sparse-index.ts";

function storeOf(count: number) {
  const calls: [number | undefined, number][] = [];
  const read = async (after: number | undefined, limit: number): Promise<number[]> => {
    calls.push([after, limit]);
    const from = after === undefined ? 0 : after + 1;
    return Array.from({ length: Math.max(0, Math.min(limit, count - from)) }, (_, i) => from + i);
  };
  return { calls, read };
}

test("whatever was visited before, the record before an offset is the right one", async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.nat(40_000),
      fc.array(fc.nat(45_000), { minLength: 1, maxLength: 30 }),
      async (count, offsets) => {
        const index = new SparseIndex(storeOf(count).read);
        for (const offset of offsets) {
          const expected = Math.min(offset, count) - 1;
          expect(await index.before(offset)).toBe(expected < 0 ? undefined : expected);
        }
      },
    ),
    { numRuns: 60 },
  );
});

test("a far jump reads each key once, and coming back reads nothing", async () => {
  const { calls, read } = storeOf(100_000);
  const index = new SparseIndex(read);
  await index.before(50_500);
  expect(calls.reduce((sum, [, limit]) => sum + limit, 0)).toBe(51_000);
  expect(calls.length).toBe(11);
  calls.length = 0;
  await index.before(50_501);
  await index.before(50_400);
  expect(calls).toEqual([]);
  await index.before(10_001);
  expect(calls).toEqual([[9999, 1000]]);
});
