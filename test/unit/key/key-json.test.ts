import fc from "fast-check";
import { expect, test } from "vitest";
import { decodeKey } from "../../../core/key/decode-key.ts";
import { encodeKey } from "../../../core/key/encode-key.ts";
import { keyFromJson, keyToJson } from "../../../core/key/key-json.ts";
import { arbitraryKey } from "../../property/key/arbitrary-key.ts";

test("every key comes back from its JSON as the same key", () => {
  fc.assert(
    fc.property(arbitraryKey, (key) => {
      const bytes = encodeKey(key);
      const json = JSON.stringify(keyToJson(decodeKey(bytes)));
      expect(encodeKey(keyFromJson(JSON.parse(json)))).toEqual(bytes);
    }),
  );
});

test.each([
  [7, 7],
  ["a", "a"],
  ["~tilde", "~~tilde"],
  [Number.NEGATIVE_INFINITY, "~-Infinity"],
  [new Date(5), "~d5"],
  [new Uint8Array([0, 1, 2]).buffer, "~bAAEC"],
  [
    ["eu", [7]],
    ["eu", [7]],
  ],
])("%j is written as %j", (key, json) => {
  expect(keyToJson(key as never)).toEqual(json);
});

test.each([[null], [true], [{}], ["~x"], ["~dxyz"], ["~b!"]])("%j is no key", (json) => {
  expect(() => keyFromJson(json)).toThrow(expect.objectContaining({ code: "invalid-key" }));
});
