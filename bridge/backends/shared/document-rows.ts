/** Rows of a table of our own as records, with whatever somebody else may have put there. */
import { DIGEST_BYTES, EntryState } from "../../../core/batch/entry-batch.ts";
import type { BackendRecord } from "../backend.ts";

/** Values of the column `deleted`. */
export const Deleted = { no: 0, yes: 1, neverThere: 2 } as const;

const PRINTABLE_ASCII = /^[\x21-\x7e]+$/;

export interface RowHead {
  readonly key: Uint8Array;
  readonly state: EntryState;
  /** Set when present. */
  readonly digest?: Uint8Array;
  /** The version, or for an unreadable row the reason. */
  readonly token: string;
}

/** @param row Starts with key, version, digest, deleted. */
export function toRowHead(row: readonly unknown[]): RowHead {
  const [key, version, digest, deleted] = row;
  if (!(key instanceof Uint8Array)) throw new TypeError("A records table without a key");
  const unreadable = (token: string): RowHead => ({ key, state: EntryState.unreadable, token });
  if (typeof version !== "string" || !PRINTABLE_ASCII.test(version))
    return unreadable("version is not a token");
  if (deleted === Deleted.yes) return { key, state: EntryState.deleted, token: version };
  if (deleted === Deleted.neverThere) return { key, state: EntryState.absent, token: version };
  if (deleted !== Deleted.no) return unreadable("deleted is neither 0, 1 nor 2");
  if (!(digest instanceof Uint8Array) || digest.length !== DIGEST_BYTES) {
    return unreadable(`digest is not ${DIGEST_BYTES} bytes`);
  }
  return { key, state: EntryState.present, digest, token: version };
}

/** @param row key, version, digest, deleted, prevOpId, body. */
export function toRecord(row: readonly unknown[]): BackendRecord {
  const head = toRowHead(row);
  const [, version, , , prevOpId, body] = row;
  const previous = typeof prevOpId === "string" ? { prevOpId } : {};
  const { key, token } = head;
  switch (head.state) {
    case EntryState.deleted:
      return { key, state: "deleted", token, ...previous };
    case EntryState.absent:
      return { key, state: "absent", token, ...previous };
    case EntryState.present:
      if (head.digest !== undefined && body instanceof Uint8Array) {
        return { key, state: "present", digest: head.digest, token, body, ...previous };
      }
      return { key, state: "unreadable", reason: "body is missing", token, ...previous };
    default:
      return {
        key,
        state: "unreadable",
        reason: token,
        ...(typeof version === "string" && PRINTABLE_ASCII.test(version) ? { token: version } : {}),
        ...previous,
      };
  }
}
