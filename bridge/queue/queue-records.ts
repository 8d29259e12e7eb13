/**
 * What a file of the queue holds: whose operations they are, the operations in parts, a seal, and then what
 * happened to them, in the order it happened.
 */
import * as v from "valibot";
import { decodeFrame, encodeFrame } from "../../core/protocol/frame-codec.ts";
import { OutcomeColumnsSchema, packOutcomes } from "../../core/protocol/outcome-columns.ts";
import { type QueueAbout, QueueAboutSchema } from "../../core/protocol/queue-frames.ts";
import type { StoredOutcome } from "../../core/protocol/stored.ts";
import { packAscii, WireColumnSchema } from "../../core/protocol/wire-column.ts";
import { type WriteColumns, WriteColumnsSchema } from "../../core/protocol/write-columns.ts";

const CountSchema = v.pipe(v.number(), v.safeInteger(), v.minValue(0));

const QueueRecordSchema = v.variant("t", [
  v.strictObject({
    t: v.literal("queued"),
    format: v.literal(1),
    about: QueueAboutSchema,
    /** Id of the panel that queued them: stored with each record. */
    writer: v.string(),
    /** Milliseconds since 1970. */
    queuedAt: v.number(),
  }),
  /** The parts are numbered in the order they come. */
  v.strictObject({ t: v.literal("writes"), writes: WriteColumnsSchema }),
  /** All parts are there: without it none of them counts. */
  v.strictObject({ t: v.literal("sealed"), parts: CountSchema }),
  /** From here on, operations of the part that have no outcome may have been sent. */
  v.strictObject({ t: v.literal("sending"), part: CountSchema }),
  /** These were not, after all. */
  v.strictObject({ t: v.literal("unsent"), part: CountSchema, count: CountSchema, opIds: WireColumnSchema }),
  v.strictObject({ t: v.literal("settled"), part: CountSchema, outcomes: OutcomeColumnsSchema }),
  /** What may not have been sent never will be. */
  v.strictObject({ t: v.literal("removed") }),
]);
const TYPES = new Set(["queued", "writes", "sealed", "sending", "unsent", "settled", "removed"]);

export type QueueRecord = v.InferOutput<typeof QueueRecordSchema>;

/** @throws ProtocolError "malformed-frame" */
export const decodeQueueRecord = (bytes: Uint8Array): QueueRecord =>
  decodeFrame(bytes, QueueRecordSchema, TYPES);

const encode = (record: QueueRecord): Uint8Array => encodeFrame(record);

export const encodeQueued = (about: QueueAbout, writer: string, queuedAt: number): Uint8Array =>
  encode({ t: "queued", format: 1, about, writer, queuedAt });

export const encodeWrites = (writes: WriteColumns): Uint8Array => encode({ t: "writes", writes });

export const encodeSealed = (parts: number): Uint8Array => encode({ t: "sealed", parts });

export const encodeSending = (part: number): Uint8Array => encode({ t: "sending", part });

export const encodeUnsent = (part: number, opIds: readonly string[]): Uint8Array =>
  encode({ t: "unsent", part, count: opIds.length, opIds: packAscii(opIds) });

/** What is there now is looked up by whoever shows a conflict: it is kept without its body. */
export const encodeSettled = (part: number, outcomes: readonly StoredOutcome[]): Uint8Array =>
  encode({ t: "settled", part, outcomes: packOutcomes(outcomes.map(withoutBody)) });

export const encodeRemoved = (): Uint8Array => encode({ t: "removed" });

function withoutBody(outcome: StoredOutcome): StoredOutcome {
  if (outcome.status !== "conflict" && outcome.status !== "superseded") return outcome;
  const { key, state, digest, token } = outcome.current;
  const body = state === "present" ? { body: new Uint8Array(0) } : {};
  const current = {
    key,
    state,
    ...body,
    ...(digest === undefined ? {} : { digest }),
    ...(token === undefined ? {} : { token }),
  };
  return { ...outcome, current };
}
