import { expect, test } from "vitest";
import { isLinearizable, type RegisterCall } from "../../support/linearizability/linearizable.ts";

const read = (start: number, end: number, token: string | null): RegisterCall => ({
  do: "read",
  start,
  end,
  token,
});
const set = (
  start: number,
  end: number,
  expect: string | null,
  token: string,
  answer: "applied" | "missed" | "unknown" = "applied",
): RegisterCall => ({ do: "compare-and-set", start, end, expect, token, answer });
const never = Number.POSITIVE_INFINITY;

test.each<[string, boolean, RegisterCall[]]>([
  ["nothing", true, []],
  ["one after the other", true, [read(1, 2, null), set(3, 4, null, "a"), read(5, 6, "a")]],
  [
    "a read that overlaps the write may see either",
    true,
    [set(1, 4, null, "a"), read(2, 3, null), read(5, 6, "a")],
  ],
  ["a read after the write that misses it", false, [set(1, 2, null, "a"), read(3, 4, null)]],
  ["a read of what nobody wrote", false, [read(1, 2, "a")]],
  ["two that both won from the same state", false, [set(1, 4, null, "a"), set(2, 3, null, "b")]],
  ["one wins, one misses", true, [set(1, 4, null, "a"), set(2, 3, null, "b", "missed")]],
  ["a miss of what was there all along", false, [set(1, 2, null, "a", "missed"), read(3, 4, null)]],
  [
    "going back in time",
    false,
    [set(1, 2, null, "a"), set(3, 4, "a", "b"), read(5, 6, "b"), read(7, 8, "a")],
  ],
  [
    "no answer, and it was done later",
    true,
    [set(1, never, null, "a", "unknown"), read(2, 3, null), read(4, 5, "a")],
  ],
  ["no answer, and it was never done", true, [set(1, never, null, "a", "unknown"), read(2, 3, null)]],
  [
    "no answer, done and undone",
    false,
    [set(1, never, null, "a", "unknown"), read(2, 3, "a"), read(4, 5, null)],
  ],
  ["seen before it was asked for", false, [read(1, 2, "a"), set(3, 4, null, "a")]],
])("%s: %s", (_, expected, calls) => {
  expect(isLinearizable(calls)).toBe(expected);
});
