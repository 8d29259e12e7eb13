import { toHex } from "../../../../core/key/hex.ts";
import type { OperationOutcome, Plan } from "../../../../core/session/plan.ts";

/**
 * How many records are written on the remote but not here although the plan wanted both: merges, and undone
 * merges, whose local half was refused after the remote one had applied.
 */
export function countHalfApplied(
  plan: Pick<Plan, "operations">,
  outcomes: ReadonlyMap<string, Pick<OperationOutcome, "status">>,
): number {
  const writtenThere = new Set<string>();
  const notWrittenHere = new Set<string>();
  for (const { opId, key, side } of plan.operations) {
    const isApplied = outcomes.get(opId)?.status === "applied";
    if (side === "remote" && isApplied) writtenThere.add(toHex(key));
    if (side === "local" && !isApplied) notWrittenHere.add(toHex(key));
  }
  return [...writtenThere].filter((key) => notWrittenHere.has(key)).length;
}
