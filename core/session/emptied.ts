/** Rule 7, decision 20: a side that may have been emptied, recreated or put back must not turn into mass changes. */
import { isGone } from "../diff/classify.ts";
import type { Decision, Drift, EmptiedEvidence, EmptiedReason } from "./drift.ts";
import { type DriftList, DriftListBuilder } from "./drift-list.ts";
import { isSameStore, type KnownSides } from "./known-sides.ts";

const GONE_ALWAYS = 100;
const GONE_SHARE = 0.2;
/** Two of five records deleted by hand are no emptied store. */
const GONE_AT_LEAST = 3;

const DECIDE: Decision = { do: "decide" };
/** Of the tokens that count: `<n>.<operation>`. */
const COUNTED_TOKEN = /^(\d{1,15})\./;

export interface SidesSeen {
  /** Records that the base had. */
  readonly baseRows: number;
  /** The page's store when the base was complete, and now. */
  readonly before: KnownSides | undefined;
  readonly now: KnownSides | undefined;
  /** The remote keeps a tombstone of what was deleted: what it lacks without one was never deleted there. */
  readonly tombstones: boolean;
}

/** The sides that may have been emptied, recreated or restored from a backup, with what tells so. */
export function findEmptied(drifts: Iterable<Drift>, seen: SidesSeen): EmptiedEvidence[] {
  const gone = { local: 0, remote: 0 };
  let older = 0;
  let vanished = 0;
  for (const { base, local, remote } of drifts) {
    if (isOlder(remote.token, base?.token)) older++;
    if (base?.state !== "present") continue;
    if (isGone(local)) gone.local++;
    if (isGone(remote)) gone.remote++;
    if (remote.state === "absent" && base.token !== undefined) vanished++;
  }
  const reasons: Record<EmptiedEvidence["side"], EmptiedReason[]> = { local: [], remote: [] };
  for (const side of ["local", "remote"] as const) {
    if (isMany(gone[side], seen.baseRows)) reasons[side].push({ is: "manyGone" });
  }
  reasons.local.push(...recreated(seen.before, seen.now));
  if (seen.tombstones && older + vanished > 0) reasons.remote.push({ is: "wentBack", older, vanished });
  return (["local", "remote"] as const)
    .filter((side) => reasons[side].length > 0)
    .map((side) => ({ side, gone: gone[side], of: seen.baseRows, reasons: reasons[side] }));
}

/**
 * Whether this drift may come from what the evidence tells of: records missing from a side that was emptied;
 * and on one that is not the one it was, also those that changed, or came back after they were deleted.
 */
export function isSuspect(
  drift: Pick<Drift, "here" | "there" | "base">,
  emptied: readonly EmptiedEvidence[],
): boolean {
  return emptied.some(({ side, reasons }) => {
    const change = side === "local" ? drift.here : drift.there;
    if (change === "removed") return true;
    if (reasons.every(({ is }) => is === "manyGone")) return false;
    return change === "changed" || (change === "added" && drift.base?.state === "deleted");
  });
}

/** What follows from such a side is proposed by nobody: a person decides. */
export function withoutSuspectProposals(drifts: DriftList, emptied: readonly EmptiedEvidence[]): DriftList {
  if (emptied.length === 0) return drifts;
  const asked = new DriftListBuilder();
  for (const drift of drifts) asked.push(withoutSuspectProposal(drift, emptied));
  return asked.build();
}

export function withoutSuspectProposal(drift: Drift, emptied: readonly EmptiedEvidence[]): Drift {
  const { proposal } = drift;
  if (proposal.do === "leave" || proposal.do === "renew" || !isSuspect(drift, emptied)) return drift;
  return { ...drift, proposal: DECIDE };
}

function recreated(before: KnownSides | undefined, now: KnownSides | undefined): EmptiedReason[] {
  if (before === undefined || now === undefined) return [];
  const reasons: EmptiedReason[] = [];
  if (now.databaseVersion < before.databaseVersion) {
    reasons.push({ is: "versionFell", from: before.databaseVersion, to: now.databaseVersion });
  }
  if (!isSameStore(before, now)) reasons.push({ is: "storeRecreated" });
  return reasons;
}

/** A count never falls where a deletion leaves a tombstone; it decides nothing, it is only told (decision 8). */
function isOlder(token: string | undefined, known: string | undefined): boolean {
  const now = COUNTED_TOKEN.exec(token ?? "")?.[1];
  const before = COUNTED_TOKEN.exec(known ?? "")?.[1];
  return now !== undefined && before !== undefined && Number(now) < Number(before);
}

function isMany(gone: number, of: number): boolean {
  return gone > GONE_ALWAYS || (gone >= GONE_AT_LEAST && gone > of * GONE_SHARE);
}
