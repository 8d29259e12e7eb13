import { describe, expect, test } from "vitest";
import { encodeKey } from "../../../core/key/encode-key.ts";
import { type Cell, NotRepresentable } from "../../../core/mapping/cell.ts";
import { checkColumns } from "../../../core/mapping/check-columns.ts";
import { ColumnsCodec } from "../../../core/mapping/columns-codec.ts";
import type { FieldColumn } from "../../../core/mapping/columns-mapping.ts";
import type { BoundScope } from "../../../core/mapping/scope.ts";
import type { TableDescription } from "../../../core/mapping/table-description.ts";

const field = (
  path: string,
  column: string,
  as: FieldColumn["as"],
  whenNull: "absent" | "null" = "absent",
) => ({
  path: path.split("."),
  column,
  as,
  whenNull,
});

const codec = new ColumnsCodec({
  key: [{ column: "id", as: "integer" }],
  fields: [
    field("id", "id", "integer"),
    field("name", "name", "text"),
    field("address.city", "city", "text"),
    field("note", "note", "text", "null"),
  ],
});

const tableOf = (...names: string[]): TableDescription => ({
  name: "t",
  isView: false,
  columns: names.map((name) => ({ name, type: "", nullable: true })),
  primaryKey: [],
  unique: [],
  foreignKeys: [],
  checks: [],
});

const cellsOf = (cells: Record<string, Cell>) => (column: string) => cells[column] ?? null;
const reasonOf = (value: unknown): string | undefined =>
  value instanceof NotRepresentable ? value.reason : undefined;

describe("records and rows", () => {
  const record = { id: 7, name: "a", address: { city: "Bern", zip: 3000 }, note: null, other: [1] };

  test("the mapped part of a record goes to its columns and comes back", () => {
    const cells = codec.recordToCells(encodeKey(7), record);
    expect(cells).toEqual(
      new Map<string, Cell>([
        ["id", 7n],
        ["name", "a"],
        ["city", "Bern"],
        ["note", null],
      ]),
    );
    expect(codec.cellsToRecord((column) => (cells as Map<string, Cell>).get(column) ?? null)).toEqual({
      id: 7,
      name: "a",
      address: { city: "Bern" },
      note: null,
    });
  });

  test("a missing property is NULL where NULL means absent, and refused where it means null", () => {
    const cells = codec.recordToCells(encodeKey(1), { id: 1, note: "x" });
    expect((cells as Map<string, Cell>).get("name")).toBeNull();
    expect(codec.cellsToRecord(cellsOf({ id: 1n, note: "x" }))).toEqual({ id: 1, note: "x" });
    expect(codec.refusalOf(encodeKey(1), { id: 1 })).toBe("note: it is missing, and NULL stands for null");
    expect(codec.refusalOf(encodeKey(1), { id: 1, name: null, note: "x" })).toBe("name: null is no string");
  });

  test("names the field that does not fit", () => {
    expect(codec.refusalOf(encodeKey(1), { id: 1, address: "Bern", note: "" })).toBe(
      "address is no plain object",
    );
    expect(codec.refusalOf(encodeKey(1), [1])).toMatch(/^the record is no plain object/);
    expect(codec.refusalOf(encodeKey("1"), { id: 1, note: "" })).toBe("its key: a string is no number");
    expect(codec.refusalOf(encodeKey(2), { id: 1, note: "" })).toBe("id is not what its key says");
    expect(reasonOf(codec.cellsToRecord(cellsOf({ id: 1n, name: 5n, note: "" })))).toMatch(
      /^name: the column/,
    );
  });

  test("several key columns make array keys", () => {
    const two = new ColumnsCodec({
      key: [
        { column: "a", as: "text" },
        { column: "b", as: "dateText" },
      ],
      fields: [field("x", "x", "real")],
    });
    const key = encodeKey(["k", new Date(5)]);
    const cells = two.keyToCells(key);
    expect(cells).toEqual(["k", "1970-01-01T00:00:00.005Z"]);
    expect(two.cellsToKey(cells as Cell[])).toEqual(key);
    expect(reasonOf(two.keyToCells(encodeKey(["k"])))).toMatch(/array of 2 elements/);
    expect(reasonOf(two.cellsToKey(["k", null]))).toBe("key column b: it is NULL");
  });

  test("writes into a record leave what is not mapped", () => {
    const old = structuredClone(record);
    const changed = codec.projection.putInto(old, { id: 7, address: { city: "Basel" }, note: "n" });
    expect(changed).toEqual({ id: 7, address: { city: "Basel", zip: 3000 }, note: "n", other: [1] });
    expect(codec.projection.restOf(record)).toEqual({
      address: { zip: 3000 },
      other: [1],
    });
    expect(codec.projection.restOf({ id: 1, address: { city: "x" } })).toBeUndefined();
  });

  test("the whole record in one column", () => {
    const whole = new ColumnsCodec({
      key: [{ column: "k", as: "text" }],
      fields: [{ path: [], column: "v", as: "json", whenNull: "absent" }],
    });
    expect(whole.recordToCells(encodeKey("a"), [1, "x"])).toEqual(
      new Map<string, Cell>([
        ["k", "a"],
        ["v", '[1,"x"]'],
      ]),
    );
    expect(whole.cellsToRecord(cellsOf({ v: "5" }))).toBe(5);
    expect(reasonOf(whole.cellsToRecord(cellsOf({})))).toBe("the record: the column is NULL");
  });
});

