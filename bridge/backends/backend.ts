/**
 * What a backend has to be.
 *
 * Consistency contract. A backend stores, per collection and key, a version token, a digest, a body or a
 * deletion, the id of the operation that wrote it and of the one before. Tokens are `<n>.<opId>`, compared by
 * equality alone; n grows by one with every write of that key, so a token never recurs (tokens.ts).
 *
 * - `scan` yields batches in ascending key order without duplicates and returns normally only when it has
 *   proof that its range is complete: a server that ends a scan silently has to be found out. It is not a
 *   snapshot: an entry was true when it was read.
 * - `write` compares and sets each operation on its own: all of what it reports as applied is durable, nothing
 *   of what it reports as missed or rejected was written. An operation whose effect is already there (the
 *   version found is the version it would give) is `applied`, whoever sends it and however often.
 * - A `write` that throws a BackendError with `nothingWritten` wrote nothing. Any other error leaves every
 *   operation of the call unknown: some may have applied and some may still apply later.
 * - Journal, levels, limits, idempotency beyond the above, settling and fencing are not a backend's business:
 *   bridge/server/collection-writer.ts does them for all.
 *
 * Existing tables. A backend that can open somebody's own tables (`tables`) maps them column by column. There,
 * nothing of ours is stored: a token is made of what the row holds (its version column and all mapped columns), so
 * that any change of them is a change of the token, deletions are physical and leave none, and nobody can tell
 * afterwards whose write a row's content is. The backend compares and sets in one step, reads back what it
 * wrote, and, where it has transactions, takes back what the database made something else of. Meta records, who may write a table that is
 * mapped twice, and which tables are allowed are the bridge's business (bridge/server).
 *
 * A backend is a folder beside this file and a line in registry.ts.
 */

import type { TableDescription } from "../../core/mapping/table-description.ts";
import type { TableMapping } from "../../core/mapping/table-mapping.ts";
import type { Finding, ObservedResult } from "../../core/protocol/frames.ts";
import {
  MAX_BODY_BYTES,
  MAX_KEY_BYTES,
  MAX_OPERATIONS_PER_FRAME,
  TARGET_WRITE_BYTES,
} from "../../core/protocol/limits.ts";
import type { ObservedChange } from "../../core/protocol/observed-columns.ts";
import type { StoredPut, StoredRecord } from "../../core/protocol/stored.ts";
import type {
  CollectionInit,
  CollectionMeta,
  ReadOptions,
  RemoteCapabilities,
} from "../../core/session/ports.ts";

/** What a backend can do; `writable` is the configuration's business. Defaults in `defaultCapabilities`. */
export type BackendCapabilities = Omit<RemoteCapabilities, "writable">;

/**
 * The defaults, which suit a document-mode table in a database with atomic conditional writes:
 *
 * - `canFence: true`: it can store an operation's id and a tombstone, so that a write whose answer is missing
 *   can be made impossible (decisions 21 and 22). False for columns and key-value modes.
 * - `changes: true`: writes are numbered in the order of their commits, so that `changes` can go on from a number.
 * - `tombstones: true`: a deletion leaves a versioned tombstone; false where deletes are physical.
 * - `scoped: false`: scans cover the whole collection; true where they filter by the mapping's scope.
 * - `keepsScans` absent: every scan reads anew; set where that takes so long that a look may use the last one.
 * - `observedTo` absent: what was only seen in a page is told nobody (`tellObserved`).
 * - `maxBatchOperations: 2000`: the most operations of one write.
 * - `maxBatchBytes: 2 MiB`: about the most bytes of one write; a larger single operation goes alone.
 * - `partsAtOnce` absent: a few requests of one person wait at a time, as suits a server that answers within milliseconds.
 * - `maxKeyBytes: 1 MiB`, `maxBodyBytes: 14 MiB`: what the protocol can carry.
 */
export const defaultCapabilities: BackendCapabilities = {
  canFence: true,
  tombstones: true,
  scoped: false,
  changes: true,
  maxBatchOperations: MAX_OPERATIONS_PER_FRAME,
  maxBatchBytes: TARGET_WRITE_BYTES,
  maxKeyBytes: MAX_KEY_BYTES,
  maxBodyBytes: MAX_BODY_BYTES,
};

/** A record with the history that tells whether an operation of ours has applied. */
export interface BackendRecord extends StoredRecord {
  /** The operation before the one in the token; absent when there was none or it is not known. */
  readonly prevOpId?: string;
}

export interface BackendWrite {
  readonly opId: string;
  readonly key: Uint8Array;
  readonly expect: string | null;
  /** `absent` moves the version on and leaves nothing there: how an absent record is fenced. */
  readonly write: StoredPut | "delete" | "absent";
}

export type BackendOutcome =
  /** Without a token: a physical deletion. */
  | { readonly status: "applied"; readonly token?: string }
  /** The precondition did not hold. */
  | { readonly status: "missed"; readonly current: BackendRecord }
  | { readonly status: "rejected"; readonly code: string; readonly reason: string }
  /** No answer came: it may have applied, and may still. */
  | { readonly status: "unknown"; readonly reason: string };

/** Entries as core/batch encodes them: the bridge passes them on without looking inside. */
export interface EncodedEntries {
  readonly count: number;
  readonly bytes: Uint8Array;
}

export interface BackendScan {
  readonly after?: Uint8Array | undefined;
  readonly lower?: Uint8Array | undefined;
  readonly upper?: Uint8Array | undefined;
  readonly batchSize?: number | undefined;
}

/** What the last scan of all gave, for a look that may be as old. */
export interface KeptScan {
  /** When that scan began, in milliseconds since 1970; undefined = none is kept. */
  at(): number | undefined;
  /** @throws ProtocolError "not-kept", when it is read, where the one of this time is not kept (any more). */
  entries(at: number): AsyncIterable<EncodedEntries>;
}

