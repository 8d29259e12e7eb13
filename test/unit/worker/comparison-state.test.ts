import { describe, expect, test } from "vitest";
import { compareBytes } from "../../../core/key/compare-bytes.ts";
import { decodeKey } from "../../../core/key/decode-key.ts";
import { encodeKey } from "../../../core/key/encode-key.ts";
import { BOTH_WAYS } from "../../../core/session/direction.ts";
import { type Comparison, DRIFT_KINDS, type Drift, type DriftKind } from "../../../core/session/drift.ts";
import type { BulkStep } from "../../../extension/panel/worker/api.ts";
import { ComparisonState } from "../../../extension/panel/worker/sync/comparison-state.ts";

const PROPOSALS: Partial<Record<DriftKind, "push" | "pull" | "renew" | "leave">> = {
  changedHere: "push",
  addedThere: "pull",
  converged: "renew",
  unreadable: "leave",
};

function drift(name: string, kind: DriftKind): Drift {
  const digest = new Uint8Array(16).fill(name.length);
  return {
    key: encodeKey(name),
    kind,
    noBase: kind === "different",
    here: "changed",
    there: "none",
    local: kind === "unreadable" ? { state: "unreadable", reason: "no codec" } : { state: "present", digest },
    remote: { state: "deleted", token: "3.op" },
    base: kind === "different" ? undefined : { state: "present", digest, token: "2.op" },
    proposal: { do: PROPOSALS[kind] ?? "decide" },
  };
}

/** Another version of the remote. */
const THIRD = { state: "deleted", token: "4.other" } as const;

const DRIFTS = [
  drift("a1", "converged"),
  drift("b22", "changedHere"),
  drift("c333", "conflict"),
  drift("d4444", "addedThere"),
  drift("e1", "conflict"),
  drift("f", "unreadable"),
  drift("g", "different"),
];

function comparison(): Comparison {
  const counts = Object.fromEntries(DRIFT_KINDS.map((kind) => [kind, 0])) as Record<DriftKind, number>;
  for (const { kind } of DRIFTS) counts[kind] += 1;
  return {
    extent: "full",
    counts: { ...counts, equal: 90 },
    drifts: DRIFTS,
    complete: true,
    startedAt: 1,
    finishedAt: 2,
    localRows: 96,
    remoteRows: 95,
    baseRows: 95,
    emptied: [],
  };
}

const names = (state: ComparisonState, filter = {}): number[] =>
  state.page(filter, 0, 100).rows.map((row) => row.index);

describe("the list", () => {
  test("keeps every drift as it was, and gives it back for a resumed compare", () => {
    const state = new ComparisonState(comparison());
    for (const [index, original] of DRIFTS.entries()) {
      expect(state.table.driftAt(index)).toEqual(original);
    }
    const { drifts, ...about } = state.toComparison();
    expect({ ...about, drifts: [...drifts] }).toEqual(comparison());
  });

  test("is in the order of groups, then keys, and pages", () => {
    const state = new ComparisonState(comparison());
    expect(names(state)).toEqual([2, 4, 1, 3, 6, 0, 5]);
    const page = state.page({}, 1, 2);
    expect(page.rows.map((row) => row.index)).toEqual([4, 1]);
    expect(page.total).toBe(7);
    expect(page.groups).toEqual([
      { kind: "conflict", count: 2, decided: 0 },
      { kind: "changedHere", count: 1, decided: 1 },
      { kind: "addedThere", count: 1, decided: 1 },
      { kind: "different", count: 1, decided: 0 },
      { kind: "converged", count: 1, decided: 1 },
      { kind: "unreadable", count: 1, decided: 0 },
    ]);
  });

  test("filters by kind, by text of key and summary, and by what is undecided", () => {
    const state = new ComparisonState(comparison());
    expect(names(state, { kinds: ["converged", "conflict"] })).toEqual([2, 4, 0]);
    expect(names(state, { text: "D44" })).toEqual([3]);
    expect(names(state, { undecidedOnly: true })).toEqual([2, 4, 6]);
    state.setSummary(2, { fields: [{ path: "status", from: "open", to: "DRAFT" }], more: 0 });
    expect(names(state, { text: "draft" })).toEqual([2]);
    expect(state.page({ kinds: ["conflict"], text: "1" }, 0, 9).groups.map((group) => group.kind)).toEqual([
      "conflict",
      "converged",
    ]);
  });
});

