import { unpackPlan } from "./packed-plan.ts";
import type { Plan } from "./plan.ts";
import type { ApplyHeader, BaseStore, WriteOutcome } from "./ports.ts";
import { onSide } from "./session-error.ts";

export interface SavedPlan {
  readonly header: ApplyHeader;
  readonly plan: Plan;
  readonly outcomes: ReadonlyMap<string, WriteOutcome>;
}

/**
 * A plan as it was saved when it ran, with what came of it so far; undefined when there is none of that id.
 *
 * @throws SessionError "base-failed" or "malformed-plan".
 */
export async function loadPlan(base: BaseStore, applyId: string): Promise<SavedPlan | undefined> {
  const saved = await onSide("base", "base-failed", "Reading a saved plan", () => base.plan(applyId));
  if (!saved) return undefined;
  return {
    header: saved.header,
    plan: unpackPlan(saved.plan),
    outcomes: new Map(saved.outcomes.map((outcome) => [outcome.opId, outcome])),
  };
}
