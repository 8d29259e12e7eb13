import { toHex } from "../../../core/key/hex.ts";
import { type ApplyOptions, applyPlan } from "../../../core/session/apply-plan.ts";
import { buildPlan } from "../../../core/session/build-plan.ts";
import { compare } from "../../../core/session/compare.ts";
import type { Comparison, Decision, Drift } from "../../../core/session/drift.ts";
import type { ApplyReport, Plan } from "../../../core/session/plan.ts";
import type { World } from "./world.ts";

const NAMES = { local: "items", remote: "items" };

/** What a person does, step by step. */
export function planOf(
  world: World,
  comparison: Comparison,
  decide: (drift: Drift) => Decision = ({ proposal }) => proposal,
): Plan {
  const drifts = comparison.drifts.map((drift) => ({ drift, decision: decide(drift) }));
  const { emptied } = comparison;
  return buildPlan({ drifts, names: NAMES, newOpId: world.newOpId, now: 1, emptied });
}

/** Compares, decides and applies, with nothing going wrong. */
export async function settle(
  world: World,
  decide?: (drift: Drift) => Decision,
  options: ApplyOptions = {},
): Promise<{ plan: Plan; report: ApplyReport; comparison: Comparison }> {
  const comparison = await compare(world.ports());
  const plan = planOf(world, comparison, decide);
  const report = await applyPlan(world.ports(), plan, { confirmed: ["items"], ...options });
  return { plan, report, comparison };
}

/** Kinds by key, in hexadecimal. */
export function kindsOf(comparison: Comparison): Record<string, string> {
  return Object.fromEntries(comparison.drifts.map(({ key, kind }) => [toHex(key), kind]));
}

export const push: Decision = { do: "push" };
export const pull: Decision = { do: "pull" };
