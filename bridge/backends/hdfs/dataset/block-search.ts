import { type EntryBatch, EntryState } from "../../../../core/batch/entry-batch.ts";
import { digestAt, keyAt, stateAt, tokenAt } from "../../../../core/batch/entry-batch-access.ts";
import { compareBytes } from "../../../../core/key/compare-bytes.ts";
import type { RowHead } from "../../shared/document-rows.ts";

/** The first entry at or behind a key; the number of entries where all lie before it. */
export function firstAtOrBehind(entries: EntryBatch, key: Uint8Array): number {
  let low = 0;
  let high = entries.count;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (compareBytes(keyAt(entries, middle), key) < 0) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** Undefined where it is not among them. */
export function entryOf(entries: EntryBatch, key: Uint8Array): number | undefined {
  const at = firstAtOrBehind(entries, key);
  return at < entries.count && compareBytes(keyAt(entries, at), key) === 0 ? at : undefined;
}

export function headAt(entries: EntryBatch, row: number): RowHead {
  const state = stateAt(entries, row);
  const digest = state === EntryState.present ? { digest: digestAt(entries, row) } : {};
  return { key: keyAt(entries, row), state, token: tokenAt(entries, row), ...digest };
}
