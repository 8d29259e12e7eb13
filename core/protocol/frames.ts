/**
 * Every frame of protocol version 1.
 *
 * Handshake: the panel sends `hello`, the bridge proves itself with `welcome`, the panel with `prove`, the
 * bridge answers `ready`. At any point the bridge may answer `refused` and close.
 *
 * Then the panel sends requests, each with an `id` of its own. The bridge answers a request with any number of
 * items (`entries`, `records`, `outcomes`, `preimages`, `answers`, `settled`) and one `end`, or with one `result`, or with one `error`.
 * Items are sent while the request's window is open: it starts with `window` bytes, every item frame takes its
 * own length off it, and `grant` adds to it. The window is checked before an item is sent, so the last one may
 * overdraw it. `cancel` ends a request early; what is already on its way still arrives and is dropped.
 * An `error` without an `id` is about a frame that named no request.
 */
import * as v from "valibot";
import { ConnectionDraftSchema } from "./connection-draft.ts";
import { JobRequestSchemas } from "./job-frames.ts";
import { MAX_BATCH_ENTRIES, MAX_MAPPING_LENGTH, NONCE_BYTES, PROOF_BYTES } from "./limits.ts";
import {
  ApplyIdSchema,
  CollectionNameSchema,
  ConnectionNameSchema,
  PolicyNameSchema,
  ViewIdSchema,
} from "./names.ts";
import { ObservedColumnsSchema } from "./observed-columns.ts";
import { OutcomeColumnsSchema } from "./outcome-columns.ts";
import { AnswerColumnsSchema, ConflictColumnsSchema } from "./policy-columns.ts";
import { PreimageColumnsSchema } from "./preimage-columns.ts";
import { PROTOCOL_ERROR_CODES } from "./protocol-error.ts";
import { QueueRequestSchemas, SettledFrameSchema } from "./queue-frames.ts";
import { RecordColumnsSchema } from "./record-columns.ts";
import { ScheduleRequestSchemas } from "./schedule-frames.ts";
import { BytesSchema, WireColumnSchema } from "./wire-column.ts";
import { WriteColumnsSchema } from "./write-columns.ts";

const CountSchema = v.pipe(v.number(), v.safeInteger(), v.minValue(0));
const bytesOfLength = (length: number) => v.pipe(BytesSchema, v.length(length));
const PanelIdSchema = v.pipe(v.string(), v.regex(/^[0-9a-z]{26}$/, "expected 26 characters of base32"));
const BridgeIdSchema = v.pipe(v.string(), v.regex(/^[0-9a-z]{16}$/, "expected 16 characters of base32"));
const LabelSchema = v.pipe(v.string(), v.maxLength(100));

// ---- handshake

const HelloSchema = v.strictObject({
  t: v.literal("hello"),
  /** Protocol versions that the panel speaks. */
  versions: v.pipe(v.array(CountSchema), v.minLength(1), v.maxLength(32)),
  panelId: PanelIdSchema,
  nonce: bytesOfLength(NONCE_BYTES),
  /** True: prove with the pairing code; false: with the panel's key. */
  pair: v.boolean(),
  /** What `driftscope panels` shows for this panel. */
  label: LabelSchema,
});

const ProveSchema = v.strictObject({ t: v.literal("prove"), proof: bytesOfLength(PROOF_BYTES) });

const WelcomeSchema = v.strictObject({
  t: v.literal("welcome"),
  version: CountSchema,
  bridgeId: BridgeIdSchema,
  nonce: bytesOfLength(NONCE_BYTES),
  proof: bytesOfLength(PROOF_BYTES),
});

const ReadySchema = v.strictObject({ t: v.literal("ready") });

/** Why a bridge ends a handshake. */
export const REFUSAL_CODES = [
  "version",
  "not-paired",
  "code-expired",
  "proof-wrong",
  "timeout",
  "malformed",
] as const;

const RefusedSchema = v.strictObject({
  t: v.literal("refused"),
  code: v.picklist(REFUSAL_CODES),
  message: v.string(),
});

// ---- requests

const request = { id: CountSchema };
const inCollection = {
  ...request,
  connection: ConnectionNameSchema,
  collection: CollectionNameSchema,
  /** A view of an existing table, which `open` named; absent = a collection of our own. */
  view: v.exactOptional(ViewIdSchema),
};
const streamed = { window: v.pipe(CountSchema, v.minValue(1)) };

const scanRange = {
  after: v.exactOptional(BytesSchema),
  lower: v.exactOptional(BytesSchema),
  upper: v.exactOptional(BytesSchema),
  batchSize: v.exactOptional(v.pipe(CountSchema, v.minValue(1), v.maxValue(MAX_BATCH_ENTRIES))),
};

const keyList = { count: CountSchema, keys: WireColumnSchema };

