import { expect, test } from "vitest";
import { formatPath, parsePath } from "../../../extension/panel/format/path-input.ts";

test.each([
  ["a", ["a"]],
  [" site.code ", ["site", "code"]],
  ['["a.b","c"]', ["a.b", "c"]],
  ['[" "]', [" "]],
])("%j is a path", (text, path) => {
  expect(parsePath(text)).toEqual(path);
  expect(parsePath(formatPath(path))).toEqual(path);
});

test.each(["", "  ", ".", "a.", "a..b", "[", "[]", "[1]", "{}."])("%j is none", (text) => {
  expect(parsePath(text)).toBeUndefined();
});
