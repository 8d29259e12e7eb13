import { equalBytes } from "../diff/equal-bytes.ts";
import type { OperationOutcome, PlannedOperation } from "./plan.ts";

/** The operations of one record: one, or both halves of a merge. */
export interface OperationUnit {
  readonly key: Uint8Array;
  /** All of them, the remote one first. */
  readonly operations: readonly PlannedOperation[];
  readonly remote: PlannedOperation | undefined;
  readonly local: PlannedOperation | undefined;
  /** Renews the base, writes no side. */
  readonly base: PlannedOperation | undefined;
}

/** Groups a plan's operations, which are in key order. */
export function* groupOperations(operations: Iterable<PlannedOperation>): Generator<OperationUnit> {
  let first: PlannedOperation | undefined;
  for (const operation of operations) {
    if (first === undefined) {
      first = operation;
    } else if (equalBytes(first.key, operation.key)) {
      yield unitOf(first.side === "remote" ? [first, operation] : [operation, first]);
      first = undefined;
    } else {
      yield unitOf([first]);
      first = operation;
    }
  }
  if (first !== undefined) yield unitOf([first]);
}

function unitOf(operations: readonly [PlannedOperation, ...PlannedOperation[]]): OperationUnit {
  const on = (wanted: PlannedOperation["side"]) => operations.find(({ side }) => side === wanted);
  return { key: operations[0].key, operations, remote: on("remote"), local: on("local"), base: on("base") };
}

/** Nothing more is to be done about an operation with this outcome. */
export function isFinal(outcome: OperationOutcome | undefined): outcome is OperationOutcome {
  return outcome !== undefined && outcome.status !== "unknown" && outcome.status !== "notRun";
}
