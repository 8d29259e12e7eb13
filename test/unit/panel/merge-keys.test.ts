import { describe, expect, test } from "vitest";
import { mergeKey } from "../../../extension/panel/views/three-way/merge-keys.ts";

const press = (
  key: string,
  code = key,
  held: Partial<Record<"shiftKey" | "ctrlKey" | "metaKey" | "altKey", boolean>> = {},
) => mergeKey({ key, code, shiftKey: false, ctrlKey: false, metaKey: false, altKey: false, ...held });

describe("keys of the merge view", () => {
  test("digits take a side, with Shift for every field, whatever the keyboard makes of Shift", () => {
    expect(press("1", "Digit1")).toEqual({ do: "take", side: "local" });
    expect(press("2", "Digit2")).toEqual({ do: "take", side: "base" });
    expect(press("#", "Digit3", { shiftKey: true })).toEqual({ do: "take-all", side: "remote" });
    expect(press("!", "Digit1", { shiftKey: true })).toEqual({ do: "take-all", side: "local" });
  });

  test("the rest of the table", () => {
    expect(press("ArrowDown")).toEqual({ do: "move", by: 1 });
    expect(press("n", "KeyN")).toEqual({ do: "next", by: 1 });
    expect(press("N", "KeyN", { shiftKey: true })).toEqual({ do: "next", by: -1 });
    expect(press("e", "KeyE")).toEqual({ do: "edit" });
    expect(press("0", "Digit0")).toEqual({ do: "leave" });
    expect(press("Escape")).toEqual({ do: "back" });
    expect(press("Enter", "Enter", { ctrlKey: true })).toEqual({ do: "keep" });
  });

  test("keys of the browser stay the browser's", () => {
    expect(press("1", "Digit1", { ctrlKey: true })).toBeUndefined();
    expect(press("n", "KeyN", { metaKey: true })).toBeUndefined();
    expect(press("1", "Digit1", { altKey: true })).toBeUndefined();
    expect(press("Enter")).toBeUndefined();
    expect(press("x", "KeyX")).toBeUndefined();
  });
});
