/**
 * The bridge's queue: operations that could not be sent since the backend was away. The bridge tries again while it
 * runs, also without a panel, and keeps what came of them until a panel has it on record.
 */
import * as v from "valibot";
import { MAX_MAPPING_LENGTH } from "./limits.ts";
import { ApplyIdSchema, CollectionNameSchema, ConnectionNameSchema } from "./names.ts";
import { OutcomeColumnsSchema } from "./outcome-columns.ts";
import { WriteColumnsSchema } from "./write-columns.ts";

const CountSchema = v.pipe(v.number(), v.safeInteger(), v.minValue(0));
const id = CountSchema;
const NameSchema = v.pipe(v.string(), v.maxLength(2000));

/** What a queued apply is of. */
const about = {
  applyId: ApplyIdSchema,
  connection: ConnectionNameSchema,
  collection: CollectionNameSchema,
  /** JSON text of the TableMapping, where the collection is an existing table. */
  mapping: v.exactOptional(v.pipe(v.string(), v.maxLength(MAX_MAPPING_LENGTH))),
  /** Of the collection as it was when the plan was made: nothing is sent to one that was made anew. */
  incarnation: NameSchema,
  /** Storage key of the page. */
  origin: NameSchema,
  /** The page's store, for people. */
  store: NameSchema,
};
export const QueueAboutSchema = v.strictObject(about);
export type QueueAbout = v.InferOutput<typeof QueueAboutSchema>;

export const QueueRequestSchemas = [
  /**
   * One part of an apply, the parts one after the other from 0. Once the last one is answered, all of them are
   * durable; before it none of them counts. The result is how many operations are queued.
   */
  v.strictObject({
    t: v.literal("enqueue"),
    id,
    ...about,
    part: CountSchema,
    last: v.boolean(),
    writes: WriteColumnsSchema,
  }),
  /** The result is a QueueState; with the revision that is known it comes when there is another one. */
  v.strictObject({ t: v.literal("queue"), id, known: v.exactOptional(CountSchema) }),
  /** Everything of the apply that has come to its end: items of type "settled". */
  v.strictObject({
    t: v.literal("settled"),
    id,
    window: v.pipe(CountSchema, v.minValue(1)),
    applyId: ApplyIdSchema,
  }),
  /** Drops what was not sent, for certain; what may have been sent is still made certain. The result is null. */
  v.strictObject({ t: v.literal("unqueue"), id, applyId: ApplyIdSchema }),
  /** The outcomes are on record elsewhere. The result says whether the apply had ended, and so is forgotten. */
  v.strictObject({ t: v.literal("acknowledge"), id, applyId: ApplyIdSchema }),
] as const;

/** An item: operations as they were sent, and their outcomes, in the same order. */
export const SettledFrameSchema = v.strictObject({
  t: v.literal("settled"),
  id,
  writes: WriteColumnsSchema,
  outcomes: OutcomeColumnsSchema,
});

const QueuedApplySchema = v.strictObject({
  ...v.omit(QueueAboutSchema, ["mapping", "incarnation"]).entries,
  /** Milliseconds since 1970. */
  queuedAt: v.number(),
  /** "ended": nothing is to be done any more but to fetch its outcomes. "damaged": nothing of it is sent. */
  is: v.picklist(["waiting", "sending", "ended", "damaged"]),
  counts: v.strictObject({
    /** Not sent yet. */
    waiting: CountSchema,
    /** Without an answer: repeated until there is one. */
    unanswered: CountSchema,
    applied: CountSchema,
    conflict: CountSchema,
    rejected: CountSchema,
    superseded: CountSchema,
    unknown: CountSchema,
  }),
  /** On the disk. */
  bytes: CountSchema,
  /** Why it could not be sent, the last time; of a damaged one what is wrong. */
  problem: v.exactOptional(v.strictObject({ code: v.string(), message: v.string() })),
  /** When it is tried again, in milliseconds since 1970. */
  retryAt: v.exactOptional(v.number()),
});
export type QueuedApply = v.InferOutput<typeof QueuedApplySchema>;

export const QueueStateSchema = v.strictObject({
  revision: CountSchema,
  applies: v.array(QueuedApplySchema),
});
export type QueueState = v.InferOutput<typeof QueueStateSchema>;
