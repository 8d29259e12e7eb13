/** Drifts and outcomes by column are the drifts and outcomes that were put in. */
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { compareBytes } from "../../../core/key/compare-bytes.ts";
import { toHex } from "../../../core/key/hex.ts";
import { packIds, packTexts, unpackId, unpackText } from "../../../core/session/columns.ts";
import { DRIFT_KINDS, type Drift } from "../../../core/session/drift.ts";
import { packDrifts } from "../../../core/session/drift-columns.ts";
import { DriftListBuilder, PackedDrifts } from "../../../core/session/drift-list.ts";
import { newIdMaker } from "../../../core/session/new-ids.ts";
import { Outcomes } from "../../../core/session/outcomes.ts";
import type { OperationOutcome, PlannedOperation } from "../../../core/session/plan.ts";
import { runs } from "../../support/models/runs.ts";

const digest = fc.uint8Array({ minLength: 16, maxLength: 16 });
const token = fc.oneof(fc.stringMatching(/^[0-9a-z.]{1,20}$/), fc.string({ minLength: 1, unit: "grapheme" }));
const side = fc.record(
  {
    state: fc.constantFrom("present", "deleted", "absent", "unreadable", "notRepresentable"),
    digest,
    token,
    reason: fc.string({ minLength: 1 }),
  },
  { requiredKeys: ["state"], noNullPrototype: true },
);
const base = fc.record(
  { state: fc.constantFrom("present", "deleted", "absent", "noBase"), digest, token },
  { requiredKeys: ["state"], noNullPrototype: true },
);
const change = fc.constantFrom("none", "added", "changed", "removed");
const proposal = fc.oneof(
  fc.constantFrom("push", "pull", "renew", "leave", "decide").map((name) => ({ do: name })),
  fc.record({ do: fc.constant("merge"), body: fc.string(), digest }, { noNullPrototype: true }),
) as fc.Arbitrary<Drift["proposal"]>;

const drift: fc.Arbitrary<Drift> = fc.record(
  {
    key: fc.uint8Array({ minLength: 1, maxLength: 6 }),
    kind: fc.constantFrom(...DRIFT_KINDS),
    noBase: fc.boolean(),
    here: change,
    there: change,
    local: side,
    remote: side,
    base: fc.option(base, { nil: undefined }),
    proposal,
  },
  { noNullPrototype: true },
) as fc.Arbitrary<Drift>;

const drifts = fc
  .uniqueArray(drift, { maxLength: 20, selector: ({ key }) => toHex(key) })
  .map((list) => list.sort((a, b) => compareBytes(a.key, b.key)));

/** In chunks of three, as a builder makes them of thousands. */
function packed(all: readonly Drift[]): PackedDrifts {
  const chunks = [];
  for (let from = 0; from < all.length; from += 3) chunks.push(packDrifts(all.slice(from, from + 3)));
  return new PackedDrifts(chunks);
}

describe("drifts", () => {
  test("are what was packed, in any order of looking", () => {
    fc.assert(
      fc.property(drifts, fc.array(fc.nat(25)), (all, indexes) => {
        const list = packed(all);
        expect(list.length).toBe(all.length);
        expect([...list]).toEqual(all);
        for (const index of indexes) {
          expect(list.at(index)).toEqual(all[index]);
          const key = all[index]?.key;
          if (key) expect(list.indexOfKey(key)).toBe(index);
        }
        expect(list.indexOfKey(new Uint8Array(9).fill(255))).toBeUndefined();
      }),
      { numRuns: runs(200) },
    );
  });

  test("are replaced and left out as in an array", () => {
    fc.assert(
      fc.property(drifts, fc.array(drift, { maxLength: 5 }), fc.func(fc.boolean()), (all, others, keeps) => {
        const list = packed(all);
        const replaced = new Map(
          others
            .map((other, i) => ({ index: (i * 7) % Math.max(all.length, 1), other }))
            .filter(({ index }) => index < all.length)
            .map(({ index, other }) => [index, { ...other, key: (all[index] as Drift).key }]),
        );
        const expected = all.map((one, i) => replaced.get(i) ?? one);
        expect([...list.with(replaced)]).toEqual(expected);
        expect([...list]).toEqual(all);
        expect([...list.only((index) => keeps(index))]).toEqual(all.filter((_, index) => keeps(index)));
      }),
      { numRuns: runs(200) },
    );
  });

  test("a builder goes on after a list, and makes several chunks of thousands", () => {
    const many = Array.from(
      { length: 5000 },
      (_, i): Drift => ({
        key: Uint8Array.of(i >> 8, i & 255),
        kind: "onlyHere",
        noBase: false,
        here: "added",
        there: "none",
        local: { state: "present", digest: new Uint8Array(16).fill(i) },
        remote: { state: "absent" },
        base: undefined,
        proposal: { do: "decide" },
      }),
    );
    const first = new DriftListBuilder();
    for (const one of many.slice(0, 4500)) first.push(one);
    const builder = new DriftListBuilder(first.build());
    for (const one of many.slice(4500)) builder.push(one);
    expect(builder.length).toBe(5000);
    expect([...builder.build()]).toEqual(many);
  });
});

