import { expect, test } from "vitest";
import { decodeBase64, encodeBase64 } from "../../../core/codec/base64.ts";

test("is the standard's, of any length", () => {
  for (const length of [0, 1, 2, 3, 4, 5, 47, 63, 64, 65, 1000, 100_001]) {
    const bytes = Uint8Array.from({ length }, (_, i) => (i * 131 + (i >> 3)) & 255);
    const text = encodeBase64(bytes);
    expect(text).toBe(Buffer.from(bytes).toString("base64"));
    expect(decodeBase64(text)).toEqual(bytes);
  }
});

test.each([
  "A",
  "AA",
  "AAA",
  "A===",
  "====",
  "AA=A",
  "A=AA",
  "AAA-",
  "AA\n=",
  "AB==",
  "AAB=",
  "é===",
  "AA==AA==",
])("refuses %j", (text) => {
  expect(decodeBase64(text)).toBeUndefined();
});
