/**
 * The three ports of a sync session.
 *
 * Consistency contract: a scan is not a snapshot. What it yields was true when that entry was read. A scan
 * that returns normally is complete for its range; a scan that cannot prove so throws. Every write is a
 * compare-and-set against what was seen, and a write whose answer is missing is `unknown`, never "failed".
 * Keys are the order-preserving bytes of core/key; bodies are value texts of core/codec; digests are the
 * 16 bytes of core/digest, of the record as the mapping projects it.
 */
import type { EntryBatch } from "../batch/entry-batch.ts";
import type { KnownSides } from "./known-sides.ts";

/** Bounds on key bytes, lower inclusive, upper exclusive; absent means open. */
export interface KeyRange {
  readonly lower?: Uint8Array;
  readonly upper?: Uint8Array;
}

export interface ScanOptions {
  /** Start strictly after this key: how a scan resumes. */
  readonly after?: Uint8Array | undefined;
  readonly range?: KeyRange | undefined;
  /** Upper bound of entries a batch; the store may use fewer. A result never depends on it. */
  readonly batchSize?: number | undefined;
  readonly signal?: AbortSignal | undefined;
}

export interface RemoteScanOptions extends ScanOptions {
  /** Answers with the scan that is kept of this time (`RemoteStore.keptAt`), and reads nothing. Not with `after` or `range`. */
  readonly keptAt?: number | undefined;
}

/** One record as read for its body. */
export interface RecordRead {
  readonly key: Uint8Array;
  /** `notRepresentable`: the other side can never hold it, so it is neither copied nor overwritten. */
  readonly state: "present" | "deleted" | "absent" | "unreadable" | "notRepresentable";
  /** Set when present. */
  readonly digest?: Uint8Array;
  /** Remote only: the version token of the record or the tombstone. */
  readonly token?: string;
  /** Set when present, and where it can be shown when notRepresentable: the value text. */
  readonly body?: string;
  /** For `unreadable` and `notRepresentable`: why, in words for the person. */
  readonly reason?: string;
  /**
   * What the mapping leaves out of the record, where that was asked for (`ReadOptions.rest`) and is something.
   * Opaque to the session: it is journaled, and put back when an undo makes the record again.
   */
  readonly rest?: string;
  /** Set when this record must not be overwritten or copied (opaque platform objects inside): why. */
  readonly blocked?: string;
}

export interface ReadOptions {
  /** Also what the mapping leaves out. */
  readonly rest?: boolean | undefined;
}

/** A record to put. */
export interface RecordPut {
  readonly body: string;
  /** Of the body; where it is not, the write is rejected. */
  readonly digest: Uint8Array;
  /** As RecordRead.rest, of a record that is made again; without it, a new record lacks what is left out. */
  readonly rest?: string;
}

export type WriteOutcome =
  | { readonly opId: string; readonly status: "applied"; readonly token?: string }
  /** The precondition did not hold; `current` is what is there now. */
  | { readonly opId: string; readonly status: "conflict"; readonly current: RecordRead }
  | { readonly opId: string; readonly status: "rejected"; readonly code: string; readonly reason: string }
  /** May have applied, and somebody wrote after it (decision 21). */
  | { readonly opId: string; readonly status: "superseded"; readonly current: RecordRead }
  | { readonly opId: string; readonly status: "unknown"; readonly reason: string };

/** Code of a rejection that says: it was not sent at all (the write was cancelled before), and still can be. */
export const NOT_SENT = "not-sent";

/** Which object store of which page this is. All names are page data and may hold lone surrogates. */
export interface StoreIdentity {
  readonly storageKey: string;
  readonly bucket: string;
  readonly database: string;
  readonly store: string;
}

export interface IndexDescription {
  readonly name: string;
  readonly keyPath: string | readonly string[];
  readonly unique: boolean;
  readonly multiEntry: boolean;
}

export interface StoreDescription {
  readonly name: string;
  readonly keyPath: string | readonly string[] | null;
  readonly autoIncrement: boolean;
  readonly indexes: readonly IndexDescription[];
  /** Undefined where it was not counted. */
  readonly count?: number;
}

