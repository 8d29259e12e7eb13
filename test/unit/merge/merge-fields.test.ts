import { expect, test } from "vitest";
import { type FieldChoice, mergeByChoice, mergeFields } from "../../../core/merge/merge-fields.ts";
import { pathKey } from "../../../core/merge/merge-path.ts";
import { NOTHING } from "../../../core/merge/slot.ts";

function outcomes(base: unknown, local: unknown, remote: unknown): Record<string, string> {
  const { fields } = mergeFields(base, local, remote);
  return Object.fromEntries(fields.map(({ path, outcome }) => [path.join("."), outcome]));
}

test("each field by who changed it", () => {
  const base = { same: 1, mine: 1, theirs: 1, both: 1, clash: 1, dropped: 1 };
  const local = { same: 1, mine: 2, theirs: 1, both: 3, clash: 2, added: 1 };
  const remote = { same: 1, mine: 1, theirs: 2, both: 3, clash: 3, dropped: 1 };
  expect(outcomes(base, local, remote)).toEqual({
    same: "equal",
    mine: "local",
    theirs: "remote",
    both: "both",
    clash: "conflict",
    added: "local",
    dropped: "local",
  });
  const merge = mergeFields(base, local, remote);
  expect(merge.conflicts).toBe(1);
  expect(merge.merged).toBeUndefined();
  const chosen = mergeByChoice(merge, new Map([[pathKey(["clash"]), { take: "remote" }]]));
  expect(chosen).toEqual({
    present: true,
    value: { same: 1, mine: 2, theirs: 2, both: 3, clash: 3, added: 1 },
  });
});

test("without a conflict the merge is made by itself, nested objects too", () => {
  const base = { a: { x: 1, y: 1 }, b: 1 };
  const merge = mergeFields(base, { a: { x: 2, y: 1 }, b: 1 }, { a: { x: 1, y: 2 }, b: 2 });
  expect(merge.merged).toEqual({ present: true, value: { a: { x: 2, y: 2 }, b: 2 } });
});

test("without a base every difference is a conflict", () => {
  expect(outcomes(NOTHING, { a: 1, b: 1 }, { a: 1, b: 2, c: 3 })).toEqual({
    a: "equal",
    b: "conflict",
    c: "conflict",
  });
});

test("two objects that replaced something else have no ancestor", () => {
  expect(outcomes({ a: 5 }, { a: { x: 1 } }, { a: { y: 1 } })).toEqual({
    "a.x": "conflict",
    "a.y": "conflict",
  });
});

test("a deleted record against a changed one is one conflict", () => {
  const merge = mergeFields({ a: 1 }, NOTHING, { a: 2 });
  expect(merge.fields).toMatchObject([{ path: [], outcome: "conflict", local: { present: false } }]);
  expect(mergeByChoice(merge, new Map([["[]", { take: "local" }]]))).toEqual({ present: false });
  expect(mergeByChoice(merge, new Map([["[]", { take: "remote" }]]))).toEqual({
    present: true,
    value: { a: 2 },
  });
});

test("choices: an edited value, a field left out, the base, and overruling what was automatic", () => {
  const merge = mergeFields(
    { a: 1, b: 1, c: 1, d: 1 },
    { a: 2, b: 2, c: 2, d: 2 },
    { a: 3, b: 3, c: 3, d: 1 },
  );
  const choices = new Map<string, FieldChoice>([
    [pathKey(["a"]), { take: "value", value: 9 }],
    [pathKey(["b"]), { take: "nothing" }],
    [pathKey(["c"]), { take: "base" }],
    [pathKey(["d"]), { take: "remote" }],
  ]);
  expect(mergeByChoice(merge, choices)).toEqual({ present: true, value: { a: 9, c: 1, d: 1 } });
});

test("an undecided conflict and a path that is no field are refused", () => {
  const merge = mergeFields({ a: 1 }, { a: 2 }, { a: 3 });
  expect(() => mergeByChoice(merge, new Map())).toThrow(expect.objectContaining({ code: "undecided" }));
  const choices = new Map<string, FieldChoice>([[pathKey(["b"]), { take: "local" }]]);
  expect(() => mergeByChoice(merge, choices)).toThrow(expect.objectContaining({ code: "no-such-field" }));
});

test("an own __proto__ is merged as a field and never becomes the prototype", () => {
  const of = (text: string) => JSON.parse(text);
  const merge = mergeFields(
    of('{"__proto__":{"a":1,"b":1}}'),
    of('{"__proto__":{"a":2,"b":1}}'),
    of('{"__proto__":{"a":1,"b":2}}'),
  );
  const value = merge.merged?.present ? merge.merged.value : undefined;
  expect(Object.getPrototypeOf(value)).toBe(Object.prototype);
  expect(JSON.stringify(value)).toBe('{"__proto__":{"a":2,"b":2}}');
  expect(({} as { a?: number }).a).toBeUndefined();
});

test("an object whose fields all went stays an object", () => {
  const merge = mergeFields({ o: { a: 1, b: 1 } }, { o: { b: 1 } }, { o: { a: 1 } });
  expect(merge.merged).toEqual({ present: true, value: { o: {} } });
});

test("arrays are taken whole", () => {
  expect(outcomes({ l: [1] }, { l: [1, 2] }, { l: [1, 3] })).toEqual({ l: "conflict" });
  expect(outcomes({ l: [1] }, { l: [1, 2] }, { l: [1] })).toEqual({ l: "local" });
});

test("a record with shared references is taken whole", () => {
  const shared = { x: 1 };
  expect(outcomes({ a: 1 }, { a: shared, b: shared }, { a: 1, c: 1 })).toEqual({ "": "conflict" });
});
