/** A plan as it is saved: what is known of all of it, and its operations in chunks. */
import type { OperationColumns } from "./operation-columns.ts";
import { PackedOperations, packList } from "./operation-list.ts";
import type { Plan } from "./plan.ts";
import { SessionError } from "./session-error.ts";

/** A store may keep the chunks apart: no value of a database is as large as a plan can become. */
export interface PackedPlan {
  /** 2 is 3 with columns that are never left out, shared or packed. */
  readonly format: 2 | 3;
  readonly about: Omit<Plan, "operations">;
  readonly chunks: readonly OperationColumns[];
}

/** All operations in one chunk, which is the plan itself. */
type PlanOfFormat1 = OperationColumns & { readonly format: 1; readonly about: PackedPlan["about"] };

export function packPlan(plan: Plan): PackedPlan {
  const { operations, ...about } = plan;
  return { format: 3, about, chunks: packList(operations).chunks };
}

/**
 * The plan that was packed.
 *
 * @throws SessionError "malformed-plan" for anything that is not of a known format.
 */
export function unpackPlan(saved: unknown): Plan {
  const format = typeof saved === "object" && saved !== null && "format" in saved ? saved.format : undefined;
  if (format === 1) {
    const whole = saved as PlanOfFormat1;
    return { ...whole.about, operations: new PackedOperations([whole]) };
  }
  if (format !== 2 && format !== 3) {
    throw new SessionError("malformed-plan", "This saved plan is of another version; make a new one.");
  }
  const { about, chunks } = saved as PackedPlan;
  return { ...about, operations: new PackedOperations(chunks) };
}
