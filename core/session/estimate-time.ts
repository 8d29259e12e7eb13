import type { PlanCounts } from "./plan.ts";
import type { ApplyHeader } from "./ports.ts";

/** Of an apply with fewer operations on a side than this share of the plan's, nothing follows for the plan. */
const LEAST_SHARE = 0.1;
/** Earlier applies that are looked at. */
const APPLIES = 20;

/**
 * How long a plan will take, in milliseconds, by the rates of earlier applies of the same mapping: the two
 * sides are written at the same time, so that the slower one tells. The best rate counts, since an apply that
 * wrote little on one side waited for the other. Undefined where no earlier apply was of a comparable size.
 *
 * @param applies Newest first.
 */
export function estimateTime(counts: PlanCounts, applies: readonly ApplyHeader[]): number | undefined {
  let slowest = 0;
  for (const side of ["local", "remote"] as const) {
    const { create, replace, delete: deletes } = counts[side];
    const planned = create + replace + deletes;
    if (planned === 0) continue;
    const rate = bestRate(side, planned, applies.slice(0, APPLIES));
    if (rate === undefined) return undefined;
    slowest = Math.max(slowest, planned / rate);
  }
  return slowest === 0 ? undefined : slowest;
}

/** Operations a millisecond. */
function bestRate(
  side: "local" | "remote",
  planned: number,
  applies: readonly ApplyHeader[],
): number | undefined {
  let best: number | undefined;
  for (const { pace } of applies) {
    if (pace === undefined || pace.milliseconds <= 0 || pace[side] < planned * LEAST_SHARE) continue;
    best = Math.max(best ?? 0, pace[side] / pace.milliseconds);
  }
  return best;
}
