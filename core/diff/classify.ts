/** Three-way classification of one record by digests (design §2; the kinds' wire names are decision 16). */
import type { BaseState, Change, Decision, DriftKind, SideState } from "../session/drift.ts";
import { equalBytes } from "./equal-bytes.ts";

export interface Classification {
  readonly kind: DriftKind;
  /** No common ancestor is known. */
  readonly noBase: boolean;
  readonly here: Change;
  readonly there: Change;
  /** Of the manual policy. */
  readonly proposal: Decision;
}

const DECIDE: Decision = { do: "decide" };
const LEAVE: Decision = { do: "leave" };
const PUSH: Decision = { do: "push" };
const PULL: Decision = { do: "pull" };
const RENEW: Decision = { do: "renew" };

/**
 * What one key's states mean.
 *
 * @param base The base's entry, if there is one.
 * @param baseKnown Whether a complete compare stands behind the base: then a key without an entry was absent on
 *   both sides. Otherwise nothing is known about it.
 */
export function classify(
  local: SideState,
  remote: SideState,
  base: BaseState | undefined,
  baseKnown: boolean,
): Classification {
  const ancestor = ancestorOf(base, baseKnown);
  const here = changeOf(local, ancestor);
  const there = changeOf(remote, ancestor);
  const noBase = ancestor.is === "unknown";
  if (local.state === "unreadable" || remote.state === "unreadable") {
    return { kind: "unreadable", noBase, here, there, proposal: LEAVE };
  }
  if (local.state === "notRepresentable" || remote.state === "notRepresentable") {
    return { kind: "notRepresentable", noBase, here, there, proposal: LEAVE };
  }
  if (isForeignTombstone(remote, base, ancestor) && !isGone(local)) {
    return { kind: "removedThere", noBase: true, here: "none", there: "removed", proposal: LEAVE };
  }
  const equal = sidesEqual(local, remote);
  if (ancestor.is === "unknown") return withoutAncestor(local, remote, equal);
  if (here === "none" && there === "none") return { kind: "equal", noBase, here, there, proposal: LEAVE };
  if (equal) return { kind: "converged", noBase, here, there, proposal: RENEW };
  if (there === "none") return { kind: oneSided(here, "Here"), noBase, here, there, proposal: PUSH };
  if (here === "none") return { kind: oneSided(there, "There"), noBase, here, there, proposal: PULL };
  return { kind: "conflict", noBase, here, there, proposal: DECIDE };
}

export function isGone(side: SideState): boolean {
  return side.state === "absent" || side.state === "deleted";
}

/** Both hold a record of the same digest, or neither holds one. Unreadable is never equal to anything. */
export function sidesEqual(a: SideState, b: SideState): boolean {
  if (isGone(a)) return isGone(b);
  return a.state === "present" && b.state === "present" && equalBytes(a.digest, b.digest);
}

type Ancestor =
  | { readonly is: "unknown" }
  | { readonly is: "gone" }
  | { readonly is: "present"; readonly digest: Uint8Array | undefined };

function ancestorOf(base: BaseState | undefined, baseKnown: boolean): Ancestor {
  if (base === undefined) return { is: baseKnown ? "gone" : "unknown" };
  if (base.state === "noBase") return { is: "unknown" };
  if (base.state === "present") return { is: "present", digest: base.digest };
  return { is: "gone" };
}

function changeOf(side: SideState, ancestor: Ancestor): Change {
  if (ancestor.is === "unknown" || side.state === "unreadable" || side.state === "notRepresentable") {
    return "none";
  }
  if (ancestor.is === "gone") return isGone(side) ? "none" : "added";
  if (isGone(side)) return "removed";
  return equalBytes(side.digest, ancestor.digest) ? "none" : "changed";
}

/**
 * Decision 17: somebody deleted this record there, and the base does not know that deletion. Where the base's
 * entry carries the tombstone's token, both sides were known to be without the record at that version.
 */
function isForeignTombstone(remote: SideState, base: BaseState | undefined, ancestor: Ancestor): boolean {
  if (remote.state !== "deleted" || ancestor.is === "present") return false;
  return remote.token === undefined || remote.token !== base?.token;
}

function withoutAncestor(local: SideState, remote: SideState, equal: boolean): Classification {
  const unknown = { noBase: true, here: "none", there: "none" } as const;
  if (equal) return { kind: "equal", ...unknown, proposal: LEAVE };
  if (isGone(remote)) return { kind: "onlyHere", ...unknown, proposal: DECIDE };
  if (isGone(local)) return { kind: "onlyThere", ...unknown, proposal: DECIDE };
  return { kind: "different", ...unknown, proposal: DECIDE };
}

function oneSided(change: Change, side: "Here" | "There"): DriftKind {
  if (change === "added") return `added${side}`;
  return change === "removed" ? `removed${side}` : `changed${side}`;
}
