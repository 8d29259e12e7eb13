import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { Digester } from "../../../core/digest/digester.ts";
import { toHex } from "../../../core/key/hex.ts";
import { type Cell, NotRepresentable } from "../../../core/mapping/cell.ts";
import { CONVERSION_NAMES, fromCell, toCell } from "../../../core/mapping/conversions.ts";
import { arbitraryValue } from "../codec/arbitrary-value.ts";

const digester = new Digester();
const digestOf = (value: unknown): string => toHex(digester.digest(value));

const anyNumber = fc.oneof(
  fc.double(),
  fc.integer(),
  fc.maxSafeInteger(),
  fc.constantFrom(-0, 2 ** 53, -(2 ** 53), 2 ** 63, 1e300, 5e-324),
);
const anyDate = fc.oneof(
  fc.date({ noInvalidDate: false }),
  fc.integer({ min: -8_640_000_000_000, max: 8_640_000_000_000 }).map((seconds) => new Date(seconds * 1000)),
);

/** Values that conversions are about, and any others. */
const anyValue = fc.oneof(
  anyNumber,
  fc.string({ unit: "binary" }),
  fc.string().map((text) => `${text}\ud800`),
  fc.boolean(),
  fc.constant(null),
  fc.bigInt({ min: -(2n ** 70n), max: 2n ** 70n }),
  anyDate,
  fc.uint8Array(),
  fc.uint8Array().map((bytes) => bytes.slice().buffer),
  fc.jsonValue(),
  arbitraryValue,
);

const anyCell: fc.Arbitrary<Exclude<Cell, null>> = fc.oneof(
  fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }),
  fc.constantFrom(0n, 1n, 2n, 9007199254740993n),
  fc.double(),
  fc.string({ unit: "binary" }),
  fc.json(),
  fc.bigInt().map(String),
  fc.date({ noInvalidDate: true }).map((date) => date.toISOString()),
  fc.date({ noInvalidDate: true }).map((date) => date.toISOString().slice(0, 19).replace("T", " ")),
  fc.constantFrom('{"a":1.0}', "[1e2]", "-0", "12345678901234567890", "1e400", '"\\ud800"', "[0.1]", "~"),
  fc.uint8Array(),
  fc.uint8Array({ minLength: 8, maxLength: 8 }),
  fc.uint8Array({ minLength: 4, maxLength: 4 }),
  fc.constantFrom(Uint8Array.of(0), Uint8Array.of(255), Uint8Array.of(1)),
  fc.oneof(fc.json(), fc.string({ unit: "binary" })).map((text) => new TextEncoder().encode(text)),
);

describe.each(CONVERSION_NAMES)("as %s", (as) => {
  test("a value that a cell holds comes back with the same digest", () => {
    fc.assert(
      fc.property(anyValue, (value) => {
        if (value === undefined) return;
        const cell = toCell(value, as);
        if (cell instanceof NotRepresentable) {
          expect(cell.reason).not.toBe("");
          return;
        }
        expect(cell).not.toBeNull();
        expect(digestOf(fromCell(cell as Exclude<Cell, null>, as))).toBe(digestOf(value));
      }),
    );
  });

  test("what is read of a cell can be written again, and means the same", () => {
    fc.assert(
      fc.property(anyCell, (cell) => {
        const value = fromCell(cell, as);
        if (value instanceof NotRepresentable) return;
        const again = toCell(value, as);
        expect(again).not.toBeInstanceOf(NotRepresentable);
        expect(digestOf(fromCell(again as Exclude<Cell, null>, as))).toBe(digestOf(value));
        // Only JSON may be written in several ways, and whole reals as integers.
        if (as !== "json" && as !== "jsonBytes" && as !== "real") expect(again).toEqual(cell);
      }),
    );
  });
});
