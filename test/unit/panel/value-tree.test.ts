import { describe, expect, test } from "vitest";
import { type ValueLine, valueLines } from "../../../extension/panel/components/value/value-lines.ts";
import { childrenOf } from "../../../extension/panel/format/value-children.ts";

const labels = (lines: readonly ValueLine[]) =>
  lines.map((line) => `${"  ".repeat(line.level - 1)}${line.label}`);

describe("a value as a tree", () => {
  test("closed objects show their fields, open ones what is in them", () => {
    const record = { id: 1, site: { name: "x", at: [1, 2] } };
    expect(labels(valueLines(record, new Set()))).toEqual(["id", "site"]);
    expect(labels(valueLines(record, new Set(["/.site", "/.site/.at"])))).toEqual([
      "id",
      "site",
      "  name",
      "  at",
      "    0",
      "    1",
    ]);
  });

  test("a cycle is named and cannot be opened", () => {
    const record: Record<string, unknown> = { a: {} };
    (record.a as Record<string, unknown>).back = record;
    const lines = valueLines(record, new Set(["/.a"]));
    expect(lines[1]).toMatchObject({
      label: "back",
      content: { is: "cycle", label: "the record" },
      expandable: false,
    });
  });

  test("two uses of one object that is no ancestor are two values", () => {
    const shared = { n: 1 };
    const lines = valueLines({ a: shared, b: shared }, new Set(["/.a", "/.b"]));
    expect(lines.filter((line) => line.content.is === "cycle")).toEqual([]);
    expect(lines).toHaveLength(4);
  });

  test("no step answers more than a hundred children, and every element is reachable", () => {
    const array = new Float32Array(1_000_003);
    array[1_000_002] = 7;
    const top = childrenOf(array);
    expect(top.length).toBeLessThanOrEqual(101);
    let range = top.at(-1)?.content;
    let last = top;
    while (range?.is === "range") {
      last = childrenOf(array, range);
      expect(last.length).toBeLessThanOrEqual(101);
      range = last.at(-1)?.content;
    }
    expect(last.at(-1)).toMatchObject({ label: "1000002", content: { is: "value", value: 7 } });
  });

  test("runs of holes are one line each", () => {
    const sparse: unknown[] = ["first"];
    sparse[1_000_000] = "last";
    sparse.length = 2_000_000;
    expect(
      childrenOf(sparse).map((child) => [child.label, child.content.is === "note" ? child.content.text : ""]),
    ).toEqual([
      ["0", ""],
      ["1 … 999999", "empty × 999999"],
      ["1000000", ""],
      ["1000001 … 1999999", "empty × 999999"],
    ]);
  });

  test("an undefined element is no hole, and further properties of an array are shown", () => {
    const array = Object.assign([undefined, 1], { total: 2 });
    expect(childrenOf(array).map((child) => child.label)).toEqual(["0", "1", "total"]);
    expect(childrenOf(array)[0]?.content).toEqual({ is: "value", value: undefined });
  });

  test("an own __proto__ is a property like any other", () => {
    const record = JSON.parse('{"__proto__": 5}') as object;
    expect(childrenOf(record)).toMatchObject([{ label: "__proto__", content: { value: 5 } }]);
  });
});
