/** What a journal file holds: a header, then intents and outcomes in the order they happened. */
import * as v from "valibot";
import { DIGEST_BYTES } from "../../core/batch/entry-batch.ts";
import { decodeFrame, encodeFrame } from "../../core/protocol/frame-codec.ts";
import { ApplyIdSchema, CollectionNameSchema, ConnectionNameSchema } from "../../core/protocol/names.ts";
import { packRecords, RecordColumnsSchema, unpackRecords } from "../../core/protocol/record-columns.ts";
import type { StoredRecord } from "../../core/protocol/stored.ts";
import {
  BytesSchema,
  packAscii,
  packDigests,
  unpackAscii,
  type WireColumn,
  WireColumnSchema,
} from "../../core/protocol/wire-column.ts";

const HeaderSchema = v.strictObject({
  t: v.literal("header"),
  format: v.literal(1),
  applyId: ApplyIdSchema,
  connection: ConnectionNameSchema,
  collection: CollectionNameSchema,
  /** Whether every operation of the apply that was ever sent is in this file. */
  complete: v.boolean(),
  /** Storage key of the page whose store this is of, and who began to write; for people, and to forget by. */
  origin: v.exactOptional(v.string()),
  writer: v.exactOptional(v.string()),
  /** Milliseconds since 1970. */
  startedAt: v.exactOptional(v.number()),
});

/** Which apply, of what. */
export type JournalHeader = Pick<v.InferOutput<typeof HeaderSchema>, "applyId" | "connection" | "collection">;

/** What else the head of a file tells. */
export type JournalAbout = Pick<v.InferOutput<typeof HeaderSchema>, "origin" | "writer" | "startedAt">;

const IntentsSchema = v.strictObject({
  t: v.literal("intents"),
  before: RecordColumnsSchema,
  opIds: WireColumnSchema,
  /** The token that the operation gives if it applies; empty where that cannot be known. */
  tokens: WireColumnSchema,
  /** 16 bytes an operation: of what it writes; zeros for a delete. */
  digests: BytesSchema,
});

const OutcomesSchema = v.strictObject({
  t: v.literal("outcomes"),
  opIds: WireColumnSchema,
  /** Index into CONCLUSIONS. */
  conclusions: BytesSchema,
  /** That applied ones gave, where that could not be known before; empty = none. Absent = none at all. */
  tokens: v.exactOptional(WireColumnSchema),
});

/**
 * What an attempt came to: it applied; the operation is proven to have never applied, by this attempt or any
 * other; this attempt wrote nothing. The order is part of the file format.
 */
const CONCLUSIONS = ["applied", "never", "rejected"] as const;
type ConclusionName = (typeof CONCLUSIONS)[number];

export interface Conclusion {
  readonly is: ConclusionName;
  /** The token that the write gave, where it could not be known before. */
  readonly token?: string;
}

const JournalRecordSchema = v.variant("t", [HeaderSchema, IntentsSchema, OutcomesSchema]);
const TYPES = new Set(["header", "intents", "outcomes"]);

/** What was there before an operation, and what the operation makes of it. */
export interface Intent {
  readonly opId: string;
  readonly before: StoredRecord;
  readonly token: string;
  /** Undefined for a delete. */
  readonly digest: Uint8Array | undefined;
}

export type JournalRecord =
  | { readonly is: "header"; readonly header: JournalHeader & JournalAbout; readonly complete: boolean }
  | { readonly is: "intents"; readonly intents: readonly Intent[] }
  | { readonly is: "outcomes"; readonly conclusions: ReadonlyMap<string, Conclusion> };

export function encodeHeader(header: JournalHeader, about: JournalAbout, complete: boolean): Uint8Array {
  const { applyId, connection, collection } = header;
  const record: v.InferInput<typeof HeaderSchema> = {
    t: "header",
    format: 1,
    applyId,
    connection,
    collection,
    complete,
    ...about,
  };
  return encodeFrame(record);
}

export function encodeIntents(intents: readonly Intent[]): Uint8Array {
  const record: v.InferInput<typeof IntentsSchema> = {
    t: "intents",
    before: packRecords(intents.map(({ before }) => before)),
    opIds: packAscii(intents.map(({ opId }) => opId)),
    tokens: packAscii(intents.map(({ token }) => token)),
    digests: packDigests(
      intents.map(({ digest }) => digest),
      DIGEST_BYTES,
    ),
  };
  return encodeFrame(record);
}

export function encodeOutcomes(conclusions: ReadonlyMap<string, Conclusion>): Uint8Array {
  const record: v.InferInput<typeof OutcomesSchema> = {
    t: "outcomes",
    opIds: packAscii(Array.from(conclusions.keys())),
    conclusions: Uint8Array.from(conclusions.values(), ({ is }) => CONCLUSIONS.indexOf(is)),
    ...packTokens(conclusions),
  };
  return encodeFrame(record);
}

function packTokens(conclusions: ReadonlyMap<string, Conclusion>): { tokens?: WireColumn } {
  const tokens = Array.from(conclusions.values(), ({ token }) => token ?? "");
  return tokens.every((token) => token === "") ? {} : { tokens: packAscii(tokens) };
}

/** @throws ProtocolError "malformed-frame" */
export function decodeJournalRecord(bytes: Uint8Array): JournalRecord {
  const record = decodeFrame(bytes, JournalRecordSchema, TYPES);
  switch (record.t) {
    case "header":
      return { is: "header", header: record, complete: record.complete };
    case "intents": {
      const before = unpackRecords(record.before);
      const opIds = unpackAscii(record.opIds, before.length);
      const tokens = unpackAscii(record.tokens, before.length);
      const intents = before.map((state, i) => {
        const digest = record.digests.subarray(i * DIGEST_BYTES, (i + 1) * DIGEST_BYTES);
        return {
          opId: opIds[i] as string,
          before: state,
          token: tokens[i] as string,
          digest: digest.some((byte) => byte !== 0) ? digest : undefined,
        };
      });
      return { is: "intents", intents };
    }
    case "outcomes": {
      const opIds = unpackAscii(record.opIds, record.conclusions.length);
      const tokens = record.tokens === undefined ? [] : unpackAscii(record.tokens, opIds.length);
      const conclusions = new Map<string, Conclusion>();
      opIds.forEach((opId, i) => {
        const is = CONCLUSIONS[record.conclusions[i] as number];
        const token = tokens[i] ?? "";
        if (is !== undefined) conclusions.set(opId, token === "" ? { is } : { is, token });
      });
      return { is: "outcomes", conclusions };
    }
  }
}
