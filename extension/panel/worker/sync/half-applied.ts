import { equalBytes } from "../../../../core/diff/equal-bytes.ts";
import { headsOf } from "../../../../core/session/operation-list.ts";
import type { OperationOutcome, Plan } from "../../../../core/session/plan.ts";

/**
 * How many records are written on the remote but not here although the plan wanted both: merges, and undone
 * merges, whose local half was refused after the remote one had applied.
 */
export function countHalfApplied(
  plan: Pick<Plan, "operations">,
  outcomes: { at(index: number): Pick<OperationOutcome, "status"> | undefined },
): number {
  const sides = new Set<string>();
  for (const { side } of headsOf(plan.operations)) sides.add(side);
  // Most plans write one side alone.
  if (!sides.has("local") || !sides.has("remote")) return 0;
  let halfApplied = 0;
  let before: Half | undefined;
  plan.operations.forEach(({ key, side }, index) => {
    const half: Half = { key, side, applied: outcomes.at(index)?.status === "applied" };
    if (before !== undefined && equalBytes(before.key, key)) {
      const [remote, local] = side === "remote" ? [half, before] : [before, half];
      if (remote.applied && !local.applied) halfApplied++;
    }
    before = half;
  });
  return halfApplied;
}

/** One of the operations of a record, which stand next to each other in a plan. */
interface Half {
  readonly key: Uint8Array;
  readonly side: "local" | "remote" | "base";
  readonly applied: boolean;
}