const writing = {
  ...inCollection,
  ...streamed,
  applyId: ApplyIdSchema,
  dryRun: v.boolean(),
  writes: WriteColumnsSchema,
};

/** Frames that the panel sends once the bridge is ready. */
export const PanelFrameSchema = v.variant("t", [
  v.strictObject({ t: v.literal("connections"), ...request }),
  /** What keeps the connection from being used: the result is a list of findings. */
  v.strictObject({ t: v.literal("check"), ...request, connection: ConnectionNameSchema }),
  /** What the config file allows drafts, and those that are kept: the result is a DraftsResult. */
  v.strictObject({ t: v.literal("drafts"), ...request }),
  /** As `check`, of a connection that is nowhere yet. */
  v.strictObject({ t: v.literal("try-draft"), ...request, draft: ConnectionDraftSchema }),
  /** Keeps it, in the place of the one of this name, and serves it read-only; the result is a DraftsResult. */
  v.strictObject({ t: v.literal("keep-draft"), ...request, draft: ConnectionDraftSchema }),
  v.strictObject({ t: v.literal("remove-draft"), ...request, name: ConnectionNameSchema }),
  /** The connection's tables, or one of them: the result is JSON text of a TableList or a TableDescription. */
  v.strictObject({
    t: v.literal("introspect"),
    ...request,
    connection: ConnectionNameSchema,
    table: v.exactOptional(v.string()),
  }),
  /** `mapping` is JSON text of a TableMapping; the result is an OpenedView. */
  v.strictObject({
    t: v.literal("open"),
    ...request,
    connection: ConnectionNameSchema,
    mapping: v.pipe(v.string(), v.maxLength(MAX_MAPPING_LENGTH)),
  }),
  /** The mapping is gone: another may write what it wrote. */
  v.strictObject({ t: v.literal("release"), ...inCollection }),
  v.strictObject({ t: v.literal("meta"), ...inCollection }),
  v.strictObject({ t: v.literal("init"), ...inCollection, init: v.string() }),
  /** When the scan began that is kept: the result is a time or null. */
  v.strictObject({ t: v.literal("kept"), ...inCollection }),
  v.strictObject({
    t: v.literal("scan"),
    ...inCollection,
    ...streamed,
    ...scanRange,
    /** Answers with the scan that is kept of this time, whole, or with "not-kept". */
    keptAt: v.exactOptional(CountSchema),
  }),
  v.strictObject({ t: v.literal("lookup"), ...inCollection, ...streamed, ...keyList }),
  v.strictObject({ t: v.literal("read"), ...inCollection, ...streamed, ...keyList }),
  v.strictObject({ t: v.literal("write"), ...writing }),
  v.strictObject({ t: v.literal("settle"), ...writing }),
  v.strictObject({ t: v.literal("fence"), ...writing }),
  v.strictObject({ t: v.literal("preimages"), ...inCollection, ...streamed, applyId: ApplyIdSchema }),
  v.strictObject({
    t: v.literal("changes"),
    ...inCollection,
    ...streamed,
    /** A checkpoint; "" = from the beginning, "now" = nothing but the checkpoint of now. */
    since: v.pipe(v.string(), v.maxLength(200)),
  }),
  /**
   * What was seen in the page and accepted by nobody; the result is an ObservedResult. All of it is told when it answers; where
   * it does not, it may be, and is sent again, identically. Only where `capabilities.observedTo`.
   */
  v.strictObject({
    t: v.literal("observed"),
    ...request,
    connection: ConnectionNameSchema,
    collection: CollectionNameSchema,
    /** When it was read in the page, in milliseconds since 1970. */
    at: CountSchema,
    changes: ObservedColumnsSchema,
  }),
  v.strictObject({
    t: v.literal("propose"),
    ...request,
    ...streamed,
    policy: PolicyNameSchema,
    conflicts: ConflictColumnsSchema,
  }),
  ...QueueRequestSchemas,
  ...JobRequestSchemas,
  ...ScheduleRequestSchemas,
  v.strictObject({ t: v.literal("grant"), ...request, bytes: CountSchema }),
  v.strictObject({ t: v.literal("cancel"), ...request }),
  v.strictObject({ t: v.literal("ping"), ...request }),
]);
export type PanelFrame = v.InferOutput<typeof PanelFrameSchema>;

// ---- answers

const CapabilitiesSchema = v.strictObject({
  canFence: v.boolean(),
  tombstones: v.boolean(),
  scoped: v.boolean(),
  writable: v.boolean(),
  changes: v.boolean(),
  maxBatchOperations: CountSchema,
  maxBatchBytes: CountSchema,
  partsAtOnce: v.exactOptional(CountSchema),
  maxKeyBytes: v.exactOptional(CountSchema),
  maxBodyBytes: v.exactOptional(CountSchema),
  keepsScans: v.exactOptional(v.literal(true)),
  caution: v.exactOptional(v.string()),
  observedTo: v.exactOptional(v.string()),
});

