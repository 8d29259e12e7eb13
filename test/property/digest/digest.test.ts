import { isDeepStrictEqual } from "node:util";
import fc from "fast-check";
import { expect, test } from "vitest";
import { decodeValue } from "../../../core/codec/decode-value.ts";
import { encodeValue } from "../../../core/codec/encode-value.ts";
import { Digester } from "../../../core/digest/digester.ts";
import { arbitraryTree, arbitraryValue, cloned } from "../codec/arbitrary-value.ts";

const digester = new Digester();
const digest = (value: unknown) => Buffer.from(digester.digest(value)).toString("hex");

test("a live value and what the codec brings back have one digest, whoever takes it", () => {
  fc.assert(
    fc.property(arbitraryValue, (value) => {
      const expected = digest(value);
      expect(digest(decodeValue(encodeValue(value)))).toBe(expected);
      expect(digest(cloned(value))).toBe(expected);
      expect(Buffer.from(new Digester().digest(value)).toString("hex")).toBe(expected);
    }),
    { numRuns: 1_000 },
  );
});

/** The same value with its objects' properties in another order, nothing else changed. */
function reordered(value: unknown): unknown {
  if (Array.isArray(value)) {
    const copy: unknown[] = new Array(value.length);
    for (const [name, member] of Object.entries(value).reverse()) {
      Object.defineProperty(copy, name, { value: reordered(member), writable: true, enumerable: true });
    }
    return copy;
  }
  if (typeof value !== "object" || value === null || Object.getPrototypeOf(value) !== Object.prototype)
    return value;
  return Object.fromEntries(
    Object.entries(value)
      .reverse()
      .map(([name, member]) => [name, reordered(member)]),
  );
}

test("the order of properties does not count", () => {
  fc.assert(
    fc.property(arbitraryTree, (value) => {
      expect(digest(reordered(value))).toBe(digest(value));
    }),
    { numRuns: 1_000 },
  );
});

/** Few different values, so that two of them are often equal or nearly so. */
const alike: fc.Arbitrary<unknown> = fc.letrec<{ value: unknown }>((tie) => ({
  value: fc.oneof(
    { depthSize: "small" },
    fc.constantFrom<unknown>(0, -0, 1, "", "0", "a", null, undefined, true, 1n, Number.NaN),
    fc.constantFrom(0, 1).map((time) => new Date(time)),
    fc.constantFrom([], [0], [1]).map((bytes) => Uint8Array.from(bytes)),
    fc.array(tie("value"), { maxLength: 2 }),
    fc.array(tie("value"), { maxLength: 1 }).map((value) => Object.assign(new Array(1), value)),
    fc.dictionary(fc.constantFrom("a", "b", "0"), tie("value"), { maxKeys: 2 }),
    fc
      .array(fc.tuple(fc.constantFrom(0, "0"), tie("value")), { maxLength: 1 })
      .map((entries) => new Map(entries)),
  ),
})).value;

test("two values have one digest exactly when they are deeply equal", () => {
  let equal = 0;
  fc.assert(
    fc.property(fc.array(alike, { minLength: 2, maxLength: 8 }), (values) => {
      const digests = values.map(digest);
      for (const [i, a] of values.entries()) {
        for (const [j, b] of values.entries()) {
          if (i >= j) continue;
          const isEqual = isDeepStrictEqual(plain(a), plain(b));
          expect(digests[i] === digests[j]).toBe(isEqual);
          if (isEqual) equal++;
        }
      }
    }),
    { numRuns: 2_000 },
  );
  expect(equal).toBeGreaterThan(500);
});

/** fast-check's dictionaries may have no prototype, which structured cloning does not keep. */
function plain(value: unknown): unknown {
  return structuredClone(value);
}
