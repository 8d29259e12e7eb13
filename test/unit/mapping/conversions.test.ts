import { describe, expect, test } from "vitest";
import { NotRepresentable } from "../../../core/mapping/cell.ts";
import { type ConversionName, fromCell, toCell } from "../../../core/mapping/conversions.ts";

const held: [ConversionName, unknown, unknown][] = [
  ["text", "a\0😀", "a\0😀"],
  ["integer", 2 ** 53 - 1, 9007199254740991n],
  ["real", 1.5, 1.5],
  ["real", Number.POSITIVE_INFINITY, Number.POSITIVE_INFINITY],
  ["boolean", true, 1n],
  ["bigint", 2n ** 63n - 1n, 2n ** 63n - 1n],
  ["bigintText", -(2n ** 80n), "-1208925819614629174706176"],
  ["dateMilliseconds", new Date(-1), -1n],
  ["dateSeconds", new Date(1_700_000_000_000), 1_700_000_000n],
  ["dateText", new Date(0), "1970-01-01T00:00:00.000Z"],
  ["dateSql", new Date(0), "1970-01-01 00:00:00"],
  ["bytes", new Uint8Array([0, 255]), new Uint8Array([0, 255])],
  ["json", { a: ["~x", null, 1.5] }, '{"a":["~x",null,1.5]}'],
  ["value", new Map([[1, new Date(0)]]), '#1[["~#map",1,"~d0"]]'],
];

const refusedValues: [ConversionName, unknown, RegExp][] = [
  ["text", "\ud800", /lone surrogate/],
  ["text", 1, /a number is no string/],
  ["integer", 1.5, /no whole number/],
  ["integer", 2 ** 53, /beyond 2\^53/],
  ["integer", -0, /-0/],
  ["real", Number.NaN, /NaN/],
  ["real", -0, /-0/],
  ["boolean", 1, /no boolean/],
  ["bigint", 2n ** 63n, /64 bits/],
  ["dateSeconds", new Date(1), /milliseconds/],
  ["dateText", new Date(Number.NaN), /invalid/],
  ["dateSql", new Date(-62_198_755_200_001), /years of four digits/],
  ["bytes", new Uint16Array(1), /no Uint8Array/],
  ["buffer", new ArrayBuffer(1, { maxByteLength: 2 }), /resized/],
  ["json", { a: new Date(0) }, /no date/],
  ["json", { a: -0 }, /-0/],
  ["json", { a: undefined }, /no undefined/],
  ["json", new Array(2), /holes/],
  ["value", new Blob(["x"]), /Blobs/],
];

const refusedCells: [ConversionName, bigint | number | string | Uint8Array, RegExp][] = [
  ["text", 1n, /an integer, the mapping says text/],
  ["integer", "1", /text, the mapping says an integer/],
  ["integer", 1.0, /a real number/],
  ["integer", 9007199254740993n, /beyond/],
  ["boolean", 2n, /neither 0 nor 1/],
  ["dateText", "2024-01-01", /is not like/],
  ["dateSql", "2024-02-30 00:00:00", /is not like/],
  ["json", "{a:1}", /not JSON/],
  ["json", '{"id":12345678901234567890}', /12345678901234567890/],
  ["json", "[1e400]", /exactly|Infinity/],
  ["json", "[9007199254740993]", /9007199254740993 is none that JavaScript can hold exactly/],
  ["bigintText", "007", /no whole number/],
  ["value", "#1[", /./],
];

describe("conversions", () => {
  test.each(held)("%s holds %o as %o", (as, value, cell) => {
    expect(toCell(value, as)).toEqual(cell);
    expect(fromCell(cell as string, as)).toEqual(value);
  });

  test.each(refusedValues)("%s refuses the value %o", (as, value, reason) => {
    const cell = toCell(value, as);
    expect(cell).toBeInstanceOf(NotRepresentable);
    expect((cell as NotRepresentable).reason).toMatch(reason);
  });

  test.each(refusedCells)("%s refuses the cell %o", (as, cell, reason) => {
    const value = fromCell(cell, as);
    expect(value).toBeInstanceOf(NotRepresentable);
    expect((value as NotRepresentable).reason).toMatch(reason);
  });

  test("whole reals that a database stores as integers are read", () => {
    expect(fromCell(5n, "real")).toBe(5);
  });

  test("JSON texts with the same value in other spellings are read", () => {
    expect(fromCell(' {"a": 1.0, "b": [1e2, 0.10]} ', "json")).toEqual({ a: 1, b: [100, 0.1] });
  });

  test("an object within itself is refused, not followed for ever", () => {
    const loop: { self?: unknown } = {};
    loop.self = loop;
    expect(toCell(loop, "json")).toBeInstanceOf(NotRepresentable);
  });
});
