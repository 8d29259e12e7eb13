import type { Drift, EmptiedEvidence } from "./drift.ts";
import { isSuspect } from "./emptied.ts";

/**
 * Whether a policy may propose something about this drift: both sides had a hand in it, and what they hold is
 * known. Never what only one side did, never what may have been emptied (rule 7), and never a record that one
 * side lacks without a base: nobody knows that it was ever deleted, so that is no conflict.
 */
export function isForPolicy(
  drift: Pick<Drift, "kind" | "here" | "there" | "base">,
  emptied: readonly EmptiedEvidence[],
): boolean {
  if (drift.kind === "different") return true;
  return drift.kind === "conflict" && !isSuspect(drift, emptied);
}
