import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { encodeValue } from "../../../core/codec/encode-value.ts";
import { BlobValue, OpaqueValue } from "../../../core/codec/platform-values.ts";
import { formatNotation } from "../../../extension/panel/format/notation/format-notation.ts";
import { parseNotation } from "../../../extension/panel/format/notation/parse-notation.ts";

/** Formats and reads back; the codec's text says whether anything was lost. */
function expectRoundTrip(value: unknown): void {
  const { text, kept } = formatNotation(value);
  const parsed = parseNotation(text, kept);
  if (!parsed.ok) throw new Error(`line ${parsed.line}, column ${parsed.column}: ${parsed.message}\n${text}`);
  expect(encodeValue(parsed.value), text).toBe(encodeValue(value));
}

const leaves = fc.oneof(
  fc.constantFrom<unknown>(
    null,
    undefined,
    true,
    false,
    Number.NaN,
    -0,
    0,
    Number.POSITIVE_INFINITY,
    Number.NEGATIVE_INFINITY,
  ),
  fc.double(),
  fc.integer(),
  fc.bigInt(),
  fc.string({ unit: "binary" }),
  // Lone surrogates and control characters too.
  fc
    .array(fc.integer({ min: 0, max: 0xffff }), { maxLength: 6 })
    .map((units) => String.fromCharCode(...units)),
  fc.date(),
  fc.constant(new Date(Number.NaN)),
  fc.constantFrom(/a\/"[\]]+/giu, /^\n$/m),
  fc.constantFrom<unknown>(Object(5), Object("boxed"), Object(true), Object(7n)),
);

const values = fc.letrec<{ value: unknown }>((tie) => ({
  value: fc.oneof(
    { maxDepth: 4, withCrossShrink: true },
    leaves,
    fc.array(tie("value"), { maxLength: 5 }),
    fc.dictionary(fc.oneof(fc.string(), fc.constantFrom("__proto__", "constructor", "")), tie("value"), {
      maxKeys: 5,
    }),
    fc.array(fc.tuple(fc.string(), tie("value")), { maxLength: 4 }).map((entries) => new Map(entries)),
    fc.uniqueArray(fc.string(), { maxLength: 4 }).map((items) => new Set<unknown>(items)),
    fc.uint8Array({ maxLength: 9 }).map((bytes) => bytes.slice().buffer),
    fc.float32Array({ maxLength: 6 }),
    fc.int16Array({ maxLength: 6 }),
    fc.bigUint64Array({ maxLength: 4 }),
    // Arrays with holes.
    fc.array(fc.option(tie("value"), { nil: undefined, freq: 2 }), { maxLength: 6 }).map((items) => {
      const sparse: unknown[] = [];
      items.forEach((item, i) => {
        if (item !== undefined) sparse[i * 2] = item;
      });
      sparse.length += items.length;
      return sparse;
    }),
  ),
})).value;

describe("values as text that can be edited", () => {
  test("every value comes back as it was", () => {
    fc.assert(fc.property(values, expectRoundTrip), { numRuns: 400 });
  });

  test("shared references and cycles stay", () => {
    const shared = { n: 1 };
    const record: Record<string, unknown> = {
      a: shared,
      b: [shared],
      map: new Map<unknown, unknown>([[shared, 1]]),
    };
    record.self = record;
    expectRoundTrip(record);
    const set = new Set<unknown>();
    set.add(set);
    expectRoundTrip(set);
  });

  test("views that share a buffer, see a part of one, or follow its length stay", () => {
    const buffer = new ArrayBuffer(16);
    new Uint8Array(buffer).set([1, 2, 3]);
    const growing = new ArrayBuffer(8, { maxByteLength: 24 });
    expectRoundTrip({
      all: new Uint8Array(buffer),
      part: new Uint16Array(buffer, 2, 3),
      data: new DataView(buffer, 4, 8),
      growing,
      following: new Uint8Array(growing),
      fixed: new Uint8Array(growing, 0, 8),
    });
  });

  test("arrays with further properties stay", () => {
    expectRoundTrip(Object.assign([1, 2], { total: 3, "-1": "x" }));
  });

  test("what cannot be written as text is kept, and moves with its place in the text", () => {
    const blob = new BlobValue({ type: "image/png", size: 3, bytes: new Uint8Array(3) });
    const key = new OpaqueValue("CryptoKey", "AES */ GCM");
    const { text, kept } = formatNotation({ blob, key, error: new RangeError("no") });
    expect(kept.slice(0, 2)).toEqual([blob, key]);
    const parsed = parseNotation(text.replace('"blob"', '"photo"'), kept);
    expect(parsed.ok && (parsed.value as Record<string, unknown>).photo).toBe(blob);
  });

  test("values deeper than anybody edits are kept whole", () => {
    let deep: unknown = "bottom";
    for (let i = 0; i < 5000; i++) deep = [deep];
    const { text, kept } = formatNotation(deep);
    expect(kept).toHaveLength(1);
    const parsed = parseNotation(text, kept);
    expect(parsed.ok && encodeValue(parsed.value)).toBe(encodeValue(deep));
  });

  test("what is kept goes on sharing what it shares", () => {
    const cause = { n: 1 };
    const { text, kept } = formatNotation({ cause, error: new Error("no", { cause }) });
    expect(text).toMatch(/^Kept\(1\)/);
    expect(kept).toHaveLength(1);
  });

  test("plain JSON is read as JSON", () => {
    fc.assert(
      fc.property(fc.json(), (json) => {
        const parsed = parseNotation(json, []);
        // JSON allows a name twice; a person who wrote that wants to know.
        if (!parsed.ok) expect(parsed.message).toContain("is there twice");
        else expect(encodeValue(parsed.value)).toBe(encodeValue(JSON.parse(json)));
      }),
    );
  });

  test.each([
    ["", 1, 1, "missing"],
    ['{"a": }', 1, 7, "expected"],
    ['{\n  "a": 1,\n  "a": 2\n}', 3, 3, "twice"],
    ["Uint8Array([1, 300])", 1, 16, "Uint8Array"],
    ["Uint8Array([-0])", 1, 13, "Uint8Array"],
    ["BigInt64Array([1])", 1, 16, "BigInt64Array"],
    ['Date("yesterday")', 1, 6, "date"],
    ['ArrayBuffer("abc")', 1, 13, "hexadecimal"],
    ["Kept(2)", 1, 6, "Kept(2)"],
    ["*1", 1, 1, "&1"],
    ["[1 2]", 1, 4, "“,”"],
    ['"open', 1, 1, "no end"],
    ["nope", 1, 1, "nope"],
    ["1 2", 1, 3, "after the end"],
    ["01", 1, 1, "number"],
    ["Set(1, 1)", 1, 8, "twice"],
    ['RegExp("(", "")', 1, 1, "(?:)|Invalid|Unterminated"],
  ])("%j is wrong at line %i, column %i", (text, line, column, words) => {
    const parsed = parseNotation(text, []);
    expect(parsed).toMatchObject({ ok: false, line, column });
    expect(parsed.ok ? "" : parsed.message).toMatch(
      new RegExp(words.replaceAll(/[()*&]/g, "\\$&").replace("\\(?:\\)|", "")),
    );
  });

  test("no text throws anything but an answer", () => {
    const { text } = formatNotation({
      a: [1, new Date(0), new Map([["k", new Set([1n])]])],
      b: new Float32Array(2),
    });
    fc.assert(
      fc.property(fc.integer({ min: 0, max: text.length }), fc.string({ maxLength: 3 }), (at, noise) => {
        parseNotation(text.slice(0, at) + noise + text.slice(at + 1), []);
      }),
    );
  });
});