describe("scope", () => {
  const scoped = (scope: ConstructorParameters<typeof ColumnsCodec>[0]["scope"]) =>
    new ColumnsCodec({
      key: [{ column: "id", as: "integer" }],
      fields: [field("user", "user_id", "integer"), field("due", "due", "dateText"), field("t", "t", "text")],
      ...(scope === undefined ? {} : { scope }),
    });
  const isIn = (scope: Parameters<typeof scoped>[0], record: object): boolean =>
    scoped(scope).refusalOf(encodeKey(1), record) === undefined;

  test("records outside it are refused", () => {
    const scope = { and: [{ column: "user_id", is: "=" as const, value: 5 }] };
    expect(isIn(scope, { user: 5 })).toBe(true);
    expect(scoped(scope).refusalOf(encodeKey(1), { user: 6 })).toBe("it is outside the mapping's scope");
    expect(isIn(scope, {})).toBe(false);
  });

  test("and, or, ranges, dates, NULL and the order of code points", () => {
    const after = { column: "due", is: ">=" as const, value: "2024-01-01" };
    expect(isIn(after, { due: new Date("2024-01-01") })).toBe(true);
    expect(isIn(after, { due: new Date("2023-12-31") })).toBe(false);
    const either = { or: [{ column: "user_id", is: "isNull" as const }, after] };
    expect(isIn(either, {})).toBe(true);
    expect(isIn(either, { user: 1 })).toBe(false);
    // What is not true of a record, NULL included, and what is true of neither.
    expect(
      [{}, { user: 1 }, { due: new Date("2023-01-01") }].map((record) => isIn({ not: after }, record)),
    ).toEqual([true, true, true]);
    expect(isIn({ not: either }, { user: 1 })).toBe(true);
    expect(isIn({ not: either }, {})).toBe(false);
    const above = { column: "t", is: ">" as const, value: "\uffff" };
    expect(isIn(above, { t: "😀" })).toBe(true);
    expect(isIn({ column: "t", is: "!=", value: "x" }, {})).toBe(false);
  });

  test("texts in bytes are ordered as texts; other bytes can be asked for by equality alone", () => {
    const inBytes = (as: "textBytes" | "int64Bytes", scope: BoundScope) =>
      new ColumnsCodec({ key: [{ column: "k", as: "integer" }], fields: [field("v", "v", as)], scope });
    const from = inBytes("textBytes", { column: "v", is: ">=", value: "b" });
    expect(["a", "b", "ba", "\uffff"].map((v) => from.refusalOf(encodeKey(1), { v }) === undefined)).toEqual([
      false,
      true,
      true,
      true,
    ]);
    const minusOne = inBytes("int64Bytes", { column: "v", is: "=", value: -1 });
    expect(minusOne.refusalOf(encodeKey(1), { v: -1 })).toBeUndefined();
    expect(minusOne.refusalOf(encodeKey(1), { v: 1 })).toContain("scope");
    const problems = checkColumns(
      {
        table: "t",
        key: [{ column: "k", as: "integer" }],
        fields: [field("v", "v", "int64Bytes")],
      },
      { column: "v", is: "<", value: 5 },
      tableOf("k", "v"),
    );
    expect(problems).toEqual([expect.stringMatching(/"v" by its order.*"int64Bytes"/)]);
  });

  test("what it settles of unmapped columns is put into new rows", () => {
    const codec = scoped({ and: [{ column: "tenant", is: "=", value: "acme" }] });
    expect(codec.fixed).toEqual(new Map([["tenant", "acme"]]));
    expect(codec.refusalOf(encodeKey(1), { user: 1 })).toBeUndefined();
  });
});
