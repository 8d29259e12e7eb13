/** Whole records on the wire. */
import * as v from "valibot";
import { DIGEST_BYTES, EntryState } from "../batch/entry-batch.ts";
import { ProtocolError } from "./protocol-error.ts";
import type { StoredRecord } from "./stored.ts";
import {
  BytesSchema,
  packAscii,
  packBytes,
  packDigests,
  packText,
  unpackAscii,
  unpackBytes,
  unpackText,
  type WireColumn,
  WireColumnSchema,
} from "./wire-column.ts";

export const RecordColumnsSchema = v.strictObject({
  count: v.pipe(v.number(), v.safeInteger(), v.minValue(0)),
  keys: WireColumnSchema,
  /** One EntryState a record. */
  states: BytesSchema,
  /** 16 bytes a record, zeros where it is not present. */
  digests: BytesSchema,
  /** Empty = none. */
  tokens: WireColumnSchema,
  bodies: WireColumnSchema,
  /** Of unreadable and notRepresentable records. */
  reasons: WireColumnSchema,
  /** Absent = none. */
  rests: v.exactOptional(WireColumnSchema),
});
export type RecordColumns = v.InferOutput<typeof RecordColumnsSchema>;

const NO_BYTES = new Uint8Array(0);
/** By EntryState; a record is never `noBase`. */
const STATES = ["present", "deleted", "unreadable", "absent", undefined, "notRepresentable"] as const;

/** What a record weighs on the wire, about, in bytes. */
export function recordWeight(record: StoredRecord): number {
  return record.key.length + (record.body?.length ?? 0) + (record.rest?.length ?? 0) + 80;
}

export function packRecords(records: readonly StoredRecord[]): RecordColumns {
  return {
    count: records.length,
    keys: packBytes(records.map((record) => record.key)),
    states: Uint8Array.from(records, (record) => EntryState[record.state]),
    digests: packDigests(
      records.map((record) => record.digest),
      DIGEST_BYTES,
    ),
    tokens: packAscii(records.map((record) => record.token ?? "")),
    bodies: packBytes(records.map((record) => record.body ?? NO_BYTES)),
    reasons: packText(records.map((record) => record.reason ?? "")),
    ...packRests(records),
  };
}

/** A column that most lists lack. */
export function packRests(records: readonly { readonly rest?: Uint8Array }[]): { rests?: WireColumn } {
  if (records.every(({ rest }) => rest === undefined)) return {};
  return { rests: packBytes(records.map(({ rest }) => rest ?? NO_BYTES)) };
}

/** The rest of each record, to be spread into it. @throws ProtocolError "malformed-frame" */
export function unpackRests(rests: WireColumn | undefined, count: number): { rest?: Uint8Array }[] {
  if (rests === undefined) return [];
  return unpackBytes(rests, count).map((rest) => (rest.length === 0 ? {} : { rest }));
}

/**
 * Keys, digests and bodies are views of the frame.
 * @throws ProtocolError "malformed-frame"
 */
export function unpackRecords(columns: RecordColumns): StoredRecord[] {
  const { count, states, digests } = columns;
  if (states.length !== count || digests.length !== count * DIGEST_BYTES) {
    throw new ProtocolError("malformed-frame", "The columns of a list of records differ in length");
  }
  const keys = unpackBytes(columns.keys, count);
  const tokens = unpackAscii(columns.tokens, count);
  const bodies = unpackBytes(columns.bodies, count);
  const reasons = unpackText(columns.reasons, count);
  const rests = unpackRests(columns.rests, count);
  return keys.map((key, i) => {
    const state = STATES[states[i] as number];
    if (state === undefined) throw new ProtocolError("malformed-frame", "A record has an unknown state");
    const token = tokens[i] === "" ? {} : { token: tokens[i] as string };
    if (state === "present") {
      const digest = digests.subarray(i * DIGEST_BYTES, (i + 1) * DIGEST_BYTES);
      return { key, state, digest, body: bodies[i] as Uint8Array, ...token, ...rests[i] };
    }
    const reason = reasons[i] as string;
    if (state === "unreadable") return { key, state, reason, ...token };
    if (state !== "notRepresentable") return { key, state, ...token };
    const body = bodies[i] as Uint8Array;
    return { key, state, reason, ...token, ...(body.length === 0 ? {} : { body }) };
  });
}