/** The rows of a collection, or of an existing table through its mapping. */
export interface BackendRows {
  scan(range: BackendScan, signal: AbortSignal): AsyncIterable<EncodedEntries>;
  /** Only where `capabilities.keepsScans`: gone as soon as anything is written through the backend. */
  readonly kept?: KeptScan | undefined;
  /** One entry a key, in the order given (ascending, no duplicates), whatever the mapping's scope. */
  lookup(keys: readonly Uint8Array[]): Promise<EncodedEntries>;
  /** Every key once, in the order given, in chunks of at most about TARGET_ITEM_BYTES or one record. */
  read(
    keys: readonly Uint8Array[],
    signal: AbortSignal,
    options?: ReadOptions,
  ): AsyncIterable<readonly BackendRecord[]>;
  /** One outcome an operation, in order. `writer` is stored with each record, where there is room for it. */
  write(operations: readonly BackendWrite[], writer: string): Promise<readonly BackendOutcome[]>;
  /** The outcomes that `write` would have now; nothing is written. Absent: the bridge predicts from what is there. */
  readonly predict?:
    | ((operations: readonly BackendWrite[], writer: string) => Promise<readonly BackendOutcome[]>)
    | undefined;
}

export interface BackendCollection extends BackendRows {
  /** Undefined when there is no such collection. */
  meta(): Promise<CollectionMeta | undefined>;
  /** An existing collection keeps its meta, with the newer description. @throws ProtocolError "projection-mismatch" */
  init(init: CollectionInit): Promise<CollectionMeta>;
  /**
   * As RemoteStore.changes; only where `capabilities.changes`.
   * @throws ProtocolError "stale-checkpoint"
   */
  changes(since: string, signal: AbortSignal): AsyncGenerator<EncodedEntries, string>;
}

/** What is known of a mapping before it is used. */
export interface ExaminedMapping {
  /** What a compare reads, for the person: "the partition movie_id = 5", "all of the table, about 3,000 rows". */
  readonly reads?: string;
  /** Why nothing can be written with it. */
  readonly readOnly?: string;
}

/** Somebody's own tables. */
export interface BackendTables {
  /**
   * Of mapped tables: `canFence` and `tombstones` are false, since nothing of ours is stored there. `scoped` is for
   * mappings without a scope; with one it is true.
   */
  readonly capabilities: BackendCapabilities;
  /** Tables and views, those of the database itself and of Driftscope left out, in the order of their names. */
  list(): Promise<readonly { readonly name: string; readonly isView: boolean; readonly rows?: number }[]>;
  /**
   * @param mapping One of the table: where tables name no columns, those that it names are described.
   * @throws ProtocolError "unknown-table"
   */
  describe(table: string, mapping?: TableMapping): Promise<TableDescription>;
  /**
   * Names the table as the one thing it is: another text means that this is another database or table, whatever
   * its name, so that bases and versions of before say nothing about it.
   */
  identity(table: string): Promise<string>;
  /**
   * Absent where every mapping that fits its table can be read and written.
   *
   * @throws ProtocolError "mapping-mismatch" where so much would be read that a scope is needed.
   */
  examine?(mapping: TableMapping): Promise<ExaminedMapping>;
  /**
   * The table's rows as records. Every call checks the mapping against the table as it is then.
   * @throws (each of the calls) ProtocolError "unknown-table"; "mapping-mismatch" naming what is gone.
   */
  rows(mapping: TableMapping): BackendRows;
}

/** What has to be made before there can be collections. */
export interface BackendSetUp {
  /** What `run` would run, whatever is there already: every statement does nothing the second time. */
  statements(): readonly string[];
  run(): Promise<void>;
}

export interface RemoteBackend {
  readonly capabilities: BackendCapabilities;
  /** Absent where only collections of our own can be used. */
  readonly tables?: BackendTables;
  /** With the number of records that are there, tombstones not counted, where counting them is cheap. */
  collections(): Promise<readonly { readonly name: string; readonly count?: number }[]>;
  collection(name: string): BackendCollection;
  /** Absent where collections can be made right away. */
  readonly setUp?: BackendSetUp;
  /**
   * What keeps the connection from being used: a finding for each thing that can be wrong, up to the first without which
   * the others cannot be looked at. Writes nothing, and never throws. Absent where `collections` says it all.
   */
  check?(): Promise<readonly Finding[]>;
  /**
   * Merges the files of a collection into as few as can be; no record changes. Absent where there are no such files.
   * @throws ProtocolError "unknown-collection"; BackendError
   */
  compact?(collection: string): Promise<Compaction>;
  /**
   * Tells consumers what was seen in a page and accepted by nobody: no record, no version and no base follows from it. All of
   * it is told when this returns, in the order given for each key, behind all that was told before; otherwise any of it may
   * be, and is told again with the same ids. Only where `capabilities.observedTo`.
   *
   * @throws BackendError
   */
  tellObserved?(batch: ObservedBatch): Promise<ObservedResult>;
  close(): Promise<void>;
}

/** What was seen at a time of the records of one collection. */
export interface ObservedBatch {
  readonly collection: string;
  readonly changes: readonly ObservedChange[];
  /** Milliseconds since 1970. */
  readonly at: number;
  /** Who saw it. */
  readonly writer: string;
}

/** What a collection lay in before it was merged, and lies in now; of several formats both are named. */
export interface Compaction {
  readonly before: StoredFiles;
  readonly after: StoredFiles;
}

export interface StoredFiles {
  readonly segments: number;
  readonly bytes: number;
  /** In the order of their names. */
  readonly formats: readonly string[];
}
