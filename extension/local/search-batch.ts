import type { EntryBatch } from "../../core/batch/entry-batch.ts";
import { keyAt } from "../../core/batch/entry-batch-access.ts";
import { compareBytes } from "../../core/key/compare-bytes.ts";

/** Position of the first entry whose key is not before `key`; `count` when there is none. Binary search. */
export function lowerBound(batch: EntryBatch, key: Uint8Array): number {
  let low = 0;
  let high = batch.count;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (compareBytes(keyAt(batch, middle), key) < 0) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** Position of the first entry whose key is after `key`. */
export function upperBound(batch: EntryBatch, key: Uint8Array): number {
  const at = lowerBound(batch, key);
  return at < batch.count && compareBytes(keyAt(batch, at), key) === 0 ? at + 1 : at;
}
