import fc from "fast-check";
import { expect, test } from "vitest";
import { diffFields } from "../../../core/merge/diff-fields.ts";
import { type FieldChoice, mergeByChoice, mergeFields } from "../../../core/merge/merge-fields.ts";
import { pathKey } from "../../../core/merge/merge-path.ts";
import { NOTHING } from "../../../core/merge/slot.ts";
import { valuesEqual } from "../../../core/merge/values-equal.ts";
import { runs } from "../../support/models/runs.ts";

const leaf = fc.oneof(fc.constantFrom(0, -0, 1, "a", null, undefined), fc.array(fc.nat(2), { maxLength: 2 }));
const name = fc.constantFrom("a", "b", "c", "__proto__", "constructor");
const { record } = fc.letrec<{ record: unknown }>((tie) => ({
  record: fc.oneof(
    { depthSize: "small", withCrossShrink: true },
    leaf,
    fc
      .uniqueArray(fc.tuple(name, tie("record")), { maxLength: 4, selector: ([field]) => field })
      .map((fields) => {
        const object = {};
        for (const [field, value] of fields) {
          Object.defineProperty(object, field, {
            value,
            enumerable: true,
            writable: true,
            configurable: true,
          });
        }
        return object;
      }),
  ),
}));

const numRuns = runs(1000);

function choosing(take: "local" | "remote", merge: ReturnType<typeof mergeFields>): Map<string, FieldChoice> {
  return new Map(merge.fields.map(({ path }) => [pathKey(path), { take }]));
}

test("choosing one side everywhere gives that side", () => {
  fc.assert(
    fc.property(fc.oneof(record, fc.constant(NOTHING)), record, record, (base, local, remote) => {
      const merge = mergeFields(base, local, remote);
      for (const [take, side] of [
        ["local", local],
        ["remote", remote],
      ] as const) {
        const chosen = mergeByChoice(merge, choosing(take, merge));
        expect(chosen.present && valuesEqual(chosen.value, side)).toBe(true);
      }
    }),
    { numRuns },
  );
});

test("a merge with the unchanged side is the changed side; with itself it is itself", () => {
  fc.assert(
    fc.property(record, record, (base, changed) => {
      for (const merge of [
        mergeFields(base, changed, base),
        mergeFields(base, base, changed),
        mergeFields(base, changed, changed),
      ]) {
        expect(merge.conflicts).toBe(0);
        expect(merge.merged?.present && valuesEqual(merge.merged.value, changed)).toBe(true);
      }
    }),
    { numRuns },
  );
});

test("sides can be exchanged, and inputs are never changed", () => {
  fc.assert(
    fc.property(record, record, record, (base, local, remote) => {
      const before = structuredClone([base, local, remote]);
      const one = mergeFields(base, local, remote);
      const other = mergeFields(base, remote, local);
      expect(one.conflicts).toBe(other.conflicts);
      if (one.merged?.present && other.merged?.present) {
        expect(valuesEqual(one.merged.value, other.merged.value)).toBe(true);
      }
      expect(valuesEqual(before, [base, local, remote])).toBe(true);
    }),
    { numRuns },
  );
});

test("two values differ by field exactly when they differ", () => {
  fc.assert(
    fc.property(record, record, (a, b) => {
      expect(diffFields(a, b).length === 0).toBe(valuesEqual(a, b));
      expect(diffFields(a, structuredClone(a))).toEqual([]);
    }),
    { numRuns },
  );
});
