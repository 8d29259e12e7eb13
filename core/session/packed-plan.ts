/** A plan as it is saved: what is known of all of it, and its operations in chunks. */
import { compareKeyIn } from "./columns.ts";
import type { OperationColumns } from "./operation-columns.ts";
import { PackedOperations, packList } from "./operation-list.ts";
import type { Plan, PlannedOperation } from "./plan.ts";
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
 * The operations on the record of this key, in a plan that was packed, or in some of its chunks.
 *
 * @throws SessionError "malformed-plan" for anything that is not of a known format.
 */
export function savedOperationsOn(saved: unknown, key: Uint8Array): readonly PlannedOperation[] {
  if (Array.isArray(saved)) return new PackedOperations(saved as OperationColumns[]).onKey(key);
  return packList(unpackPlan(saved).operations).onKey(key);
}

/** Whether all operations in these chunks of a packed plan are on records before this key. */
export function isBeforeKey(chunks: readonly unknown[], key: Uint8Array): boolean {
  const last = chunks.at(-1) as OperationColumns | undefined;
  return last === undefined || compareKeyIn(last, last.count - 1, key) < 0;
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