/** A store as it has to be made to be the same again. */
export interface StoreSchema extends Omit<StoreDescription, "count"> {
  /**
   * Stores with a key generator: the key that it gives next; null = it has given the last one (2^53).
   */
  readonly nextKey?: number | null;
}

/** Everything that making a database again takes, except its records. */
export interface DatabaseSchema {
  readonly version: number;
  readonly stores: readonly StoreSchema[];
}

export interface LocalDescription {
  readonly identity: StoreIdentity;
  readonly databaseVersion: number;
  readonly schema: StoreDescription;
  /** Of the whole database; absent where it was not asked for, and in what older versions wrote. */
  readonly database?: DatabaseSchema;
}

export interface DescribeOptions {
  /**
   * Describes the whole database, with the numbers of its key generators. Those show only when one is used: each
   * gives a key in a transaction that is aborted, which takes the number back, so that nothing is changed.
   */
  readonly database?: boolean | undefined;
}

export interface LocalWrite {
  readonly opId: string;
  readonly key: Uint8Array;
  /** The digest of what must be there now; null = nothing may be there. */
  readonly expect: Uint8Array | null;
  readonly write: RecordPut | "delete";
}

export interface WriteOptions {
  /**
   * What is not sent yet when it aborts, or can be taken back for certain, is rejected with `NOT_SENT`; the rest is
   * waited for.
   */
  readonly signal?: AbortSignal | undefined;
  /** Check every precondition and write nothing; `applied` then means "would apply". */
  readonly dryRun?: boolean | undefined;
}

/** The page's object store. */
export interface LocalStore {
  readonly identity: StoreIdentity;
  describe(options?: DescribeOptions): Promise<LocalDescription>;
  scan(options: ScanOptions): AsyncIterable<EntryBatch>;
  /** One entry per key, in the order given (ascending, no duplicates); missing ones have state `absent`. */
  lookup(keys: readonly Uint8Array[], signal?: AbortSignal): Promise<EntryBatch>;
  /** Every key once, in the order given, in chunks bounded by bytes. */
  read(
    keys: readonly Uint8Array[],
    signal?: AbortSignal,
    options?: ReadOptions,
  ): AsyncIterable<readonly RecordRead[]>;
  /**
   * Each operation compares and writes in one transaction. Repeating an operation whose effect is already
   * there (the digest found is the digest written; absent for a delete) answers `applied`.
   * One outcome per operation, in order. Conflicts carry the current record.
   */
  write(operations: readonly LocalWrite[], options?: WriteOptions): Promise<readonly WriteOutcome[]>;
}

/** What a remote can do; the session reads these, never the backend's name. */
export interface RemoteCapabilities {
  /** A write whose answer is missing can be fenced (decisions 21-22). */
  readonly canFence: boolean;
  /** Deletions leave a tombstone with a version. */
  readonly tombstones: boolean;
  /** `scan` filters by the mapping's scope, so a missing base key is looked up without it (decision 18). */
  readonly scoped: boolean;
  /** Writes are allowed by the bridge's configuration. */
  readonly writable: boolean;
  /** It knows what changed after a checkpoint (`changes`). */
  readonly changes: boolean;
  readonly maxBatchOperations: number;
  readonly maxBatchBytes: number;
  /**
   * Parts of an apply or a compare that may wait for the remote at a time, where a request takes long whatever it carries and
   * those that wait are answered together; absent = a few.
   */
  readonly partsAtOnce?: number;
  /** Longest key in bytes; undefined = no limit. */
  readonly maxKeyBytes?: number;
  readonly maxBodyBytes?: number;
  /** It may keep what its last scan gave, for looking (`RemoteStore.keptAt`): reading it again takes long. */
  readonly keepsScans?: true;
  /** What a write cannot be kept from here, or costs, in sentences for the person who is about to write. */
  readonly caution?: string;
  /** Where what was only seen in a page can be told, in words: "the topic seen of Kafka at …"; absent = nowhere. */
  readonly observedTo?: string;
}

/** What `init` is told; the local schema travels with it so that the database can be recreated elsewhere. */
export interface CollectionInit {
  readonly collection: string;
  readonly projectionId: string;
  readonly localSchema: LocalDescription;
}

