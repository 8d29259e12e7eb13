import { headsOf } from "../../../../core/session/operation-list.ts";
import { groupOperations } from "../../../../core/session/operation-units.ts";
import type { OperationOutcome, Plan } from "../../../../core/session/plan.ts";

/**
 * How many records are written on the remote but not here although the plan wanted both: merges, and undone
 * merges, whose local half was refused after the remote one had applied.
 */
export function countHalfApplied(
  plan: Pick<Plan, "operations">,
  outcomes: ReadonlyMap<string, Pick<OperationOutcome, "status">>,
): number {
  const sides = new Set<string>();
  for (const { side } of headsOf(plan.operations)) sides.add(side);
  // Most plans write one side alone.
  if (!sides.has("local") || !sides.has("remote")) return 0;
  let half = 0;
  for (const { local, remote } of groupOperations(plan.operations)) {
    if (local === undefined || remote === undefined) continue;
    const isApplied = (opId: string) => outcomes.get(opId)?.status === "applied";
    if (isApplied(remote.opId) && !isApplied(local.opId)) half++;
  }
  return half;
}
