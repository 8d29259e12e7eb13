import type { DriftKind } from "../../../../core/session/drift.ts";

/** The order of the groups in the list: what wants a decision first, what can never be written last. */
export const GROUP_ORDER = [
  "conflict",
  "changedHere",
  "addedHere",
  "removedHere",
  "changedThere",
  "addedThere",
  "removedThere",
  "different",
  "onlyHere",
  "onlyThere",
  "converged",
  "moving",
  "unreadable",
  "notRepresentable",
  "leftScope",
] as const satisfies readonly DriftKind[];

/** 0 for the first group; -1 for `equal`, which is in no group. */
export function groupOf(kind: DriftKind): number {
  return (GROUP_ORDER as readonly DriftKind[]).indexOf(kind);
}