/** The meta record of a remote collection (decision 12). */
export interface CollectionMeta {
  readonly format: 1;
  readonly collection: string;
  /** UUID, new whenever the collection is created: a base of another incarnation is no base. */
  readonly incarnation: string;
  readonly projectionId: string;
  readonly localSchema: LocalDescription;
  /** Tombstones older than this sequence were purged. */
  readonly purgeWatermark: number;
  readonly fenceEpoch: number;
}

export interface RemoteWrite {
  readonly opId: string;
  readonly key: Uint8Array;
  /**
   * The version token that must be there now: of the record or of its tombstone; null = nothing, not even a
   * tombstone.
   */
  readonly expect: string | null;
  readonly write: RecordPut | "delete";
}

export interface RemoteWriteOptions extends WriteOptions {
  /** Groups the journal's entries of one apply. */
  readonly applyId: string;
}

/** What the remote held before an operation of ours. */
export interface Preimage {
  readonly opId: string;
  readonly key: Uint8Array;
  /** State before: a body, a tombstone, or nothing. */
  readonly before: RecordRead;
  /** The token that our write gave; absent where it did not apply. */
  readonly token?: string;
}

/** In place of a checkpoint: lists nothing and answers the checkpoint of now. */
export const FROM_NOW = "now";

/** The backend's table, dataset or topic. */
export interface RemoteStore {
  readonly capabilities: RemoteCapabilities;
  /** Undefined when the collection does not exist yet. */
  meta(): Promise<CollectionMeta | undefined>;
  /**
   * Idempotent: an existing collection keeps its meta, but its description of the local database is brought up
   * to date (core/mapping/newer-description.ts). A different projection is a typed error.
   */
  init(init: CollectionInit): Promise<CollectionMeta>;
  /** Yields tombstones too (state `deleted`). Throws unless completeness was proven. */
  scan(options: RemoteScanOptions): AsyncIterable<EntryBatch>;
  /**
   * When the scan began that is kept, in milliseconds since 1970; undefined = none is. It is older than what others wrote
   * since, and never older than what was written through here. Absent = nothing is kept.
   */
  keptAt?(): Promise<number | undefined>;
  /** As LocalStore.lookup, without the mapping's scope. */
  lookup(keys: readonly Uint8Array[], signal?: AbortSignal): Promise<EntryBatch>;
  read(keys: readonly Uint8Array[], signal?: AbortSignal): AsyncIterable<readonly RecordRead[]>;
  /**
   * Journals what is there, durably, then compares and sets. A repeated opId changes nothing more and answers
   * as before. One outcome per operation, in order.
   */
  write(operations: readonly RemoteWrite[], options: RemoteWriteOptions): Promise<readonly WriteOutcome[]>;
  /**
   * Turns unknown operations into certain ones by repeating the identical compare-and-set (decision 21).
   * What cannot be made certain yet stays `unknown`.
   */
  settle(operations: readonly RemoteWrite[], options: RemoteWriteOptions): Promise<readonly WriteOutcome[]>;
  /**
   * Gives up on unknown operations: moves the version on with the body unchanged (a tombstone for an absent
   * record), so that the old request can never apply. Outcomes: `applied` (it had), `superseded`, or
   * `rejected` with code "fenced" (it had not and never will). What an operation would write is not looked at:
   * whoever gives up may not have its body any more.
   */
  fence(operations: readonly RemoteWrite[], options: RemoteWriteOptions): Promise<readonly WriteOutcome[]>;
  /** The journal's pre-images of one apply, for undo. */
  preimages(applyId: string): AsyncIterable<readonly Preimage[]>;
  /**
   * What changed after a checkpoint ("" = everything there is), tombstones too, each batch in key order; returns
   * the next checkpoint. Only where `capabilities.changes`. Never hides a change: whatever is durable when this is
   * called, or becomes so later, comes now or after the checkpoint returned, whatever order its writers began in.
   * A record that changed again meanwhile may come twice. The whole collection is listed, without the scope.
   *
   * @throws An error of code "stale-checkpoint" when the checkpoint says nothing about the collection as it is
   *   now: made anew, restored from a backup, or too old. Its message says which.
   */
  changes(since: string, signal?: AbortSignal): AsyncGenerator<EntryBatch, string>;
}

