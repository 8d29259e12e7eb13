/** Deciding the rows that nobody needs to look at, on the batches' columns: no object is made for them. */

import { endOf, startOf } from "../batch/byte-column.ts";
import { type EntryBatch, EntryState } from "../batch/entry-batch.ts";
import { digestsEqualAt, tokensEqualAt } from "../batch/entry-batch-access.ts";
import type { JoinRow } from "./join-entries.ts";

export type RowVerdict =
  /** Both sides hold the same record, and the base says so. */
  | "equal"
  /** Both hold the same record; the base lacks it or has an older version token: renew it silently. */
  | "equal-renew"
  /** Neither side holds a record, and the base says so: no row at all. */
  | "gone"
  /** Neither holds a record; the base does not know that yet, or not at this tombstone. */
  | "gone-renew"
  /** Anything else: to be classified, and reread first. */
  | "drift";

/**
 * @param baseKnown As in `classify`.
 * @param remoteComplete Whether a key that the remote's scan lacks is absent there. False for a scoped scan.
 */
export function verdictOf(row: JoinRow, baseKnown: boolean, remoteComplete: boolean): RowVerdict {
  const { local, remote, base } = row;
  const localState = local ? local.states[row.localAt] : EntryState.absent;
  const remoteState = remote ? remote.states[row.remoteAt] : EntryState.absent;
  const baseState = base ? base.states[row.baseAt] : baseKnown ? EntryState.absent : EntryState.noBase;
  if (local && remote && localState === EntryState.present && remoteState === EntryState.present) {
    if (!digestsEqualAt(local, row.localAt, remote, row.remoteAt)) return "drift";
    if (baseState === EntryState.noBase) return "equal-renew";
    if (!base || baseState !== EntryState.present) return "drift";
    if (!digestsEqualAt(local, row.localAt, base, row.baseAt)) return "drift";
    return tokensEqualAt(remote, row.remoteAt, base, row.baseAt) ? "equal" : "equal-renew";
  }
  if (localState !== EntryState.absent && localState !== EntryState.deleted) return "drift";
  if (remoteState !== EntryState.absent && remoteState !== EntryState.deleted) return "drift";
  if (baseState === EntryState.present) return "drift";
  const proven = remote !== undefined || remoteComplete;
  if (!proven) return base && baseState === EntryState.noBase ? "drift" : "gone";
  if (base && baseState === EntryState.noBase) return "gone-renew";
  if (!remote || !hasToken(remote, row.remoteAt)) return "gone";
  return base && tokensEqualAt(remote, row.remoteAt, base, row.baseAt) ? "gone" : "gone-renew";
}

function hasToken(batch: EntryBatch, index: number): boolean {
  return endOf(batch.tokens, index) > startOf(batch.tokens, index);
}