describe("outcomes", () => {
  const newId = newIdMaker();
  const operations = Array.from(
    { length: 30 },
    (_, i): PlannedOperation => ({
      opId: i < 20 ? newId() : `own ${i}`,
      key: Uint8Array.of(i),
      side: "remote",
      action: "create",
      expectLocal: null,
      expectRemote: null,
      digest: null,
      source: "none",
      baseAfter: undefined,
    }),
  );
  const outcome = fc
    .record({
      index: fc.nat(29),
      what: fc.oneof(
        fc.constant({ status: "applied" }),
        fc.record(
          { status: fc.constant("applied"), token: fc.option(token, { nil: "own" }) },
          {
            noNullPrototype: true,
          },
        ),
        fc.constant({ status: "unknown", reason: "no answer" }),
        fc.constant({ status: "rejected", code: "too-large", reason: "9 MB" }),
      ),
    })
    .map(({ index, what }) => {
      const { opId } = operations[index] as PlannedOperation;
      const own = "token" in what && what.token === "own" ? { ...what, token: `7.${opId}` } : what;
      return { ...own, opId } as OperationOutcome;
    });

  test("the latest of each operation is told, by id and by index", () => {
    fc.assert(
      fc.property(fc.array(outcome, { maxLength: 60 }), (all) => {
        const outcomes = new Outcomes(operations, all);
        const latest = new Map(all.map((one) => [one.opId, one]));
        expect(outcomes.size).toBe(latest.size);
        const list = outcomes.list("not sent");
        expect(list.length).toBe(operations.length);
        for (const [index, { opId }] of operations.entries()) {
          expect(outcomes.get(opId)).toEqual(latest.get(opId));
          expect(outcomes.at(index)).toEqual(latest.get(opId));
          expect(outcomes.statusAt(index)).toBe(latest.get(opId)?.status);
          expect(list.at(index)).toEqual(latest.get(opId) ?? { opId, status: "notRun", reason: "not sent" });
        }
        expect(outcomes.get("another")).toBeUndefined();
        const applied = [...latest.values()].filter(({ status }) => status === "applied").length;
        expect(outcomes.counts().applied).toBe(applied);
      }),
      { numRuns: runs(200) },
    );
  });

  test("tokens of any number and length are kept", () => {
    const many = Array.from({ length: 9000 }, (_, i) => ({
      ...operations[0],
      opId: newId(),
      key: Uint8Array.of(i >> 8, i & 255),
    }));
    const outcomes = new Outcomes(many as PlannedOperation[]);
    const tokenOf = (i: number) => `${"x".repeat(i % 140)}${i}`;
    for (const [i, { opId }] of many.entries()) outcomes.set({ opId, status: "applied", token: tokenOf(i) });
    for (const i of [0, 126, 127, 128, 139, 4444, 8999]) {
      expect(outcomes.at(i)).toEqual({ opId: many[i]?.opId, status: "applied", token: tokenOf(i) });
    }
  });
});

describe("columns", () => {
  test("of ids and texts give back what they were given", () => {
    const ids = fc.array(fc.oneof(fc.stringMatching(/^a-[0-9a-z]{1,3}$/), fc.string()));
    fc.assert(
      fc.property(ids, fc.array(fc.option(token)), fc.nat(2000), (some, texts, first) => {
        const column = packIds(some);
        expect(some.map((_, i) => unpackId(column, i))).toEqual(some);
        const counted = some.map((_, i) => `a-${(first + i).toString(36)}`);
        const packedIds = packIds(counted);
        expect(counted.map((_, i) => unpackId(packedIds, i))).toEqual(counted);
        if (some.length > 0) expect(packedIds).toEqual({ prefix: "a-", first });
        const textColumn = packTexts(texts);
        expect(texts.map((_, i) => unpackText(textColumn, i) ?? null)).toEqual(texts);
      }),
      { numRuns: runs(300) },
    );
  });
});
