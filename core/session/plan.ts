/** A plan: the operations with their preconditions, shown before anything runs, resumable after a crash. */
import type { DriftKind } from "./drift.ts";
import type { OperationList } from "./operation-list.ts";
import type { OutcomeList } from "./outcomes.ts";
import type { BaseEntry, WriteOutcome } from "./ports.ts";
import type { SessionSide } from "./session-error.ts";

export type OperationAction = "create" | "replace" | "delete" | "base";

/**
 * One step on one side. A merge is two operations that share a key. `base` operations write no side: they
 * only renew the base of a converged record.
 */
export interface PlannedOperation {
  readonly opId: string;
  readonly key: Uint8Array;
  readonly side: "local" | "remote" | "base";
  readonly action: OperationAction;
  /** Local: digest expected there, null = absent. */
  readonly expectLocal: Uint8Array | null;
  /** Remote: token expected there, null = absent. */
  readonly expectRemote: string | null;
  /** Digest of what will be written; null for a delete. */
  readonly digest: Uint8Array | null;
  /** Where the body comes from when the operation runs: it is read then and must have `digest`. */
  readonly source: "local" | "remote" | "inline" | "none";
  /** For `inline` (a merge, an undo): the body itself. */
  readonly body?: string;
  /** Undo only: what the mapping leaves out of the record that is made again. */
  readonly rest?: string;
  /** What the base becomes when every operation of this key applied; token is filled in by the apply. */
  readonly baseAfter: Omit<BaseEntry, "body"> | undefined;
  /** What the base said before, so that an undo can say it again; a conflict's base body is added when it runs. */
  readonly baseBefore?: BaseEntry;
  /** The drift that this operation resolves. */
  readonly kind?: DriftKind;
  /** Undo only: the body of `baseAfter`, where that is not the body that is written. */
  readonly baseBody?: string;
  /** Undo only: `baseAfter` has the token that it shall have; the token of this write is not filled in. */
  readonly keepBaseToken?: true;
}

/** Deletes above the limit want the name of the place typed that would lose the rows. */
export interface Confirmation {
  readonly side: "local" | "remote";
  /** The name to type: of the store, or of the collection. */
  readonly name: string;
  readonly deletes: number;
}

export type PlanCounts = Readonly<
  Record<"local" | "remote", Readonly<Record<"create" | "replace" | "delete", number>>>
>;

export interface Plan {
  readonly applyId: string;
  readonly createdAt: number;
  readonly kind: "apply" | "undo";
  readonly undoes?: string;
  /** In key order. */
  readonly operations: OperationList;
  readonly counts: PlanCounts;
  readonly confirmations: readonly Confirmation[];
  /** Drift that the plan leaves alone, by the reason: "undecided", "left", "unreadable", … */
  readonly notWritten: Readonly<Record<string, number>>;
}

/** "notRun": cancelled before it was sent, or it waits for the other half of its merge. */
export type OperationOutcome =
  | WriteOutcome
  | { readonly opId: string; readonly status: "notRun"; readonly reason: string };

export interface ApplyProgress {
  readonly done: number;
  readonly of: number;
  readonly outcomes: Readonly<Record<string, number>>;
}

export interface ApplyReport {
  readonly applyId: string;
  /** One an operation, in the plan's order. */
  readonly outcomes: OutcomeList;
  readonly counts: Readonly<Record<OperationOutcome["status"], number>>;
  /** False when cancelled or when something is still unknown: the same plan resumes. */
  readonly complete: boolean;
  /** A port failed and the rest was not run: which one, and its words. Resume when it works again. */
  readonly stopped?: { readonly side: SessionSide; readonly reason: string };
}
