import { parse } from "lossless-json";
import { describe, expect, test } from "vitest";
import { cellOfValue } from "../../../bridge/backends/hdfs/folders/cell-of-value.ts";
import {
  CalendarDay,
  JsonText,
  Moment,
  NumberText,
  UntypedText,
} from "../../../bridge/backends/hdfs/folders/file-values.ts";
import { suggestConversion } from "../../../bridge/backends/hdfs/folders/suggest-conversion.ts";
import { type Cell, NotRepresentable } from "../../../core/mapping/cell.ts";
import type { ConversionName } from "../../../core/mapping/conversions.ts";

const untyped = (text: string): UntypedText => new UntypedText(text);
const decimal = (text: string): NumberText => new NumberText(text, true);
const number = (text: string): unknown => parse(text);
const micros = (count: bigint, isUtc = true): Moment => new Moment(count * 1000n, isUtc);

describe("a value is the cell that the conversion wants", () => {
  test.each<[unknown, ConversionName | undefined, Cell]>([
    [null, "text", null],
    [undefined, "integer", null],
    [5, "integer", 5n],
    [5, "real", 5],
    [5.5, "integer", 5.5],
    [true, "boolean", 1n],
    ["5", "integer", "5"],
    [untyped("5"), "integer", 5n],
    [untyped("-0005"), "integer", -5n],
    [untyped("5"), "text", "5"],
    [untyped("5"), undefined, "5"],
    [untyped("1.50"), "real", 1.5],
    [untyped("TRUE"), "boolean", 1n],
    [untyped("{}"), "json", "{}"],
    [number("9007199254740993"), "bigint", 9007199254740993n],
    [number("9007199254740993"), undefined, 9007199254740993n],
    [number("9007199254740992"), "real", 9007199254740992],
    [number("1e3"), "integer", 1000n],
    [number("2.0"), "dateSeconds", 2n],
    [number("5.6843418860808015E-14"), "real", 5.6843418860808015e-14],
    [decimal("12.50"), "text", "12.50"],
    [decimal("12.50"), "real", 12.5],
    [decimal("12.00"), "integer", 12n],
    [decimal("12.50"), "json", "12.50"],
    [new JsonText('{"a":1}'), "json", '{"a":1}'],
    [{ a: [1, null, "x"] }, "json", '{"a":[1,null,"x"]}'],
    [number('{"a":9007199254740993}'), "json", '{"a":9007199254740993}'],
    ["x", "json", '"x"'],
    [micros(1_714_979_289_010_000n), "dateMilliseconds", 1_714_979_289_010n],
    [micros(1_714_979_289_010_000n), "dateText", "2024-05-06T07:08:09.010Z"],
    [micros(1_714_979_289_000_000n), "dateSeconds", 1_714_979_289n],
    [micros(-1n), "text", "1969-12-31T23:59:59.999999Z"],
    [micros(1_714_979_289_000_000n, false), "dateSql", "2024-05-06 07:08:09"],
    [micros(1_714_979_289_000_000n, false), "text", "2024-05-06T07:08:09"],
    [new CalendarDay(19849), "text", "2024-05-06"],
    [new CalendarDay(19849), "dateText", "2024-05-06T00:00:00.000Z"],
  ])("%o as %s", (value, as, cell) => {
    expect(cellOfValue(value, as)).toEqual(cell);
  });
});

describe("what it cannot be exactly is refused", () => {
  test.each<[unknown, ConversionName, RegExp]>([
    [true, "integer", /it is true, no integer/],
    [untyped("5.5"), "integer", /no whole number/],
    [untyped(""), "integer", /no whole number/],
    [untyped("0x10"), "real", /no number/],
    [untyped("9007199254740993"), "real", /hold exactly/],
    [untyped("yes"), "boolean", /neither true nor false/],
    [number("9007199254740993"), "real", /hold exactly/],
    [number("1e400"), "real", /beyond/],
    [number("0.12345678901234567890"), "real", /hold exactly/],
    [decimal("0.123456789012345678"), "real", /hold exactly/],
    [decimal("0.5"), "integer", /no whole number/],
    [2n ** 53n + 1n, "real", /hold exactly/],
    [micros(1n), "dateMilliseconds", /more exact than a Date/],
    [micros(1_000n), "dateSeconds", /more exact/],
    [micros(0n, false), "dateText", /local time/],
    [{ a: 1 }, "text", /read it as "json"/],
    [{ a: new Uint8Array(1) }, "json", /bytes/],
    [{ a: Number.NaN }, "json", /NaN/],
  ])("%o as %s", (value, as, reason) => {
    const cell = cellOfValue(value, as);
    expect(cell).toBeInstanceOf(NotRepresentable);
    expect((cell as NotRepresentable).reason).toMatch(reason);
  });
});

test("a column is suggested what all of its values are", () => {
  const suggested: readonly [readonly unknown[], ConversionName | undefined][] = [
    [[null, undefined], undefined],
    [[1, null, 2], "integer"],
    [[1, 2.5], "real"],
    [[number("9007199254740993"), 1], "bigint"],
    [["a", null], "text"],
    [["a", 1], "json"],
    [[true], "boolean"],
    [[{ a: 1 }, [1]], "json"],
    [["1", "2"].map(untyped), "integer"],
    [["1", "2.5"].map(untyped), "real"],
    [["01", "2"].map(untyped), "text"],
    [["true", "FALSE"].map(untyped), "boolean"],
    [["9007199254740993", "1"].map(untyped), "bigint"],
    [[decimal("1.5")], "text"],
    [[micros(1000n)], "dateMilliseconds"],
    [[micros(1000n), micros(1n)], "text"],
    [[new Uint8Array(1)], "bytes"],
  ];
  for (const [values, as] of suggested) expect([values, suggestConversion(values)]).toEqual([values, as]);
});
