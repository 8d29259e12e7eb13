import { headsOf, type OperationList } from "./operation-list.ts";
import type { Confirmation, PlanCounts } from "./plan.ts";

export function countOperations(operations: OperationList): PlanCounts {
  const counts = {
    local: { create: 0, replace: 0, delete: 0 },
    remote: { create: 0, replace: 0, delete: 0 },
  };
  for (const { side, action } of headsOf(operations)) {
    if (side !== "base" && action !== "base") counts[side][action]++;
  }
  return counts;
}

/** Rule 7: who deletes more than `limit` records types the name of the place that loses them. */
export function findConfirmations(
  counts: PlanCounts,
  names: { readonly local: string; readonly remote: string },
  limit: number,
): Confirmation[] {
  return (["local", "remote"] as const)
    .filter((side) => counts[side].delete > limit)
    .map((side) => ({ side, name: names[side], deletes: counts[side].delete }));
}
