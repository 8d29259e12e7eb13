/** Going on with a comparison that an earlier session began: what is kept of it, and when that is enough. */
import { isGone } from "../diff/classify.ts";
import { compareBytes } from "../key/compare-bytes.ts";
import { toHex } from "../key/hex.ts";
import { type Comparison, type Drift, noDrifts } from "./drift.ts";
import { type KnownSides, knownSidesOf } from "./known-sides.ts";
import { learnEqual } from "./learn-equal.ts";
import { refreshDrifts } from "./refresh-drifts.ts";
import { readChanges } from "./remote-changes.ts";
import { onSide, SessionError } from "./session-error.ts";
import type { SessionPorts } from "./session-ports.ts";

/** Keys that are looked up together: as in a compare. */
const KEYS_AT_ONCE = 4000;

/** What outlives the session that was comparing. What it proved equal is in the base. */
export interface StoppedCompare {
  readonly startedAt: number;
  /** When the last key of it was compared. */
  readonly stoppedAt: number;
  readonly upTo: Uint8Array;
  readonly equal: number;
  readonly baseRows: number;
  readonly store: KnownSides;
  readonly checkpoint?: string;
  /** Keys up to `upTo` that were not equal, ascending; undefined when they were more than are kept. */
  readonly differing: readonly Uint8Array[] | undefined;
}

/** Why all records have to be compared after all. */
export type CannotGoOn =
  | { readonly because: "storeMadeAnew" }
  | { readonly because: "writtenSince" }
  | { readonly because: "remoteGoneBack"; readonly detail: string }
  | { readonly because: "tooManyDifferences" };

/**
 * What contradicts going on; undefined when nothing does. That the page wrote records since is no contradiction,
 * since nobody can know it: whoever shows the result says when the first part was read.
 *
 * @throws SessionError "lookup-failed", "base-failed" or "changes-failed"; the signal's reason.
 */
export async function whatContradicts(
  ports: SessionPorts,
  stopped: StoppedCompare,
  signal?: AbortSignal,
): Promise<CannotGoOn | undefined> {
  if (stopped.differing === undefined) return { because: "tooManyDifferences" };
  const [now, applies] = await Promise.all([
    onSide("local", "lookup-failed", "Reading what the page's store is", () => ports.local.describe()),
    onSide("base", "base-failed", "Reading what was applied", () => ports.base.applies()),
  ]);
  if (JSON.stringify(knownSidesOf(now)) !== JSON.stringify(stopped.store)) {
    return { because: "storeMadeAnew" };
  }
  // The base has moved on in the part that was compared: its counts say nothing any more.
  if (applies.some(({ startedAt, finishedAt }) => (finishedAt ?? startedAt) >= stopped.startedAt)) {
    return { because: "writtenSince" };
  }
  try {
    await changedSince(ports, stopped, signal);
    return undefined;
  } catch (error) {
    if (!(error instanceof SessionError) || error.code !== "stale-checkpoint") throw error;
    return { because: "remoteGoneBack", detail: error.message };
  }
}

/**
 * The comparison as it was stopped, for `compare` to go on from. What was not equal is looked up again, and so is
 * what the remote lists as changed since; all else up to `upTo` is as it was read then. Ask `whatContradicts` first.
 *
 * @throws SessionError as `refreshDrifts`, and "stale-checkpoint"; the signal's reason.
 */
export async function recallComparison(
  ports: SessionPorts,
  stopped: StoppedCompare,
  signal?: AbortSignal,
): Promise<Comparison> {
  const differing = new Set((stopped.differing ?? []).map(toHex));
  const changed = (await changedSince(ports, stopped, signal)).filter((key) => !differing.has(toHex(key)));
  const keys = [...(stopped.differing ?? []), ...changed].sort(compareBytes);
  const completeAt = await onSide("base", "base-failed", "Reading when the base was complete", () =>
    ports.base.completeAt(),
  );
  let { equal } = stopped;
  const drifts: Drift[] = [];
  for (let from = 0; from < keys.length; from += KEYS_AT_ONCE) {
    signal?.throwIfAborted();
    const looked = await refreshDrifts(ports, keys.slice(from, from + KEYS_AT_ONCE), signal);
    await learnEqual(ports, looked, completeAt !== undefined);
    for (const drift of looked) {
      // A key that was not listed as different was equal where the base holds a record.
      if (!differing.has(toHex(drift.key))) equal -= Number(drift.base?.state === "present");
      if (drift.kind !== "equal") drifts.push(drift);
      else equal += Number(drift.local.state === "present");
    }
  }
  return comparisonOf(stopped, equal, drifts);
}

/** Keys of the part that was compared. */
async function changedSince(
  { remote }: SessionPorts,
  { checkpoint, upTo }: StoppedCompare,
  signal: AbortSignal | undefined,
): Promise<Uint8Array[]> {
  if (checkpoint === undefined || !remote.capabilities.changes) return [];
  const { entries } = await readChanges(remote, checkpoint, signal);
  return [...entries.values()].map(({ key }) => key).filter((key) => compareBytes(key, upTo) <= 0);
}

function comparisonOf(stopped: StoppedCompare, equal: number, drifts: readonly Drift[]): Comparison {
  const counts = noDrifts();
  for (const { kind } of drifts) counts[kind]++;
  counts.equal = equal;
  const { startedAt, stoppedAt, upTo, baseRows, checkpoint } = stopped;
  return {
    extent: "full",
    counts,
    drifts,
    complete: false,
    comparedUpTo: upTo,
    startedAt,
    finishedAt: stoppedAt,
    localRows: equal + drifts.filter(({ local }) => !isGone(local)).length,
    remoteRows: equal + drifts.filter(({ remote }) => !isGone(remote)).length,
    baseRows,
    emptied: [],
    trail: { milestones: [], ...(checkpoint === undefined ? {} : { checkpoint }) },
  };
}
