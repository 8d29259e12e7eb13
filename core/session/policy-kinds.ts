import type { Drift, EmptiedEvidence } from "./drift.ts";
import { isSuspect } from "./emptied.ts";

/**
 * Whether a policy may propose something about this drift: both sides had a hand in it, and what they hold is
 * known. Never what only one side did, never what may have been emptied (rule 7), and never a record that one
 * side lacks without a base: who would delete it was not the base.
 */
export function isForPolicy(
  drift: Pick<Drift, "kind" | "noBase" | "here" | "there" | "base">,
  emptied: readonly EmptiedEvidence[],
): boolean {
  if (drift.kind === "different") return true;
  if (drift.kind !== "conflict" || drift.noBase) return false;
  return !isSuspect(drift, emptied);
}
