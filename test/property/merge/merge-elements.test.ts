import fc from "fast-check";
import { expect, test } from "vitest";
import { type FieldChoice, mergeByChoice, mergeFields } from "../../../core/merge/merge-fields.ts";
import { pathKey } from "../../../core/merge/merge-path.ts";
import { valuesEqual } from "../../../core/merge/values-equal.ts";
import { runs } from "../../support/models/runs.ts";

interface Element {
  readonly id: number | string;
  readonly a: number;
  readonly b: number;
}
interface Item {
  readonly lines: readonly Element[];
}

const IDENTITIES = [{ path: ["lines"], field: "id" }];
const id = fc.constantFrom<number | string>(0, 1, 2, 3, "0", "x");
const element = fc.record({ id, a: fc.nat(2), b: fc.nat(2) });
const item = fc.uniqueArray(element, { maxLength: 6, selector: (one) => one.id }).map((lines) => ({ lines }));
const numRuns = runs(2000);

/** Two versions of one item, edited apart: mostly in different fields, so that many merge without a conflict. */
const versions = fc
  .tuple(item, edits("a"), edits("b"))
  .map(([base, here, there]): readonly [Item, Item, Item] => [base, here(base), there(base)]);

function edits(field: "a" | "b") {
  const added = fc.uniqueArray(
    fc.record({ id: fc.constantFrom(field, `${field}2`), a: fc.nat(2), b: fc.nat(2), at: fc.nat(6) }),
    { maxLength: 2, selector: (one) => one.id },
  );
  return fc
    .record({
      dropped: fc.subarray([0, 1, 2, 3], { maxLength: 1 }),
      changed: fc.subarray([0, 1, 2, 3, 4, 5], { maxLength: 2 }),
      added,
      moved: fc.option(fc.tuple(fc.nat(5), fc.nat(5)), { freq: 3 }),
    })
    .map(({ dropped, changed, added, moved }) => (base: Item): Item => {
      let lines = base.lines.map((one, at) => (changed.includes(at) ? { ...one, [field]: 9 } : one));
      lines = lines.filter((_, at) => !dropped.includes(at));
      if (moved) lines.splice(moved[1], 0, ...lines.splice(moved[0], 1));
      for (const { at, ...one } of added) lines.splice(at, 0, one);
      return { lines };
    });
}

const isOrderedAs = (merged: Item, side: Item) => {
  const kept = side.lines.filter(({ id }) => find(merged, id)).map((one) => one.id);
  return valuesEqual(
    merged.lines.filter((one) => find(side, one.id)).map((one) => one.id),
    kept,
  );
};

const byId = ({ lines }: Item) =>
  [...lines].sort((one, other) => (JSON.stringify(one.id) < JSON.stringify(other.id) ? -1 : 1));

const find = ({ lines }: Item, wanted: unknown) => lines.find((one) => one.id === wanted);

function mergeItems(base: Item, local: Item, remote: Item) {
  const merge = mergeFields(base, local, remote, IDENTITIES);
  return { merge, merged: merge.merged?.present ? (merge.merged.value as Item) : undefined };
}

test("exchanging the sides gives the same elements", () => {
  fc.assert(
    fc.property(fc.oneof(versions, fc.tuple(item, item, item)), ([base, local, remote]) => {
      const before = structuredClone([base, local, remote]);
      const one = mergeItems(base, local, remote);
      const other = mergeItems(base, remote, local);
      expect(one.merge.conflicts).toBe(other.merge.conflicts);
      if (one.merged && other.merged) expect(byId(one.merged)).toEqual(byId(other.merged));
      expect([base, local, remote]).toEqual(before);
    }),
    { numRuns },
  );
});

test("a merge with the unchanged side is the changed side, order included", () => {
  fc.assert(
    fc.property(item, item, (base, changed) => {
      expect(mergeItems(base, changed, base).merged).toEqual(changed);
      expect(mergeItems(base, base, changed).merged).toEqual(changed);
      expect(mergeItems(base, changed, changed).merged).toEqual(changed);
    }),
    { numRuns },
  );
});

test("choosing one side everywhere gives that side's elements", () => {
  fc.assert(
    fc.property(fc.oneof(versions, fc.tuple(item, item, item)), ([base, local, remote]) => {
      const { merge } = mergeItems(base, local, remote);
      for (const [take, side] of [
        ["local", local],
        ["remote", remote],
      ] as const) {
        const choices = new Map<string, FieldChoice>(
          merge.fields.map(({ path }) => [pathKey(path), { take }]),
        );
        const chosen = mergeByChoice(merge, choices);
        expect(chosen.present && byId(chosen.value as Item)).toEqual(byId(side));
      }
    }),
    { numRuns },
  );
});

test("without a conflict, nothing that either side did is lost and nothing is invented", () => {
  fc.assert(
    fc.property(fc.oneof(versions, fc.tuple(item, item, item)), ([base, local, remote]) => {
      const { merged } = mergeItems(base, local, remote);
      if (!merged) return;
      expect(new Set(merged.lines.map((one) => one.id)).size).toBe(merged.lines.length);
      const all = new Set([base, local, remote].flatMap(({ lines }) => lines.map((one) => one.id)));
      for (const wanted of all) {
        const [before, here, there] = [find(base, wanted), find(local, wanted), find(remote, wanted)];
        const got = find(merged, wanted);
        if (valuesEqual(before, here)) expect(got).toEqual(there);
        else if (valuesEqual(before, there)) expect(got).toEqual(here);
        else if (before && here && there) {
          for (const name of ["a", "b"] as const) {
            expect(got?.[name]).toBe(here[name] === before[name] ? there[name] : here[name]);
          }
        } else expect(got).toEqual(here ?? there);
      }
    }),
    { numRuns },
  );
});

test("the order of elements is that of the side that moved some, and of both when neither did", () => {
  let merges = 0;
  fc.assert(
    fc.property(versions, ([base, local, remote]) => {
      const { merge, merged } = mergeItems(base, local, remote);
      if (!merged || merge.fields.some(({ path }) => path.length < 2)) return;
      merges++;
      const localMoved = !isOrderedAs(base, local);
      const remoteMoved = !isOrderedAs(base, remote);
      if (localMoved || !remoteMoved) expect(isOrderedAs(merged, local)).toBe(true);
      if (remoteMoved || !localMoved) expect(isOrderedAs(merged, remote)).toBe(true);
    }),
    { numRuns },
  );
  expect(merges).toBeGreaterThan(numRuns / 10);
});
