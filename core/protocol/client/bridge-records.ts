/** Between records with text bodies, as the session has them, and with UTF-8 bodies, as the wire has them. */

import type { Preimage, RecordRead, RemoteWrite, WriteOutcome } from "../../session/ports.ts";
import type { StoredOutcome, StoredPreimage, StoredRecord, StoredWrite } from "../stored.ts";
import { OP_ID } from "../write-columns.ts";

const encoder = new TextEncoder();
const decoder = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

/** A body that is not UTF-8 makes its record unreadable, and no other. Keys and digests are copied. */
export function toRecordRead({ key, state, digest, token, body, reason, rest }: StoredRecord): RecordRead {
  const own = { key: key.slice(), ...(token === undefined ? {} : { token }) };
  if (state !== "present" || digest === undefined || body === undefined) {
    const text = state === "notRepresentable" && body !== undefined ? { body: decoder.decode(body) } : {};
    return { ...own, state, ...(reason === undefined ? {} : { reason }), ...text };
  }
  try {
    const left = rest === undefined ? {} : { rest: decoder.decode(rest) };
    return { ...own, state, digest: digest.slice(), body: decoder.decode(body), ...left };
  } catch {
    return { ...own, state: "unreadable", reason: "The backend holds a body that is not UTF-8." };
  }
}

export function toWriteOutcome(outcome: StoredOutcome): WriteOutcome {
  return outcome.status === "conflict" || outcome.status === "superseded"
    ? { ...outcome, current: toRecordRead(outcome.current) }
    : outcome;
}

export function toPreimage({ opId, before, token }: StoredPreimage): Preimage {
  const record = toRecordRead(before);
  return { opId, key: record.key, before: record, ...(token === undefined ? {} : { token }) };
}

/** Why an operation cannot be sent exactly as it is; undefined = it can. */
export function unsendable({ opId, expect, write }: RemoteWrite): string | undefined {
  if (!OP_ID.test(opId)) return `The operation id ${JSON.stringify(opId)} is not 1 to 64 of 0-9 A-Z a-z _ -.`;
  if (expect === "") return "It expects an empty version token, which no record has.";
  if (write !== "delete" && !write.body.isWellFormed()) return "Its body is not well-formed Unicode.";
  return undefined;
}

/** UTF-16 units of bodies that are encoded into one buffer: an allocation a body costs more than encoding it. */
const UNITS_A_BUFFER = 128 * 1024;
const MAX_BYTES_A_UNIT = 3;

/** @param writes Ones that are sendable. */
export function toStoredWrites(writes: readonly RemoteWrite[]): StoredWrite[] {
  let buffer = new Uint8Array(0);
  let at = 0;
  return writes.map(({ opId, key, expect, write }) => {
    if (write === "delete") return { opId, key, expect, write };
    const { body, digest, rest } = write;
    const room = body.length * MAX_BYTES_A_UNIT;
    if (buffer.length - at < room) {
      buffer = new Uint8Array(Math.max(room, UNITS_A_BUFFER * MAX_BYTES_A_UNIT));
      at = 0;
    }
    const { written } = encoder.encodeInto(body, buffer.subarray(at, at + room));
    const bytes = buffer.subarray(at, at + written);
    at += written;
    const left = rest === undefined ? {} : { rest: encoder.encode(rest) };
    return { opId, key, expect, write: { body: bytes, digest, ...left } };
  });
}

/** @throws TypeError for a body that is not UTF-8, which no panel sends. Keys and digests are copied. */
export function toRemoteWrite({ opId, key, expect, write }: StoredWrite): RemoteWrite {
  if (write === "delete") return { opId, key: key.slice(), expect, write };
  const rest = write.rest === undefined ? {} : { rest: decoder.decode(write.rest) };
  const put = { body: decoder.decode(write.body), digest: write.digest.slice(), ...rest };
  return { opId, key: key.slice(), expect, write: put };
}
