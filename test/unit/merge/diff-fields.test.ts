import { describe, expect, test } from "vitest";
import { BlobValue } from "../../../core/codec/platform-values.ts";
import { diffFields } from "../../../core/merge/diff-fields.ts";

function paths(before: unknown, after: unknown): string[] {
  return diffFields(before, after).map(({ path, kind }) => `${kind} ${path.join(".")}`);
}

test("objects differ by field, all the way in", () => {
  const before = { id: 1, name: "a", address: { city: "x", zip: 1 }, gone: true };
  const after = { id: 1, name: "b", address: { city: "y", zip: 1 }, came: null };
  expect(paths(before, after)).toEqual([
    "changed name",
    "changed address.city",
    "removed gone",
    "added came",
  ]);
});

test("a field that is undefined is not a field that is missing", () => {
  expect(paths({ a: undefined }, {})).toEqual(["removed a"]);
  expect(paths({ a: undefined }, { a: undefined })).toEqual([]);
});

test("equality is that of the digest", () => {
  expect(paths({ a: Number.NaN, b: 0 }, { a: Number.NaN, b: 0 })).toEqual([]);
  expect(paths({ a: 0 }, { a: -0 })).toEqual(["changed a"]);
  expect(paths({ a: 1, b: 2 }, { b: 2, a: 1 })).toEqual([]);
  expect(paths({ d: new Date(5) }, { d: new Date(5) })).toEqual([]);
  expect(paths({ d: new Date(5) }, { d: new Date(6) })).toEqual(["changed d"]);
  expect(paths({ e: new RangeError("x") }, { e: new TypeError("x") })).toEqual(["changed e"]);
});

test("collections are whole values, with a summary", () => {
  const [array] = diffFields({ list: [1, 2, 3] }, { list: [1, 5, 3, 4] });
  expect(array).toMatchObject({
    path: ["list"],
    elements: { of: "array", before: 3, after: 4, added: 1, removed: 0, changed: 1, at: [1, 3] },
  });
  const [map] = diffFields(
    new Map([["a", 1]]),
    new Map<string, number>([
      ["a", 2],
      ["b", 1],
    ]),
  );
  expect(map?.elements).toMatchObject({ of: "map", added: 1, removed: 0, changed: 1, at: ["a", "b"] });
  const [set] = diffFields(new Set([1, 2]), new Set([2, 3]));
  expect(set?.elements).toMatchObject({ of: "set", added: 1, removed: 1, at: [1, 3] });
  const [bytes] = diffFields(new Uint8Array([1, 2]), new Uint8Array([1, 3]));
  expect(bytes?.elements).toMatchObject({ of: "bytes", changed: 1, at: [1] });
  const [holes] = diffFields([1, undefined], Object.assign(new Array(2), { 0: 1 }));
  expect(holes?.elements).toMatchObject({ changed: 1, at: [1] });
});

test("an own __proto__ is a field like any other", () => {
  const before = JSON.parse('{"__proto__": {"admin": false}}');
  const after = JSON.parse('{"__proto__": {"admin": true}}');
  expect(paths(before, after)).toEqual(["changed __proto__.admin"]);
  expect(paths({}, after)).toEqual(["added __proto__"]);
});

test("cycles and shared references make a record one value", () => {
  const cycle: { name: string; self?: unknown } = { name: "a" };
  cycle.self = cycle;
  expect(paths({ name: "b" }, cycle)).toEqual(["changed "]);
  const shared = { x: 1 };
  expect(paths({ a: { x: 1 }, b: { x: 2 } }, { a: shared, b: shared })).toEqual(["changed "]);
});

test("a Blob without its bytes is never called equal to another", () => {
  const blob = () => new BlobValue({ type: "text/plain", size: 3 });
  expect(paths({ blob: blob() }, { blob: blob() })).toEqual(["changed blob"]);
});

test("values 5,000 levels deep", () => {
  const deep = (leaf: number) => {
    let value: unknown = leaf;
    for (let i = 0; i < 5000; i++) value = { a: value };
    return value;
  };
  const [difference] = diffFields(deep(1), deep(2));
  expect(difference?.path).toHaveLength(100);
});

describe("arrays whose elements have an identity", () => {
  const identities = [
    { path: ["lines"], field: "sku" },
    { path: ["lines", "parts"], field: "id" },
  ];
  const differ = (before: unknown, after: unknown) =>
    diffFields({ lines: before }, { lines: after }, identities);
  const line = (sku: string, more: object = {}) => ({ sku, count: 1, ...more });
  const at = (sku: string) => ({ field: "sku", id: sku });

  test("are told apart by element, also inside of one", () => {
    const parts = (n: number) => ({ parts: [{ id: 1, n }] });
    expect(
      differ([line("a"), line("b", parts(1))], [line("b", { ...parts(2), count: 5 }), line("c")]).map(
        ({ path, kind }) => [kind, ...path],
      ),
    ).toEqual([
      ["removed", "lines", at("a")],
      ["changed", "lines", at("b"), "count"],
      ["changed", "lines", at("b"), "parts", { field: "id", id: 1 }, "n"],
      ["added", "lines", at("c")],
    ]);
  });

  test("another order is a difference of its own", () => {
    expect(
      differ([line("a"), line("b"), line("c")], [line("c"), line("a"), line("b", { count: 2 })]),
    ).toEqual([
      expect.objectContaining({ kind: "changed", path: ["lines", at("b"), "count"] }),
      {
        kind: "moved",
        path: ["lines"],
        identity: "sku",
        before: { present: true, value: ["a", "b", "c"] },
        after: { present: true, value: ["c", "a", "b"] },
      },
    ]);
  });

  test("are whole where an identity is missing or there twice", () => {
    for (const odd of [
      [line("a"), line("a", { count: 2 })],
      [line("a"), { count: 3 }],
    ]) {
      expect(differ([line("a")], odd).map(({ kind, path }) => [kind, ...path])).toEqual([
        ["changed", "lines"],
      ]);
    }
  });
});