describe("decisions", () => {
  test("count in their group, and a new one shows at once", () => {
    const state = new ComparisonState(comparison());
    state.page({}, 0, 1);
    state.decide([2], { do: "pull" });
    const merge = { do: "merge", body: "text", digest: new Uint8Array(16).fill(7) } as const;
    state.decide([4], merge);
    expect(state.row(4).decision).toEqual(merge);
    expect(state.page({}, 0, 1).groups[0]).toEqual({ kind: "conflict", count: 2, decided: 2 });
    state.decide([4], { do: "leave" });
    expect(state.row(4).decision).toEqual({ do: "leave" });
    expect(state.page({}, 0, 1).groups[0]?.decided).toBe(1);
  });

  test("that would write what cannot be written are refused, and change nothing", () => {
    const state = new ComparisonState(comparison());
    expect(() => state.decide([2, 5], { do: "push" })).toThrow(
      expect.objectContaining({ code: "not-writable" }),
    );
    expect(state.row(2).decision).toEqual({ do: "decide" });
    expect(() => state.decide([99], { do: "leave" })).toThrow(
      expect.objectContaining({ code: "no-such-row" }),
    );
    state.decide([5], { do: "leave" });
  });

  test("for all shown leave out what cannot be written", () => {
    const state = new ComparisonState(comparison());
    expect(state.decideAll({}, { do: "push" })).toBe(6);
    expect(state.decideAll({ kinds: ["conflict"] }, { do: "leave" })).toBe(2);
    expect(state.row(5).decision).toEqual({ do: "leave" });
    const decided = [...state.decided()].map(({ drift: { key }, decision }) => [key, decision.do]);
    expect(decided).toHaveLength(7);
    expect(decided).toContainEqual([encodeKey("c333"), "leave"]);
    const keys = decided.map(([key]) => key as Uint8Array);
    expect(keys).toEqual(keys.toSorted(compareBytes));
  });
});

describe("what was reread", () => {
  test("takes the row's place, drops its summary and its decision, and leaves the list when it is equal", () => {
    const state = new ComparisonState(comparison());
    state.setSummary(2, { fields: [], more: 0 });
    state.decide([2], { do: "push" });
    state.replace(2, { ...drift("c333", "addedThere") });
    expect(state.row(2)).toMatchObject({ kind: "addedThere", decision: { do: "pull" } });
    expect(state.row(2).summary).toBeUndefined();
    state.replace(4, { ...drift("e1", "equal") });
    expect(names(state)).toEqual([1, 2, 3, 6, 0, 5]);
    const summary = state.summary();
    expect(summary.driftCount).toBe(6);
    expect(summary.counts).toMatchObject({ conflict: 0, addedThere: 2, equal: 91 });
    expect(state.toComparison().drifts).toHaveLength(6);
  });
});

describe("a step about many rows", () => {
  const step: BulkStep = { do: "propose", policy: { is: "localWins" } };
  const decisions = (state: ComparisonState): Record<number, string> =>
    Object.fromEntries(state.page({}, 0, 100).rows.map(({ index, decision }) => [index, decision.do]));

  test("is told with its counts and reasons, and taken back", () => {
    const state = new ComparisonState(comparison());
    const before = decisions(state);
    state.beginBulk(step);
    state.decideInBulk(2, { do: "push" }, "local wins");
    state.decideInBulk(4, { do: "decide" }, "a tie");
    expect(state.summary().bulk).toEqual({
      step,
      decisions: { push: 1, pull: 0, merge: 0, renew: 0, leave: 0, decide: 1 },
      left: [{ reason: "a tie", count: 1 }],
    });
    expect([state.row(2).reason, state.row(4).reason]).toEqual(["local wins", "a tie"]);
    expect(decisions(state)).toEqual({ ...before, 2: "push" });
    state.undoBulk();
    expect(decisions(state)).toEqual(before);
    expect(state.row(2).reason).toBeUndefined();
    expect(state.summary().bulk).toBeUndefined();
  });

  test("what a person decides meanwhile or afterwards stays, and so does what was reread", () => {
    const state = new ComparisonState(comparison());
    state.beginBulk(step);
    state.decide([2], { do: "leave" });
    state.replace(4, { ...drift("e1", "changedHere"), here: "none" });
    for (const index of [2, 4, 6]) state.decideInBulk(index, { do: "pull" }, "asked before");
    expect(decisions(state)).toMatchObject({ 2: "leave", 4: "push", 6: "pull" });
    state.decide([6], { do: "leave" });
    state.undoBulk();
    expect(decisions(state)).toMatchObject({ 2: "leave", 4: "push", 6: "leave" });
  });

  test("only the last one can be taken back", () => {
    const state = new ComparisonState(comparison());
    state.beginBulk(step);
    state.decideInBulk(2, { do: "push" }, "first");
    state.beginBulk({ do: "leave" });
    state.decideInBulk(2, { do: "leave" });
    state.undoBulk();
    expect(state.row(2)).toMatchObject({ decision: { do: "push" }, reason: "first" });
    state.undoBulk();
    expect(decisions(state)).toMatchObject({ 2: "push" });
  });

  test("reaches what a policy is for; one that keeps decisions passes a person's over, not a policy's", () => {
    const state = new ComparisonState(comparison());
    expect(state.bulkReach({})).toMatchObject({ shown: 7, writable: 6, decided: {} });
    expect(Object.values(state.bulkReach({}).forPolicy).reduce((sum, n) => sum + n, 0)).toBe(3);
    expect(state.bulkReach({ kinds: ["conflict"] })).toMatchObject({ shown: 2, forPolicy: { conflict: 2 } });
    expect(state.forPolicy({})).toEqual([2, 4, 6]);
    state.decide([2], { do: "leave" });
    expect(state.bulkReach({}).decided).toEqual({ [state.row(2).kind]: 1 });
    state.beginBulk(step);
    state.decideInBulk(4, { do: "push" }, "local wins");
    expect(state.forPolicy({}, true)).toEqual([4, 6]);
    expect(state.forPolicy({})).toEqual([2, 4, 6]);
  });
});

