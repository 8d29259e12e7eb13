/**
 * A batch of (key, digest, state, token) entries in ascending key order, stored by column.
 *
 * Scans of both sides, the base and the wire all use this one shape, so that the equal entries of a compare,
 * nearly all of them, never become objects.
 */

/** What one side holds under a key. The numbers are part of the wire format. */
export const EntryState = {
  /** A record is there; `digest` is its digest. */
  present: 0,
  /** A tombstone is there (remote and base only). */
  deleted: 1,
  /** A record is there that could not be read or digested; `token` holds the reason as ASCII text. */
  unreadable: 2,
  /** Nothing is there. Only in answers to a lookup and in the base ("known to be absent on both sides"). */
  absent: 3,
  /** Base only: this key was seen, but its sides were never known to be equal. */
  noBase: 4,
  /**
   * A record is there that the other side of its mapping can never hold, or a row that no record can be; `token`
   * holds the reason as ASCII text.
   */
  notRepresentable: 5,
} as const;
export type EntryState = (typeof EntryState)[keyof typeof EntryState];

/** Value i is `bytes.subarray(i === 0 ? 0 : ends[i - 1], ends[i])`. */
export interface ByteColumn {
  readonly bytes: Uint8Array;
  readonly ends: Uint32Array;
}

export const DIGEST_BYTES = 16;

export interface EntryBatch {
  readonly count: number;
  /** Order-preserving key bytes (core/key), strictly ascending. */
  readonly keys: ByteColumn;
  /** 16 bytes an entry; zeros where the state is not `present`. */
  readonly digests: Uint8Array;
  /** One EntryState an entry. */
  readonly states: Uint8Array;
  /** ASCII: the remote's version token, empty for local entries; the reason where there is one. */
  readonly tokens: ByteColumn;
}
