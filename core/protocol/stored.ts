/**
 * Records, writes and outcomes as the wire and the backends hold them: like those of core/session/ports.ts,
 * with the body as the UTF-8 bytes of its value text, so that the bridge passes bodies on without decoding.
 */

export interface StoredRecord {
  readonly key: Uint8Array;
  readonly state: "present" | "deleted" | "absent" | "unreadable" | "notRepresentable";
  /** Set when present. */
  readonly digest?: Uint8Array;
  /** Of the record or of its tombstone. */
  readonly token?: string;
  /** Set when present; perhaps when notRepresentable. */
  readonly body?: Uint8Array;
  /** For `unreadable` and `notRepresentable`: why. */
  readonly reason?: string;
  /** What the mapping leaves out, where it was asked for: opaque. */
  readonly rest?: Uint8Array;
}

export interface StoredPut {
  readonly body: Uint8Array;
  readonly digest: Uint8Array;
  /** As StoredRecord.rest, of a record that is made again. */
  readonly rest?: Uint8Array;
}

export interface StoredWrite {
  readonly opId: string;
  readonly key: Uint8Array;
  /** The token that must be there; null = nothing, not even a tombstone. */
  readonly expect: string | null;
  readonly write: StoredPut | "delete";
}

export type StoredOutcome =
  | { readonly opId: string; readonly status: "applied"; readonly token?: string }
  | { readonly opId: string; readonly status: "conflict"; readonly current: StoredRecord }
  | { readonly opId: string; readonly status: "superseded"; readonly current: StoredRecord }
  | { readonly opId: string; readonly status: "rejected"; readonly code: string; readonly reason: string }
  | { readonly opId: string; readonly status: "unknown"; readonly reason: string };

export interface StoredPreimage {
  readonly opId: string;
  readonly before: StoredRecord;
  /** The token that our write gave; absent where it did not apply. */
  readonly token?: string;
}
