import fc from "fast-check";
import { expect, test } from "vitest";
import { compareBytes } from "../../../core/key/compare-bytes.ts";
import { decodeKey } from "../../../core/key/decode-key.ts";
import { encodeKey } from "../../../core/key/encode-key.ts";
import { fromHex, toHex } from "../../../core/key/hex.ts";
import { type Key, KeyError } from "../../../core/key/key.ts";
import { arbitraryKey, unitText } from "./arbitrary-key.ts";
import { compareAsIndexedDb } from "./compare-as-indexeddb.ts";

const compareTexts = (a: string, b: string) => (a < b ? -1 : a > b ? 1 : 0);

function expectSameOrder(a: Key, b: Key): void {
  const expected = compareAsIndexedDb(a, b);
  const aBytes = encodeKey(a);
  const bBytes = encodeKey(b);
  expect(Math.sign(compareBytes(aBytes, bBytes))).toBe(expected);
  expect(compareTexts(toHex(aBytes), toHex(bBytes))).toBe(expected);
}

test("the order of the bytes, and of their hexadecimal text, is IndexedDB's order", () => {
  fc.assert(fc.property(arbitraryKey, arbitraryKey, expectSameOrder), { numRuns: 20_000 });
});

test("keys that share a beginning keep their order", () => {
  const pair = fc
    .tuple(unitText, unitText, unitText)
    .map(([start, a, b]): [Key, Key] => [start + a, start + b]);
  const arrays = fc
    .tuple(fc.array(arbitraryKey, { maxLength: 3 }), arbitraryKey, arbitraryKey)
    .map(([start, a, b]): [Key, Key] => [
      [...start, a],
      [...start, b],
    ]);
  fc.assert(
    fc.property(fc.oneof(pair, arrays), ([a, b]) => expectSameOrder(a, b)),
    { numRuns: 10_000 },
  );
});

test("a key comes back as it was, -0 as 0", () => {
  fc.assert(
    fc.property(arbitraryKey, (key) => {
      const bytes = encodeKey(key);
      const decoded = decodeKey(bytes);
      expect(compareAsIndexedDb(decoded, key)).toBe(0);
      expect(encodeKey(decoded)).toEqual(bytes);
      expect(fromHex(toHex(bytes))).toEqual(bytes);
    }),
    { numRuns: 5_000 },
  );
});

test("any bytes decode to the key that encodes to them, or to a KeyError", () => {
  const nearlyKeys = fc
    .tuple(arbitraryKey, fc.nat(), fc.integer({ min: 0, max: 255 }))
    .map(([key, at, byte]) => {
      const bytes = encodeKey(key);
      bytes[at % bytes.length] = byte;
      return bytes;
    });
  const tagged = fc
    .tuple(fc.constantFrom(0x10, 0x20, 0x30, 0x40, 0x50), fc.uint8Array({ maxLength: 12 }))
    .map(([tag, rest]) => Uint8Array.of(tag, ...rest));
  let accepted = 0;
  fc.assert(
    fc.property(fc.oneof(nearlyKeys, tagged, fc.uint8Array()), (bytes) => {
      let key: Key;
      try {
        key = decodeKey(bytes);
      } catch (error) {
        expect(error).toBeInstanceOf(KeyError);
        return;
      }
      accepted++;
      expect(encodeKey(key)).toEqual(bytes);
    }),
    { numRuns: 20_000 },
  );
  expect(accepted).toBeGreaterThan(100);
});
