import { describe, expect, test } from "vitest";
import { mergeByChoice } from "../../../core/merge/merge-fields.ts";
import { mergeDecision } from "../../../core/session/merge-decision.ts";
import { baseAt, fieldDifferences } from "../../../extension/panel/format/field-differences.ts";
import { listMerge, resultOf } from "../../../extension/panel/format/merge-fields.ts";

const base = { id: 1, status: "draft", notes: "n", inspector: "A", site: { lat: 1, lon: 2 } };
const local = { id: 1, status: "ready", notes: "mine", inspector: "A", site: { lat: 9, lon: 2 } };
const remote = { id: 1, status: "rejected", notes: "n", inspector: "B", site: { lat: 5, lon: 2 } };

describe("a merge as it is listed", () => {
  test("conflicts first, then what one side changed alone; equal fields apart", () => {
    const merge = listMerge(local, remote, { value: base });
    expect(merge.changed.map(({ label, automatic }) => [label, automatic])).toEqual([
      ["status", undefined],
      ["site.lat", undefined],
      ["notes", "local"],
      ["inspector", "remote"],
    ]);
    expect(merge.equal.map(({ label }) => label)).toEqual(["id", "site.lon"]);
  });

  test("without a base every difference is a conflict", () => {
    const merge = listMerge(local, remote, undefined);
    expect(merge.changed.every(({ automatic }) => automatic === undefined)).toBe(true);
    expect(merge.hasBase).toBe(false);
  });

  test("choices give the record that goes to both sides", () => {
    const { merge, changed } = listMerge(local, remote, { value: base });
    const [status, lat] = changed;
    const choices = new Map([
      [status?.key ?? "", { take: "base" as const }],
      [lat?.key ?? "", { take: "value" as const, value: 7 }],
    ]);
    expect(resultOf(changed[0] as never, choices.get(status?.key ?? ""))).toEqual({
      present: true,
      value: "draft",
    });
    const merged = mergeByChoice(merge, choices);
    expect(merged).toEqual({
      present: true,
      value: { id: 1, status: "draft", notes: "mine", inspector: "B", site: { lat: 7, lon: 2 } },
    });
    expect(mergeDecision(merged.present ? merged.value : undefined)).toMatchObject({
      do: "merge",
      digest: { length: 16 },
    });
  });
});

describe("two records side by side", () => {
  test("nested fields by path, missing fields as missing", () => {
    const { changed, equal } = fieldDifferences({ a: 1, b: { c: 1, d: 2 } }, { b: { c: 1, d: 3 }, e: 4 });
    expect(changed).toEqual([
      { steps: ["a"], path: "a", local: { present: true, value: 1 }, remote: { present: false } },
      {
        steps: ["b", "d"],
        path: "b.d",
        local: { present: true, value: 2 },
        remote: { present: true, value: 3 },
      },
      { steps: ["e"], path: "e", local: { present: false }, remote: { present: true, value: 4 } },
    ]);
    expect(equal).toEqual([]);
  });

  test("a record with shared references is still compared field by field", () => {
    const shared = [1];
    const { changed, equal } = fieldDifferences({ a: shared, b: shared, c: 1 }, { a: [1], b: [1], c: 2 });
    expect(changed.map(({ path }) => path)).toEqual(["c"]);
    expect(equal.map(({ name }) => name)).toEqual(["a", "b"]);
  });

  test("elements by their identity, each beside what the base held of it; another order is told", () => {
    const identities = [{ path: ["lines"], field: "sku" }];
    const lines = (...counts: readonly (readonly [sku: string, count: number])[]) => ({
      lines: counts.map(([sku, count]) => ({ sku, count })),
    });
    const { changed } = fieldDifferences(lines(["a", 1], ["b", 5]), lines(["b", 2], ["a", 1]), identities);
    const base = lines(["b", 2], ["a", 1]);
    expect(changed.map((field) => [field.path, baseAt(base, field)])).toEqual([
      ["lines[sku=b].count", { present: true, value: 2 }],
      ["lines, order", { present: true, value: ["b", "a"] }],
    ]);
  });

  test("0 and -0 differ", () => {
    expect(fieldDifferences({ offset: 0 }, { offset: -0 }).changed).toHaveLength(1);
  });
});
