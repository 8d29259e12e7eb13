import { equalBytes } from "../diff/equal-bytes.ts";
import type { OperationOutcome, PlannedOperation } from "./plan.ts";

/** The operations of one record: one, or both halves of a merge. */
export interface OperationUnit {
  readonly key: Uint8Array;
  readonly remote: PlannedOperation | undefined;
  readonly local: PlannedOperation | undefined;
  /** Renews the base, writes no side. */
  readonly base: PlannedOperation | undefined;
}

/** Groups a plan's operations, which are in key order. */
export function groupOperations(operations: readonly PlannedOperation[]): OperationUnit[] {
  const units: OperationUnit[] = [];
  for (const operation of operations) {
    const last = units.at(-1);
    if (last && equalBytes(last.key, operation.key)) {
      units[units.length - 1] = { ...last, [operation.side]: operation };
    } else {
      const none = { remote: undefined, local: undefined, base: undefined };
      units.push({ key: operation.key, ...none, [operation.side]: operation });
    }
  }
  return units;
}

export function operationsOf(unit: OperationUnit): PlannedOperation[] {
  return [unit.remote, unit.local, unit.base].filter((operation) => operation !== undefined);
}

/** Nothing more is to be done about an operation with this outcome. */
export function isFinal(outcome: OperationOutcome | undefined): outcome is OperationOutcome {
  return outcome !== undefined && outcome.status !== "unknown" && outcome.status !== "notRun";
}
