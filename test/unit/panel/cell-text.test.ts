import { expect, test } from "vitest";
import { cellText } from "../../../extension/panel/format/cell-text.ts";

test.each([
  ["NULL", null],
  ['"te\\na"', "te\na"],
  ["3", 3],
  ["7", 7n],
  ['bytes "tea ☕"', new TextEncoder().encode("tea ☕")],
  ["bytes 0x40040000", new Uint8Array([0x40, 0x04, 0, 0])],
  ["bytes 0xfffe", new Uint8Array([0xff, 0xfe])],
  ['bytes ""', new Uint8Array(0)],
  [`bytes 0x${"01".repeat(16)}… (2,000)`, new Uint8Array(2000).fill(1)],
  [`"${"x".repeat(99)}…`, "x".repeat(200)],
] as const)("a cell as a line: %s", (text, cell) => {
  expect(cellText(cell)).toBe(text);
});
