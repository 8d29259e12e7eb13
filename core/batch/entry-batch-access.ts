/** Reading the columns of an EntryBatch. Indices are the caller's to keep below `count`. */
import { endOf, startOf } from "./byte-column.ts";
import { type ByteColumn, DIGEST_BYTES, type EntryBatch, type EntryState } from "./entry-batch.ts";

const UNITS_PER_CALL = 4096;

/** A view of the key's bytes, not a copy. */
export function keyAt(batch: EntryBatch, index: number): Uint8Array {
  return batch.keys.bytes.subarray(startOf(batch.keys, index), endOf(batch.keys, index));
}

/** A view of the 16 bytes, not a copy; zeros where the state is not `present`. */
export function digestAt(batch: EntryBatch, index: number): Uint8Array {
  return batch.digests.subarray(index * DIGEST_BYTES, (index + 1) * DIGEST_BYTES);
}

export function stateAt(batch: EntryBatch, index: number): EntryState {
  return batch.states[index] as EntryState;
}

export function tokenAt(batch: EntryBatch, index: number): string {
  const end = endOf(batch.tokens, index);
  let text = "";
  for (let at = startOf(batch.tokens, index); at < end; at += UNITS_PER_CALL) {
    text += String.fromCharCode(...batch.tokens.bytes.subarray(at, Math.min(end, at + UNITS_PER_CALL)));
  }
  return text;
}

/** Below 0, 0 or above 0: key order. */
export function compareKeysAt(a: EntryBatch, i: number, b: EntryBatch, j: number): number {
  const aBytes = a.keys.bytes;
  const bBytes = b.keys.bytes;
  const aStart = startOf(a.keys, i);
  const bStart = startOf(b.keys, j);
  const aLength = endOf(a.keys, i) - aStart;
  const bLength = endOf(b.keys, j) - bStart;
  const shared = Math.min(aLength, bLength);
  for (let at = 0; at < shared; at++) {
    const difference = (aBytes[aStart + at] as number) - (bBytes[bStart + at] as number);
    if (difference !== 0) return difference;
  }
  return aLength - bLength;
}

export function digestsEqualAt(a: EntryBatch, i: number, b: EntryBatch, j: number): boolean {
  const aStart = i * DIGEST_BYTES;
  const bStart = j * DIGEST_BYTES;
  for (let at = 0; at < DIGEST_BYTES; at++) {
    if (a.digests[aStart + at] !== b.digests[bStart + at]) return false;
  }
  return true;
}

export function tokensEqualAt(a: EntryBatch, i: number, b: EntryBatch, j: number): boolean {
  const aStart = startOf(a.tokens, i);
  const bStart = startOf(b.tokens, j);
  const length = endOf(a.tokens, i) - aStart;
  if (length !== endOf(b.tokens, j) - bStart) return false;
  for (let at = 0; at < length; at++) {
    if (a.tokens.bytes[aStart + at] !== b.tokens.bytes[bStart + at]) return false;
  }
  return true;
}

/** Entries `from` (inclusive) to `to` (exclusive) as a batch of its own; copies. */
export function sliceBatch(batch: EntryBatch, from: number, to: number): EntryBatch {
  return {
    count: to - from,
    keys: sliceColumn(batch.keys, from, to),
    digests: batch.digests.slice(from * DIGEST_BYTES, to * DIGEST_BYTES),
    states: batch.states.slice(from, to),
    tokens: sliceColumn(batch.tokens, from, to),
  };
}

function sliceColumn(column: ByteColumn, from: number, to: number): ByteColumn {
  const start = startOf(column, from);
  const ends = column.ends.slice(from, to);
  for (let i = 0; i < ends.length; i++) ends[i] = (ends[i] as number) - start;
  return { bytes: column.bytes.slice(start, startOf(column, to)), ends };
}
