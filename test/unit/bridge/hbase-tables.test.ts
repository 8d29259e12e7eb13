import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { columnBytes, columnName } from "../../../bridge/backends/hbase/tables/column-names.ts";
import { rowRange } from "../../../bridge/backends/hbase/tables/row-range.ts";
import {
  suggestConversion,
  suggestKeyConversion,
} from "../../../bridge/backends/hbase/tables/suggest-conversion.ts";
import { nextVersion } from "../../../bridge/backends/hbase/tables/version-bytes.ts";
import { NotRepresentable } from "../../../core/mapping/cell.ts";
import { ColumnsCodec } from "../../../core/mapping/columns-codec.ts";
import type { BoundScope } from "../../../core/mapping/scope.ts";
import { toRowMapping } from "../../../core/mapping/table-mapping.ts";

const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);
const hex = (text: string): Uint8Array => Uint8Array.from(Buffer.from(text, "hex"));

test("a column's name is that of its bytes alone, whatever they are", () => {
  fc.assert(
    fc.property(fc.uint8Array(), (some) => {
      const column = `f:${Buffer.from(some).toString("latin1")}`;
      expect(columnBytes(columnName(column))).toBe(column);
    }),
  );
  const shown = (text: string): string => columnName(Buffer.from(text, "utf8").toString("latin1"));
  expect(shown("anchor:日本")).toBe("anchor:日本");
  expect(shown("f:a\\x41\n\u0085")).toBe("f:a\\x5Cx41\\x0A\\xC2\\x85");
  expect(columnName("f:\u00e9")).toBe("f:\\xE9");
});

describe("the version after another", () => {
  test.each([
    [null, hex("0000000000000001")],
    [hex("00000000000000ff"), hex("0000000000000100")],
    [hex("ffffffffffffffff"), hex("0000000000000000")],
    [bytes("7"), bytes("8")],
    [bytes("099"), bytes("100")],
    [bytes("99"), bytes("100")],
    [bytes("12345678"), bytes("12345679")],
  ])("%s", (before, after) => {
    expect(nextVersion("increment", before)).toEqual(after);
  });

  test.each([hex("7fffffffffffffff"), hex(""), hex("01"), bytes("v1")])("%s has none", (before) => {
    expect(nextVersion("increment", before)).toBeInstanceOf(NotRepresentable);
  });

  test("a UUID is another one each time, as text", () => {
    const [one, two] = [nextVersion("uuid", null), nextVersion("uuid", bytes("x"))];
    expect(Buffer.from(one as Uint8Array).toString()).toMatch(/^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/);
    expect(one).not.toEqual(two);
  });
});

test.each([
  [[], undefined],
  [[bytes('{"a":1}'), bytes("[]")], "jsonBytes"],
  [[bytes('{"a":1}'), bytes("hello")], "textBytes"],
  [[bytes("")], "textBytes"],
  [[hex("0000000000000005"), hex("fffffffffffffffe")], "int64Bytes"],
  [[hex("00000005")], "int32Bytes"],
  [[hex("ff"), hex("00")], "booleanByte"],
  [[hex("3ff8000000000000")], "doubleBytes"],
  [[hex("ff01")], "bytes"],
] as const)("%s probably stand for %s", (cells, conversion) => {
  expect(suggestConversion(cells)).toBe(conversion);
});

test("row keys are suggested as what IndexedDB takes as keys", () => {
  expect(suggestKeyConversion([bytes("com.cnn.www")])).toBe("textBytes");
  expect(suggestKeyConversion([hex("3ff8000000000000")])).toBe("buffer");
  expect(suggestKeyConversion([hex("0000000000000005")])).toBe("int64Bytes");
});

test.each<readonly [scope: BoundScope | undefined, start: string, end: string | undefined]>([
  [undefined, "", undefined],
  [{ column: "(row key)", is: "=", value: "é" }, "\u00c3\u00a9", "\u00c3\u00a9\0"],
  [{ column: "(row key)", is: ">", value: "a" }, "a\0", undefined],
  [{ column: "(row key)", is: "<=", value: "a" }, "", "a\0"],
  [{ column: "f:v", is: ">=", value: "a" }, "", undefined],
  [{ not: { column: "(row key)", is: "<", value: "a" } }, "", undefined],
  [{ or: [{ column: "(row key)", is: "=", value: "a" }] }, "", undefined],
  [
    {
      and: [
        { column: "(row key)", is: ">=", value: "b" },
        {
          and: [
            { column: "(row key)", is: ">=", value: "a" },
            { column: "(row key)", is: "<", value: "d" },
          ],
        },
        { column: "(row key)", is: "<", value: "c" },
      ],
    },
    "b",
    "c",
  ],
])("a scope reads no more rows than it has to, and never fewer", (scope, start, end) => {
  const mapping = {
    columns: {
      table: "t",
      key: [{ column: "(row key)", as: "textBytes" as const }],
      fields: [{ path: ["v"], column: "f:v", as: "textBytes" as const, whenNull: "absent" as const }],
    },
    ...(scope === undefined ? {} : { scope }),
  };
  expect(rowRange({ mapping, codec: new ColumnsCodec(toRowMapping(mapping)) })).toEqual({ start, end });
});
