import { describe, expect, test } from "vitest";
import type { ElementIdentity } from "../../../core/mapping/mapping-settings.ts";
import { mergeByChoice, mergeFields } from "../../../core/merge/merge-fields.ts";
import { type MergePath, pathKey } from "../../../core/merge/merge-path.ts";
import { NOTHING } from "../../../core/merge/slot.ts";

const LINES: readonly ElementIdentity[] = [{ path: ["lines"], field: "id" }];

const merged = (base: unknown, local: unknown, remote: unknown, identities = LINES) =>
  mergeFields(base, local, remote, identities).merged;

const of = (...lines: unknown[]) => ({ lines });
const line = (id: unknown, count = 1) => ({ id, count });

/** Paths with their outcomes, elements by their identity. */
function outcomes(base: unknown, local: unknown, remote: unknown, identities = LINES): string[] {
  const show = (path: MergePath) =>
    path.map((step) => (typeof step === "string" ? step : `#${step.id}`)).join(".");
  return mergeFields(base, local, remote, identities)
    .fields.filter(({ outcome }) => outcome !== "equal")
    .map(({ path, outcome }) => `${show(path)} ${outcome}`);
}

describe("elements with an identity", () => {
  test("added, removed and changed on either side come together", () => {
    const base = of(line(1), line(2), line(3));
    const local = of(line(1, 5), line(3), line(4));
    const remote = of(line(1), line(2), line(5), line(3, 7));
    expect(merged(base, local, remote)).toEqual({
      present: true,
      value: of(line(1, 5), line(5), line(3, 7), line(4)),
    });
    expect(outcomes(base, local, remote)).toEqual([
      "lines.#1.count local",
      "lines.#2 local",
      "lines.#5 remote",
      "lines.#3.count remote",
      "lines.#4 local",
    ]);
  });

  test("what both appended stands with the local elements first", () => {
    expect(merged(of(line(1)), of(line(1), line("a")), of(line(1), line("b"), line("c")))).toEqual({
      present: true,
      value: of(line(1), line("a"), line("b"), line("c")),
    });
  });

  test("what the remote put first stays first", () => {
    expect(merged(of(line(1)), of(line(1, 2)), of(line(9), line(1)))).toEqual({
      present: true,
      value: of(line(9), line(1, 2)),
    });
  });

  test("the order of the side that moved elements is kept, whichever it is", () => {
    const base = of(line(1), line(2), line(3));
    const moved = of(line(3), line(1), line(2));
    const changed = of(line(1), line(2, 9), line(3));
    const value = of(line(3), line(1), line(2, 9));
    expect(merged(base, moved, changed)).toEqual({ present: true, value });
    expect(merged(base, changed, moved)).toEqual({ present: true, value });
  });

  test("a field that both changed is a conflict that names the element, and a choice decides it", () => {
    const base = of(line(1), line(2));
    const merge = mergeFields(base, of(line(1, 5), line(2)), of(line(1, 6), line(2, 3)), LINES);
    const path = ["lines", { field: "id", id: 1 }, "count"];
    expect(merge.fields.filter(({ outcome }) => outcome === "conflict").map((field) => field.path)).toEqual([
      path,
    ]);
    expect(mergeByChoice(merge, new Map([[pathKey(path), { take: "remote" }]]))).toEqual({
      present: true,
      value: of(line(1, 6), line(2, 3)),
    });
  });

  test("an element removed on one side and changed on the other is one conflict", () => {
    const merge = mergeFields(of(line(1), line(2)), of(line(2)), of(line(1, 9), line(2)), LINES);
    const element = pathKey(["lines", { field: "id", id: 1 }]);
    expect(merge.conflicts).toBe(1);
    expect(mergeByChoice(merge, new Map([[element, { take: "local" }]]))).toEqual({
      present: true,
      value: of(line(2)),
    });
    expect(mergeByChoice(merge, new Map([[element, { take: "remote" }]]))).toEqual({
      present: true,
      value: of(line(1, 9), line(2)),
    });
  });

  test("an array that loses all its elements stays an array", () => {
    expect(merged(of(line(1), line(2)), of(line(1)), of(line(2)))).toEqual({ present: true, value: of() });
  });

  test("without a base, equal elements agree and the others are conflicts", () => {
    expect(outcomes(NOTHING, of(line(1), line(2)), of(line(1), line(2, 5), line(3)))).toEqual([
      "lines.#2.count conflict",
      "lines.#3 conflict",
    ]);
  });

  test("the text 1 and the number 1 are two elements", () => {
    expect(merged(of(), of(line(1)), of(line("1")))).toEqual({
      present: true,
      value: of(line(1), line("1")),
    });
  });

  test("arrays inside elements are merged through them", () => {
    const identities = [...LINES, { path: ["lines", "notes"], field: "by" }];
    const base = of({ id: 1, notes: [{ by: "ann", text: "x" }] });
    const local = of({ id: 1, notes: [{ by: "ann", text: "y" }] });
    const remote = of({ id: 1, notes: [{ by: "ann", text: "x" }, { by: "bob" }] });
    expect(merged(base, local, remote, identities)).toEqual({
      present: true,
      value: of({ id: 1, notes: [{ by: "ann", text: "y" }, { by: "bob" }] }),
    });
  });

  test("the record itself can be the array", () => {
    expect(() => mergeFields([], [line(1)], [line(2)], [{ path: [], field: "id" }])).not.toThrow();
    expect(mergeFields([], [line(1)], [line(2)], [{ path: [], field: "id" }]).merged).toEqual({
      present: true,
      value: [line(1), line(2)],
    });
  });
});

describe("an array is taken whole", () => {
  const base = of(line(1), line(2));
  test.each([
    ["an identity is there twice", of(line(1), line(1))],
    ["an identity is missing", of(line(1), { count: 1 })],
    ["an identity is neither text nor number", of(line(1), line({}))],
    ["an element is no object", of(line(1), 7)],
    ["it has a hole", { lines: Object.assign([], { 1: line(1) }) }],
    ["it has a property besides its elements", { lines: Object.assign([line(1)], { note: 1 }) }],
  ])("when %s", (_why, odd) => {
    const other = of(line(1, 3), line(2));
    expect(outcomes(base, odd, other)).toEqual(["lines conflict"]);
    expect(outcomes(base, other, odd)).toEqual(["lines conflict"]);
    expect(outcomes(odd, base, other)).toEqual(["lines conflict"]);
  });

  test("when both sides moved elements to different places", () => {
    const three = of(line(1), line(2), line(3));
    expect(outcomes(three, of(line(2), line(1), line(3)), of(line(1), line(3), line(2)))).toEqual([
      "lines conflict",
    ]);
  });

  test("when it has no identity in the mapping", () => {
    expect(outcomes(base, of(line(1, 2), line(2)), of(line(1), line(2, 2)), [])).toEqual(["lines conflict"]);
  });
});
