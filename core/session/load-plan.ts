import { Outcomes } from "./outcomes.ts";
import { unpackPlan } from "./packed-plan.ts";
import type { Plan } from "./plan.ts";
import type { ApplyHeader, BaseStore } from "./ports.ts";
import { onSide } from "./session-error.ts";

export interface SavedPlan {
  readonly header: ApplyHeader;
  readonly plan: Plan;
  readonly outcomes: Outcomes;
}

/**
 * A plan as it was saved when it ran, with what came of it so far; undefined when there is none of that id.
 *
 * @throws SessionError "base-failed" or "malformed-plan".
 */
export async function loadPlan(base: BaseStore, applyId: string): Promise<SavedPlan | undefined> {
  const saved = await onSide("base", "base-failed", "Reading a saved plan", () => base.plan(applyId));
  if (!saved) return undefined;
  const plan = unpackPlan(saved.plan);
  return { header: saved.header, plan, outcomes: new Outcomes(plan.operations, saved.outcomes) };
}
