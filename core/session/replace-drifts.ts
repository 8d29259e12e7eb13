/** A comparison in which some keys were looked at again: their drifts, the counts, the evidence of emptied sides. */
import { classify, isGone } from "../diff/classify.ts";
import { compareBytes } from "../key/compare-bytes.ts";
import { toHex } from "../key/hex.ts";
import type { StoreThenAndNow } from "./compare.ts";
import { type Comparison, type Drift, noDrifts, type SideState } from "./drift.ts";
import { findEmptied, withoutSuspectProposals } from "./emptied.ts";

/** A key as it is now; the kind may be "equal", of two sides that hold nothing too. */
export interface LookedAt {
  /** Its base is the one before anything was learned from this. */
  readonly drift: Drift;
  /** Whether the base held a record when the comparison ended, where an apply or undo moved it since. */
  readonly heldThen?: boolean | undefined;
}

export interface ReplaceOptions {
  readonly known: StoreThenAndNow;
  readonly tombstones: boolean;
}

/**
 * The comparison with these keys (ascending) as they are now. All other keys are as it says: a key that it does
 * not list was equal where the base holds a record, and gone where it holds none.
 */
export function replaceDrifts(
  comparison: Comparison,
  keys: readonly LookedAt[],
  options: ReplaceOptions,
): Pick<Comparison, "drifts" | "counts" | "localRows" | "remoteRows" | "baseRows" | "emptied"> {
  const earlier = new Map(comparison.drifts.map((drift) => [toHex(drift.key), drift]));
  const rows = { local: comparison.localRows, remote: comparison.remoteRows };
  let { equal } = comparison.counts;
  for (const { drift, heldThen } of keys) {
    const hex = toHex(drift.key);
    const before = earlier.get(hex);
    earlier.delete(hex);
    const equalThen = before ? 0 : Number(heldThen ?? drift.base?.state === "present");
    rows.local += rowsOf(drift.local) - (before ? rowsOf(before.local) : equalThen);
    rows.remote += rowsOf(drift.remote) - (before ? rowsOf(before.remote) : equalThen);
    equal += Number(isEqualRow(drift)) - equalThen;
  }
  const found = keys.map(({ drift }) => drift).filter(({ kind }) => kind !== "equal");
  const drifts = mergeByKey([...earlier.values()].map(withOwnProposal), found);
  const counts = noDrifts();
  for (const { kind } of drifts) counts[kind]++;
  counts.equal = equal;
  // What is equal is in the base.
  const baseRows = equal + drifts.filter(({ base }) => base?.state === "present").length;
  const emptied = findEmptied(drifts, {
    baseRows,
    ...options.known,
    tombstones: options.tombstones,
  });
  return {
    drifts: withoutSuspectProposals(drifts, emptied),
    counts,
    localRows: rows.local,
    remoteRows: rows.remote,
    baseRows,
    emptied,
  };
}

const rowsOf = (side: SideState): number => Number(!isGone(side));

function isEqualRow({ kind, local }: Drift): boolean {
  return kind === "equal" && local.state === "present";
}

/** What is proposed when no side is suspected to have been emptied. */
function withOwnProposal(drift: Drift): Drift {
  if (drift.proposal.do !== "decide") return drift;
  const { kind, proposal } = classify(drift.local, drift.remote, drift.base, true);
  return kind === drift.kind ? { ...drift, proposal } : drift;
}

/** Both ascending, without a key in common. */
function mergeByKey(a: readonly Drift[], b: readonly Drift[]): Drift[] {
  const merged: Drift[] = [];
  let at = 0;
  for (const drift of a) {
    while (at < b.length && compareBytes((b[at] as Drift).key, drift.key) < 0) merged.push(b[at++] as Drift);
    merged.push(drift);
  }
  return [...merged, ...b.slice(at)];
}
