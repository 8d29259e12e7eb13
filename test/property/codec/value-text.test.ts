import fc from "fast-check";
import { expect, test } from "vitest";
import { CodecError } from "../../../core/codec/codec-error.ts";
import { decodeValue } from "../../../core/codec/decode-value.ts";
import { encodeValue } from "../../../core/codec/encode-value.ts";
import { arbitraryValue, cloned } from "./arbitrary-value.ts";
import { findDifference } from "./same-graph.ts";

test("a value comes back as structured cloning would give it, and its text as it was", () => {
  let tables = 0;
  let plain = 0;
  fc.assert(
    fc.property(arbitraryValue, (value) => {
      const stored = cloned(value);
      const text = encodeValue(stored);
      const decoded = decodeValue(text);
      expect(findDifference(stored, decoded)).toBeUndefined();
      expect(encodeValue(decoded)).toBe(text);
      expect(encodeValue(value)).toBe(text);
      text.startsWith("#") ? tables++ : plain++;
    }),
    { numRuns: 1_500 },
  );
  expect(tables).toBeGreaterThan(500);
  expect(plain).toBeGreaterThan(30);
});

test("encoding leaves the value as it is", () => {
  fc.assert(
    fc.property(arbitraryValue, (value) => {
      const before = cloned(value);
      encodeValue(value);
      expect(findDifference(value, before)).toBeUndefined();
    }),
    { numRuns: 500 },
  );
});

test("a text is well-formed Unicode without NUL, and plain JSON unless it says otherwise", () => {
  fc.assert(
    fc.property(arbitraryValue, (value) => {
      const text = encodeValue(value);
      expect(text.isWellFormed()).toBe(true);
      expect(text).not.toContain("\0");
      if (!text.startsWith("#")) expect(text).toBe(JSON.stringify(value));
    }),
    { numRuns: 1_000 },
  );
});

test("any JSON value is its own text, or is told apart", () => {
  fc.assert(
    fc.property(fc.jsonValue(), (value) => {
      expect(findDifference(decodeValue(encodeValue(value)), value)).toBeUndefined();
    }),
    { numRuns: 1_000 },
  );
});

const damage = fc.array(
  fc.tuple(
    fc.nat(),
    fc.nat({ max: 6 }),
    fc.constantFrom(
      "",
      '"',
      "]",
      ",",
      "0",
      "9",
      "-",
      "~r0",
      "~r9",
      "~@1",
      '["~#map"',
      "null",
      "{}",
      "=",
      "\\u0000",
    ),
  ),
  { minLength: 1, maxLength: 3 },
);

test("damaged and invented texts give a value or a CodecError, and touch no prototype", () => {
  const prototypes = [Object, Array, Map, Set, Date, Error, Function].map(({ prototype }) => prototype);
  const before = prototypes.map((prototype) => Reflect.ownKeys(prototype).length);
  const damaged = fc.tuple(arbitraryValue, damage).map(([value, edits]) => {
    let text = encodeValue(value);
    for (const [at, length, insert] of edits) {
      const start = at % (text.length + 1);
      text = text.slice(0, start) + insert + text.slice(start + length);
    }
    return text;
  });
  const member = fc.constantFrom(
    "~r0",
    "~r1",
    "~@1",
    "~@2",
    "~b",
    "~bAA==",
    "~d1",
    "~nf",
    "~undefined",
    "Error",
    null,
  );
  const tag = fc.constantFrom(
    "map",
    "set",
    "array",
    "regexp",
    "boxed",
    "error",
    "buffer",
    "view",
    "image",
    "blob",
  );
  const invented = fc.letrec((tie) => ({
    node: fc.oneof(
      { depthSize: "small" },
      member,
      fc.nat({ max: 40 }),
      fc.array(tie("node"), { maxLength: 3 }),
      fc.dictionary(fc.constantFrom("__proto__", "message", "cause", "length", "0", "1"), tie("node")),
      fc.tuple(tag, fc.array(tie("node"), { maxLength: 4 })).map(([name, rest]) => [`~#${name}`, ...rest]),
    ),
  })).node;
  const rows = fc.array(invented, { minLength: 1, maxLength: 3 }).map((made) => `#1${JSON.stringify(made)}`);
  let decoded = 0;
  fc.assert(
    fc.property(fc.oneof(damaged, rows, fc.string()), (text) => {
      let value: unknown;
      try {
        value = decodeValue(text);
      } catch (error) {
        expect(error).toBeInstanceOf(CodecError);
        return;
      }
      decoded++;
      // Whatever it is: it is a value like any other.
      const again = encodeValue(value);
      expect(encodeValue(decodeValue(again))).toBe(again);
    }),
    { numRuns: 5_000 },
  );
  expect(decoded).toBeGreaterThan(100);
  expect(prototypes.map((prototype) => Reflect.ownKeys(prototype).length)).toEqual(before);
  expect(({} as Record<string, unknown>).cause).toBeUndefined();
});
