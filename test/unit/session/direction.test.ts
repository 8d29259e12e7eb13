import { expect, test } from "vitest";
import { BOTH_WAYS, decisionByDirection, NO_WAY, withinDirection } from "../../../core/session/direction.ts";
import type { Decision, Drift } from "../../../core/session/drift.ts";

const drift = (kind: Drift["kind"], proposal: Decision["do"]) =>
  ({ kind, proposal: { do: proposal } }) as Pick<Drift, "kind" | "proposal">;

const MERGE: Decision = { do: "merge", body: "{}", digest: new Uint8Array(16) };

test("what is only on one side is made on the other, where that side may be written", () => {
  const onlyHere = drift("onlyHere", "decide");
  const onlyThere = drift("onlyThere", "decide");
  expect(decisionByDirection(onlyHere, BOTH_WAYS)).toEqual({ do: "push" });
  expect(decisionByDirection(onlyThere, BOTH_WAYS)).toEqual({ do: "pull" });
  expect(decisionByDirection(onlyHere, { local: true, remote: false })).toEqual({ do: "decide" });
  expect(decisionByDirection(onlyThere, { local: false, remote: true })).toEqual({ do: "decide" });
  expect(decisionByDirection(onlyHere, NO_WAY)).toEqual({ do: "decide" });
});

test("everything else is as proposed: what waits for a person goes on waiting", () => {
  for (const kind of ["conflict", "different", "removedHere", "removedThere"] as const) {
    expect(decisionByDirection(drift(kind, "decide"), BOTH_WAYS)).toEqual({ do: "decide" });
  }
  expect(decisionByDirection(drift("removedHere", "push"), BOTH_WAYS)).toEqual({ do: "push" });
});

test("what would write a side that is not to be written is left; a merge writes both", () => {
  const pullOnly = { local: true, remote: false };
  expect(withinDirection({ do: "push" }, pullOnly)).toEqual({ do: "leave" });
  expect(withinDirection({ do: "pull" }, pullOnly)).toEqual({ do: "pull" });
  expect(withinDirection(MERGE, pullOnly)).toEqual({ do: "leave" });
  expect(withinDirection(MERGE, BOTH_WAYS)).toBe(MERGE);
  expect(withinDirection({ do: "renew" }, NO_WAY)).toEqual({ do: "renew" });
});