describe("what is decided without a person", () => {
  const propose: BulkStep = { do: "propose", policy: { is: "localWins" } };
  const byItself = (state: ComparisonState, direction = BOTH_WAYS): Record<string, string> =>
    Object.fromEntries(
      [...state.decidedByItself(direction)].map(({ drift: { key }, decision }) => [
        String(decodeKey(key)),
        decision.do,
      ]),
    );
  const PROPOSED = {
    a1: "renew",
    b22: "push",
    c333: "decide",
    d4444: "pull",
    e1: "decide",
    f: "leave",
    g: "decide",
  };

  test("is what one side did, within what may be written", () => {
    const state = new ComparisonState(comparison());
    expect(byItself(state)).toEqual(PROPOSED);
    expect(byItself(state, { local: true, remote: false })).toEqual({ ...PROPOSED, b22: "leave" });
  });

  test("is what the mapping's policy said last, but never what a person had one propose", () => {
    const state = new ComparisonState(comparison());
    state.beginBulk(propose, 1, false);
    state.decideInBulk(2, { do: "push" }, "local wins");
    expect(byItself(state)).toEqual({ ...PROPOSED, c333: "push" });
    state.beginBulk(propose, 1);
    state.decideInBulk(4, { do: "push" }, "local wins");
    expect(byItself(state)).toEqual({ ...PROPOSED, e1: "leave" });
    state.undoBulk();
    expect(byItself(state)).toEqual(PROPOSED);
  });

  test("a person's draft is left, and kept over rounds while its record is as it was", () => {
    const state = new ComparisonState(comparison());
    state.decide([1], { do: "leave" });
    state.decide([2], { do: "pull" });
    state.beginBulk(propose, 1);
    state.decideInBulk(6, { do: "push" }, "local wins");
    const left = { ...PROPOSED, b22: "leave", c333: "leave", g: "leave" };
    expect(byItself(state)).toEqual(left);
    const next = new ComparisonState(comparison(), state, true);
    expect(byItself(next)).toEqual(left);
    expect(next.row(6)).toMatchObject({ decision: { do: "push" }, reason: "local wins" });
    const moved = {
      ...comparison(),
      drifts: DRIFTS.map((each, i) => (i === 2 ? { ...each, remote: THIRD } : each)),
    };
    expect(byItself(new ComparisonState(moved, state, true))).toMatchObject({ c333: "decide", g: "leave" });
  });

  test("what a side refused is not tried again until it changes, or a person compares", () => {
    const state = new ComparisonState(comparison());
    state.refuse([encodeKey("b22"), encodeKey("nowhere")]);
    expect(byItself(state)).toMatchObject({ b22: "leave", d4444: "pull" });
    const next = new ComparisonState(comparison(), state, true);
    expect(byItself(next)).toMatchObject({ b22: "leave" });
    expect(byItself(new ComparisonState(comparison(), next))).toMatchObject({ b22: "push" });
    const moved = {
      ...comparison(),
      drifts: DRIFTS.map((each, i) => (i === 1 ? { ...each, remote: THIRD } : each)),
    };
    expect(byItself(new ComparisonState(moved, next, true))).toMatchObject({ b22: "push" });
  });
});

describe("a list that was read before a round", () => {
  test("names its rows by what was seen of them: one that is not so any more is refused", () => {
    const before = new ComparisonState(comparison());
    const seen = [before.row(3), before.row(4)];
    const without = { ...comparison(), drifts: DRIFTS.slice(1) };
    const after = new ComparisonState(without, before, true);
    expect(after.indexesOf(seen)).toEqual([2, 3]);
    expect(() => after.indexesOf([before.row(0)])).toThrow(expect.objectContaining({ code: "no-such-row" }));
    after.replace(3, { ...drift("e1", "conflict"), remote: THIRD });
    expect(() => after.indexesOf(seen)).toThrow(expect.objectContaining({ code: "no-such-row" }));
    expect(after.listsTheSameAs(before)).toBe(false);
    expect(before.listsTheSameAs(new ComparisonState(comparison()))).toBe(true);
  });

  test("knows where the row of a key stands under a filter", () => {
    const state = new ComparisonState(comparison());
    expect(state.positionOf({}, encodeKey("b22"))).toBe(2);
    expect(state.positionOf({ kinds: ["changedHere"] }, encodeKey("b22"))).toBe(0);
    expect(state.positionOf({ kinds: ["conflict"] }, encodeKey("b22"))).toBeUndefined();
    expect(state.positionOf({}, encodeKey("nowhere"))).toBeUndefined();
  });
});
