/**
 * An EntryBatch as bytes.
 *
 *     uint32 LE  magic "DSB1", count, bytes of all keys, bytes of all tokens, width of a key's length and, in
 *                the next byte, of a token's length
 *     count × width  lengths of the keys; lengths of the tokens (unsigned, little-endian)
 *     count          states
 *     count × 16     digests
 *     bytes of all keys, bytes of all tokens
 *
 * A width is the smallest of 0, 1, 2 and 4 bytes that holds the longest, so that the usual key costs one byte
 * of overhead and a local entry, which has no token, costs none for it.
 */
import { BatchError } from "./batch-error.ts";
import { DIGEST_BYTES, type EntryBatch, EntryState } from "./entry-batch.ts";
import { compareKeysAt } from "./entry-batch-access.ts";

const MAGIC = 0x31425344;
const HEADER_BYTES = 20;
const MAX_STATE = Math.max(...Object.values(EntryState));

export function encodeEntryBatch(batch: EntryBatch): Uint8Array {
  const { count, keys, tokens } = batch;
  const keyWidth = widthFor(keys.ends);
  const tokenWidth = widthFor(tokens.ends);
  const bytes = new Uint8Array(
    HEADER_BYTES +
      count * (keyWidth + tokenWidth + 1 + DIGEST_BYTES) +
      keys.bytes.length +
      tokens.bytes.length,
  );
  const header = new DataView(bytes.buffer, 0, HEADER_BYTES);
  header.setUint32(0, MAGIC, true);
  header.setUint32(4, count, true);
  header.setUint32(8, keys.bytes.length, true);
  header.setUint32(12, tokens.bytes.length, true);
  header.setUint32(16, keyWidth | (tokenWidth << 8), true);
  let at = HEADER_BYTES;
  at = writeLengths(bytes, at, keys.ends, keyWidth);
  at = writeLengths(bytes, at, tokens.ends, tokenWidth);
  for (const column of [batch.states, batch.digests, keys.bytes, tokens.bytes]) {
    bytes.set(column, at);
    at += column.length;
  }
  return bytes;
}

/**
 * The batch of these bytes, as copies. Everything is checked but the inside of the keys (decodeKey does that):
 * sizes, strictly ascending keys, states, digests that are zero where there is no record, ASCII tokens. Only
 * what `encodeEntryBatch` gives is accepted.
 *
 * @throws BatchError "malformed-batch".
 */
export function decodeEntryBatch(bytes: Uint8Array): EntryBatch {
  const batch = viewEntryBatch(new Uint8Array(bytes));
  checkKeys(batch);
  checkStatesAndDigests(batch);
  if (!isAscii(batch.tokens.bytes)) throw malformed("a token is not ASCII");
  return batch;
}

/**
 * The batch of these bytes, as views: for who looks a few entries up in bytes that this program encoded itself.
 * The sizes are checked, and no more than that: reading all entries to check them costs many times the search.
 *
 * @throws BatchError "malformed-batch".
 */
export function viewEntryBatch(bytes: Uint8Array): EntryBatch {
  if (bytes.length < HEADER_BYTES) throw malformed("it is shorter than its header");
  const header = new DataView(bytes.buffer, bytes.byteOffset, HEADER_BYTES);
  if (header.getUint32(0, true) !== MAGIC) throw malformed("its first four bytes are not DSB1");
  const count = header.getUint32(4, true);
  const keyBytes = header.getUint32(8, true);
  const tokenBytes = header.getUint32(12, true);
  const widths = header.getUint32(16, true);
  const keyWidth = checkedWidth(widths & 0xff);
  const tokenWidth = checkedWidth(widths >>> 8);
  const entryBytes = keyWidth + tokenWidth + 1 + DIGEST_BYTES;
  if (bytes.length !== HEADER_BYTES + count * entryBytes + keyBytes + tokenBytes) {
    throw malformed(`its ${bytes.length} bytes are not the size that its header tells`);
  }

  let at = HEADER_BYTES;
  const take = (length: number): Uint8Array => {
    at += length;
    return bytes.subarray(at - length, at);
  };
  const keyEnds = readEnds(take(count * keyWidth), count, keyWidth, keyBytes);
  const tokenEnds = readEnds(take(count * tokenWidth), count, tokenWidth, tokenBytes);
  return {
    count,
    states: take(count),
    digests: take(count * DIGEST_BYTES),
    keys: { ends: keyEnds, bytes: take(keyBytes) },
    tokens: { ends: tokenEnds, bytes: take(tokenBytes) },
  };
}

/** Smallest width in bytes for the longest value of a column. */
function widthFor(ends: Uint32Array): number {
  let longest = 0;
  let start = 0;
  for (let i = 0; i < ends.length; i++) {
    const end = ends[i] as number;
    if (end - start > longest) longest = end - start;
    start = end;
  }
  return longest === 0 ? 0 : longest < 0x100 ? 1 : longest < 0x10000 ? 2 : 4;
}

function writeLengths(target: Uint8Array, from: number, ends: Uint32Array, width: number): number {
  let at = from;
  let start = 0;
  for (let i = 0; i < ends.length; i++) {
    const end = ends[i] as number;
    for (let byte = 0; byte < width; byte++) target[at++] = (end - start) >>> (8 * byte);
    start = end;
  }
  return at;
}

function readEnds(lengths: Uint8Array, count: number, width: number, total: number): Uint32Array {
  const ends = new Uint32Array(count);
  let end = 0;
  let at = 0;
  for (let i = 0; i < count; i++) {
    let length = 0;
    // Not by shifts: the fourth byte would reach the sign.
    for (let byte = 0, unit = 1; byte < width; byte++, unit *= 256)
      length += (lengths[at++] as number) * unit;
    end += length;
    if (end > total) throw malformed("lengths add up to more than its bytes");
    ends[i] = end;
  }
  if (end !== total) throw malformed("lengths add up to less than its bytes");
  if (width !== widthFor(ends)) throw malformed("lengths are wider than they need be");
  return ends;
}

function checkedWidth(width: number): number {
  if (width !== 0 && width !== 1 && width !== 2 && width !== 4) throw malformed(`a length of ${width} bytes`);
  return width;
}

function checkKeys(batch: EntryBatch): void {
  if (batch.count > 0 && batch.keys.ends[0] === 0) throw malformed("its first key is empty");
  for (let i = 1; i < batch.count; i++) {
    if (compareKeysAt(batch, i - 1, batch, i) >= 0)
      throw malformed(`key ${i} does not come after the key before`);
  }
}

function checkStatesAndDigests(batch: EntryBatch): void {
  for (let i = 0; i < batch.count; i++) {
    const state = batch.states[i] as number;
    if (state > MAX_STATE) throw malformed(`entry ${i} has the unknown state ${state}`);
    if (state === EntryState.present) continue;
    for (let at = i * DIGEST_BYTES; at < (i + 1) * DIGEST_BYTES; at++) {
      if (batch.digests[at] !== 0) throw malformed(`entry ${i} has a digest and no record`);
    }
  }
}

/** A loop over the bytes: `some` calls a function for each, which costs several times as much. */
function isAscii(bytes: Uint8Array): boolean {
  for (let i = 0; i < bytes.length; i++) {
    if ((bytes[i] as number) > 0x7f) return false;
  }
  return true;
}

function malformed(what: string): BatchError {
  return new BatchError("malformed-batch", `These bytes are not a batch of entries: ${what}.`);
}
