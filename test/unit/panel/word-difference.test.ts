import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { wordDifference } from "../../../extension/panel/format/word-difference.ts";

describe("words that differ", () => {
  test("are marked, the rest is not", () => {
    const { before, after } = wordDifference("Grease low.", "Grease replaced.");
    expect(before).toEqual([
      { text: "Grease ", differs: false },
      { text: "low", differs: true },
      { text: ".", differs: false },
    ]);
    expect(after[1]).toEqual({ text: "replaced", differs: true });
  });

  test("both texts stay whole", () => {
    fc.assert(
      fc.property(fc.lorem(), fc.lorem(), (before, after) => {
        const difference = wordDifference(before, after);
        expect(difference.before.map((piece) => piece.text).join("")).toBe(before);
        expect(difference.after.map((piece) => piece.text).join("")).toBe(after);
      }),
    );
  });

  test("texts too long to compare are marked whole", () => {
    expect(wordDifference("a".repeat(30_000), "b").before).toEqual([
      { text: "a".repeat(30_000), differs: true },
    ]);
  });
});
