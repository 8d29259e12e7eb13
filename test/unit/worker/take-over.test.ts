import { expect, test } from "vitest";
import { encodeKey } from "../../../core/key/encode-key.ts";
import type { Comparison, Drift } from "../../../core/session/drift.ts";
import type { ApplyReport, Plan } from "../../../core/session/plan.ts";
import type { SessionPorts } from "../../../core/session/session-ports.ts";
import { ComparisonState } from "../../../extension/panel/worker/sync/comparison-state.ts";
import { takeOver } from "../../../extension/panel/worker/sync/take-over.ts";

const drift = (key: number): Drift => ({
  key: encodeKey(key),
  kind: "onlyHere",
  noBase: true,
  here: "none",
  there: "none",
  local: { state: "present", digest: new Uint8Array(16) },
  remote: { state: "absent" },
  base: undefined,
  proposal: { do: "decide" },
});

test("rows become equal where every operation of theirs applied, and only those", async () => {
  const comparison = { drifts: [1, 3, 5, 7, 8, 9].map(drift) } as unknown as Comparison;
  const state = new ComparisonState(comparison);
  // 0, 4 and 10 are not in the list; 3, 7 and 8 are merges, of 7 and 8 one half did not run; 9 was left alone.
  const keys = [0, 1, 3, 3, 4, 5, 7, 7, 8, 8, 10];
  const notRun = new Set([5, 7, 8]);
  const statuses = keys.map((_, i) => (notRun.has(i) ? "notRun" : "applied"));
  const plan = { kind: "apply", operations: keys.map((key) => ({ key: encodeKey(key) })) } as unknown as Plan;
  const report = { outcomes: statuses.map((status) => ({ status })) } as unknown as ApplyReport;
  await takeOver(state, {} as SessionPorts, plan, report);
  const kinds = [0, 1, 2, 3, 4, 5].map((index) => state.table.kindOf(index));
  expect(kinds).toEqual(["equal", "equal", "onlyHere", "onlyHere", "onlyHere", "onlyHere"]);
  expect(state.table.decisionOf(0)).toEqual({ do: "leave" });
});
