import fc from "fast-check";
import { expect, test } from "vitest";
import { segmentsToMerge } from "../../../bridge/backends/hdfs/dataset/compact.ts";

const of = (...sizes: number[]) => sizes.map((bytes) => ({ entry: { bytes } }));
const sizesOf = (segments: readonly { entry: { bytes: number } }[]): number[] =>
  segments.map(({ entry }) => entry.bytes);

test("a few segments are left as they are", () => {
  expect(segmentsToMerge(of(1, 1, 1), 3)).toEqual([]);
});

test("the newest are merged with what is at most twice as large as they are together", () => {
  expect(sizesOf(segmentsToMerge(of(100, 9, 2, 1, 1), 3))).toEqual([2, 1, 1]);
  expect(sizesOf(segmentsToMerge(of(100, 8, 2, 1, 1), 3))).toEqual([8, 2, 1, 1]);
});

test("what grows by steps that double is few, and is not merged again", () => {
  expect(segmentsToMerge(of(1000, 300, 100, 30, 10), 3)).toEqual([]);
});

test("a small one at the end does not keep those before it apart", () => {
  expect(sizesOf(segmentsToMerge(of(100, 9, 9, 9, 1), 3))).toEqual([9, 9, 9, 1]);
});

test("after commits of any size few segments are left, and what they hold was written again a few times", () => {
  fc.assert(
    fc.property(fc.array(fc.integer({ min: 1, max: 1000 }), { minLength: 1, maxLength: 500 }), (commits) => {
      let sizes: number[] = [];
      let written = 0;
      for (const size of commits) {
        sizes.push(size);
        const merged = segmentsToMerge(of(...sizes), 20);
        const bytes = sizesOf(merged).reduce((sum, one) => sum + one, 0);
        written += bytes;
        if (merged.length > 0) sizes = [...sizes.slice(0, -merged.length), bytes];
      }
      const total = commits.reduce((sum, one) => sum + one, 0);
      expect(sizes.length).toBeLessThanOrEqual(21);
      expect(written).toBeLessThanOrEqual(total * (1 + Math.log2(total)));
    }),
  );
});

test("a row of many commits is written again a number of times that grows with their logarithm", () => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 2000 }), (commits) => {
      let sizes: number[] = [];
      let written = 0;
      for (let commit = 0; commit < commits; commit++) {
        sizes.push(1);
        const merged = segmentsToMerge(of(...sizes), 20);
        const bytes = sizesOf(merged).reduce((sum, size) => sum + size, 0);
        written += bytes;
        if (merged.length > 0) sizes = [...sizes.slice(0, -merged.length), bytes];
      }
      expect(sizes.length).toBeLessThanOrEqual(21);
      expect(written).toBeLessThanOrEqual(commits * (1 + Math.log2(commits)));
    }),
  );
});
