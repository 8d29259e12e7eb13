import { expect, test } from "vitest";
import { BatchPace } from "../../../agent/client/write-batches.ts";

/** Sizes of batches after the first, on a page that takes so long an operation. */
function sizes(batches: number, milliseconds: (operations: number) => number): number[] {
  let now = 0;
  const pace = new BatchPace(() => now);
  return Array.from({ length: batches }, () => {
    const ended = pace.start(pace.operations);
    now += milliseconds(pace.operations);
    ended();
    return pace.operations;
  });
}

test("batches grow to the largest on a fast page, and shrink to what takes 220 ms on a slow one", () => {
  expect(sizes(4, (operations) => operations / 100)).toEqual([1000, 2000, 2000, 2000]);
  expect(sizes(2, (operations) => operations / 4)).toEqual([880, 880]);
  expect(sizes(2, (operations) => operations * 10)).toEqual([100, 100]);
});

test("a batch that waits for another one is not slow by that", () => {
  let now = 0;
  const pace = new BatchPace(() => now);
  const first = pace.start(500);
  const second = pace.start(500);
  now = 220;
  first();
  now = 440;
  second();
  expect(pace.operations).toBe(500);
});

test("a remainder makes no batch smaller", () => {
  let now = 0;
  const pace = new BatchPace(() => now);
  const ended = pace.start(3);
  now = 40;
  ended();
  expect(pace.operations).toBe(500);
});