/** What a view that was opened can do. */
export const OpenedViewSchema = v.strictObject({
  view: ViewIdSchema,
  capabilities: CapabilitiesSchema,
  /** Set where nothing can be written: why, and the next step. */
  readOnly: v.exactOptional(v.string()),
  /** What a compare reads of the table, in words. */
  reads: v.exactOptional(v.string()),
});
export type OpenedView = v.InferOutput<typeof OpenedViewSchema>;

/** One thing about a connection that was looked at, in words for the person; what is wrong ends with the next step. */
const FindingSchema = v.strictObject({
  about: v.string(),
  is: v.picklist(["right", "doubtful", "wrong"]),
  said: v.string(),
});
export type Finding = v.InferOutput<typeof FindingSchema>;

export const FindingsSchema = v.array(FindingSchema);

/** What a person allowed for a connection in the bridge's config file. */
export const LEVELS = ["read-only", "confirm", "unattended"] as const;

const ConnectionInfoSchema = v.strictObject({
  name: ConnectionNameSchema,
  backend: v.string(),
  level: v.picklist(LEVELS),
  /** Drafted in a panel: read-only, whatever a config file says. */
  draft: v.exactOptional(v.literal(true)),
  capabilities: CapabilitiesSchema,
  /** Absent where the backend cannot be reached: `problem` says why. */
  collections: v.exactOptional(
    v.array(
      v.strictObject({
        name: CollectionNameSchema,
        /** Records that are there, without tombstones; absent where counting them is not cheap. */
        count: v.exactOptional(CountSchema),
      }),
    ),
  ),
  /** Policy functions that the bridge's config file names: any mapping may use them. */
  policies: v.exactOptional(v.array(PolicyNameSchema)),
  /** How long, and up to which size in bytes, the bridge keeps what was there before, for undo. */
  journal: v.exactOptional(v.strictObject({ days: v.number(), bytes: CountSchema })),
  problem: v.exactOptional(v.strictObject({ code: v.string(), message: v.string() })),
});
export type ConnectionInfo = v.InferOutput<typeof ConnectionInfoSchema>;

/** The values of `result` frames, by the request they answer. */
export const ConnectionsResultSchema = v.array(ConnectionInfoSchema);
/** JSON text of a CollectionMeta, null when there is no such collection yet. */
export const MetaResultSchema = v.nullable(v.string());
/** Milliseconds since 1970, null when nothing is kept. */
export const KeptResultSchema = v.nullable(CountSchema);

export const ObservedResultSchema = v.strictObject({
  /** Changes of records that are told without a body, since it is too large. */
  withheld: CountSchema,
  /** Those whose key alone is too large: nothing is told of them. */
  skipped: CountSchema,
});
export type ObservedResult = v.InferOutput<typeof ObservedResultSchema>;

/** Frames that the bridge sends once it is ready. */
export const BridgeFrameSchema = v.variant("t", [
  v.strictObject({ t: v.literal("result"), ...request, value: v.unknown() }),
  /** `batch` is core/batch's encodeEntryBatch. */
  v.strictObject({ t: v.literal("entries"), ...request, batch: BytesSchema }),
  v.strictObject({ t: v.literal("records"), ...request, records: RecordColumnsSchema }),
  v.strictObject({ t: v.literal("outcomes"), ...request, outcomes: OutcomeColumnsSchema }),
  v.strictObject({ t: v.literal("preimages"), ...request, preimages: PreimageColumnsSchema }),
  v.strictObject({ t: v.literal("answers"), ...request, answers: AnswerColumnsSchema }),
  SettledFrameSchema,
  v.strictObject({
    t: v.literal("end"),
    ...request,
    /** How many entries, records, outcomes, … the items held: the receiver counts them too. */
    count: CountSchema,
    /** After `changes`: where the next one starts. */
    checkpoint: v.exactOptional(v.string()),
  }),
  v.strictObject({
    t: v.literal("error"),
    id: v.exactOptional(CountSchema),
    code: v.picklist(PROTOCOL_ERROR_CODES),
    message: v.string(),
  }),
  v.strictObject({ t: v.literal("pong"), ...request }),
]);
export type BridgeFrame = v.InferOutput<typeof BridgeFrameSchema>;

/** What a panel may send before the bridge is ready. */
export const PanelHandshakeSchema = v.variant("t", [HelloSchema, ProveSchema]);
export type PanelHandshakeFrame = v.InferOutput<typeof PanelHandshakeSchema>;
export type Hello = v.InferOutput<typeof HelloSchema>;

/** What a bridge may send before it is ready. */
export const BridgeHandshakeSchema = v.variant("t", [WelcomeSchema, ReadySchema, RefusedSchema]);
export type BridgeHandshakeFrame = v.InferOutput<typeof BridgeHandshakeSchema>;
export type RefusalCode = (typeof REFUSAL_CODES)[number];
