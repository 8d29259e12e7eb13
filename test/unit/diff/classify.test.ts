import { describe, expect, test } from "vitest";
import { classify } from "../../../core/diff/classify.ts";
import type { BaseState, SideState } from "../../../core/session/drift.ts";
import { digestOf } from "../../support/models/bodies.ts";

const present = (body: string, token?: string) =>
  token === undefined
    ? ({ state: "present", digest: digestOf(body) } as const)
    : ({ state: "present", digest: digestOf(body), token } as const);
const absent = { state: "absent" } as const;
const tombstone = { state: "deleted", token: "9.x" } as const;
const unreadable = { state: "unreadable", reason: "broken" } as const;
const noBase = { state: "noBase" } as const;
const [O, A, B] = [present("o"), present("a"), present("b")];

type Row = [SideState, SideState, BaseState | undefined, string, string, string, string];

describe("with a base", () => {
  test.each<Row>([
    [O, O, O, "equal", "none", "none", "leave"],
    [A, O, O, "changedHere", "changed", "none", "push"],
    [O, A, O, "changedThere", "none", "changed", "pull"],
    [A, A, O, "converged", "changed", "changed", "renew"],
    [A, B, O, "conflict", "changed", "changed", "decide"],
    [absent, O, O, "removedHere", "removed", "none", "push"],
    [O, absent, O, "removedThere", "none", "removed", "pull"],
    [O, tombstone, O, "removedThere", "none", "removed", "pull"],
    [absent, A, O, "conflict", "removed", "changed", "decide"],
    [A, absent, O, "conflict", "changed", "removed", "decide"],
    [A, tombstone, O, "conflict", "changed", "removed", "decide"],
    [absent, absent, O, "converged", "removed", "removed", "renew"],
    [absent, tombstone, O, "converged", "removed", "removed", "renew"],
    [A, absent, absent, "addedHere", "added", "none", "push"],
    [absent, A, absent, "addedThere", "none", "added", "pull"],
    [A, A, absent, "converged", "added", "added", "renew"],
    [A, B, absent, "conflict", "added", "added", "decide"],
    [absent, absent, absent, "equal", "none", "none", "leave"],
    [absent, tombstone, absent, "equal", "none", "none", "leave"],
    [A, tombstone, { state: "deleted", token: "9.x" }, "addedHere", "added", "none", "push"],
    [A, tombstone, { state: "absent", token: "9.x" }, "addedHere", "added", "none", "push"],
  ])("%o, %o, %o is %s", (local, remote, base, kind, here, there, proposal) => {
    const expected = { kind, noBase: false, here, there, proposal: { do: proposal } };
    expect(classify(local, remote, base, true)).toEqual(expected);
    expect(classify(local, remote, base, false)).toEqual(expected);
  });

  test("a key without an entry was absent on both sides after a complete compare", () => {
    expect(classify(A, absent, undefined, true)).toMatchObject({ kind: "addedHere", noBase: false });
    expect(classify(absent, A, undefined, true)).toMatchObject({ kind: "addedThere", noBase: false });
  });
});

describe("without a known ancestor", () => {
  test.each<[SideState, SideState, string, string]>([
    [A, A, "equal", "leave"],
    [A, absent, "onlyHere", "decide"],
    [absent, A, "onlyThere", "decide"],
    [A, B, "different", "decide"],
    [absent, tombstone, "equal", "leave"],
  ])("%o, %o is %s", (local, remote, kind, proposal) => {
    const expected = { kind, noBase: true, here: "none", there: "none", proposal: { do: proposal } };
    expect(classify(local, remote, undefined, false)).toEqual(expected);
    expect(classify(local, remote, noBase, true)).toEqual(expected);
    expect(classify(local, remote, noBase, false)).toEqual(expected);
  });

  test("after the undo of a first push, its own tombstone is no deletion of somebody else's", () => {
    const undone = { state: "noBase", token: "9.x" } as const;
    expect(classify(A, tombstone, undone, true)).toMatchObject({ kind: "onlyHere", noBase: true });
  });
});

describe("decision 17: a tombstone that the base does not know", () => {
  test.each<[BaseState | undefined, boolean]>([
    [undefined, true],
    [undefined, false],
    [noBase, true],
    [absent, true],
    [{ state: "deleted", token: "8.y" }, true],
  ])("with base %o, complete %o", (base, baseKnown) => {
    expect(classify(A, tombstone, base, baseKnown)).toEqual({
      kind: "removedThere",
      noBase: true,
      here: "none",
      there: "removed",
      proposal: { do: "leave" },
    });
  });
});

test("rule 12: an undecodable record is never a match, on either side", () => {
  for (const other of [O, A, absent, tombstone, unreadable]) {
    for (const base of [O, absent, noBase, undefined]) {
      for (const baseKnown of [true, false]) {
        for (const [local, remote] of [
          [unreadable, other],
          [other, unreadable],
        ] as const) {
          const found = classify(local, remote, base, baseKnown);
          expect(found).toMatchObject({ kind: "unreadable", proposal: { do: "leave" } });
        }
      }
    }
  }
});