/** Decision 13: a base of any other identity is no base. */
export interface BaseIdentity {
  readonly incarnation: string;
  readonly collection: string;
  readonly scopeId: string;
  readonly projectionId: string;
  readonly local: StoreIdentity;
}

export interface BaseEntry {
  readonly key: Uint8Array;
  readonly state: "present" | "deleted" | "absent" | "noBase";
  readonly digest?: Uint8Array;
  readonly token?: string;
  readonly body?: string;
}

/** What the page held before an operation of ours, and how to recognise that ours is still there. */
export interface LocalJournalEntry {
  readonly applyId: string;
  readonly opId: string;
  readonly key: Uint8Array;
  readonly before: RecordPut | null;
  /** Digest that our write gave, null for a delete. */
  readonly after: Uint8Array | null;
}

/** Durable record of an apply: the plan it ran and what came of each operation. */
export interface ApplyHeader {
  readonly applyId: string;
  readonly startedAt: number;
  readonly kind: "apply" | "undo";
  /** For an undo: which apply it takes back. */
  readonly undoes?: string;
  readonly finishedAt?: number;
  readonly counts: Readonly<Record<string, number>>;
  /** Who ran it, in words for the person; the store of bases adds it. */
  readonly by?: string;
  /** How fast its last run went. */
  readonly pace?: ApplyPace;
}

/** What an apply wrote on each side, and how long it took. */
export interface ApplyPace {
  readonly milliseconds: number;
  /** Operations that applied in that time. */
  readonly local: number;
  readonly remote: number;
}

export interface SavedApply {
  readonly header: ApplyHeader;
  readonly plan: unknown;
  /** As they were saved: an operation that was resumed comes several times, and the last one counts. */
  readonly outcomes: Iterable<WriteOutcome>;
}

/** The panel's durable memory of one mapping: base, journal of local pre-images, plans and outcomes. */
export interface BaseStore {
  readonly identity: BaseIdentity;
  /**
   * When the last complete compare ended. From then on a key without an entry was absent on both sides
   * (keys whose ancestor is not known have an entry `noBase`). Undefined = never compared.
   */
  completeAt(): Promise<number | undefined>;
  setCompleteAt(time: number): Promise<void>;
  /** What the page's store was when a compare was complete last; undefined = not known. */
  knownSides(): Promise<KnownSides | undefined>;
  setKnownSides(known: KnownSides): Promise<void>;
  /**
   * A checkpoint of the remote's changes (rule 4): every record of the remote that is not what the base says has
   * changed after it. Undefined = none is known.
   */
  remoteCheckpoint(): Promise<string | undefined>;
  setRemoteCheckpoint(checkpoint: string | undefined): Promise<void>;
  scan(options: ScanOptions): AsyncIterable<EntryBatch>;
  /** With `bodies: false` they may be left out, which is faster. */
  read(
    keys: readonly Uint8Array[],
    options?: { readonly bodies: boolean },
  ): Promise<readonly (BaseEntry | undefined)[]>;
  /** Upserts; durable when it resolves. An entry without a body drops a body of another digest. */
  write(entries: readonly BaseEntry[]): Promise<void>;
  /** Upserts of many entries without bodies, ascending; bodies of unchanged digests stay. */
  writeBatch(batch: EntryBatch): Promise<void>;
  /** Durable when it resolves. */
  journal(entries: readonly LocalJournalEntry[]): Promise<void>;
  journalOf(applyId: string): AsyncIterable<readonly LocalJournalEntry[]>;
  /** Saves or replaces header and plan; the plan is structured-clonable (see plan.ts). */
  savePlan(header: ApplyHeader, plan: unknown): Promise<void>;
  saveOutcomes(applyId: string, outcomes: readonly WriteOutcome[]): Promise<void>;
  plan(applyId: string): Promise<SavedApply | undefined>;
  /** Newest first. */
  applies(): Promise<readonly ApplyHeader[]>;
}
