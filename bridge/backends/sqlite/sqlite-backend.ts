/** An SQLite file as a backend, in document mode. */
import { encodeEntryBatch } from "../../../core/batch/entry-batch-codec.ts";
import type { CollectionInit, CollectionMeta } from "../../../core/session/ports.ts";
import {
  type BackendCapabilities,
  type BackendCollection,
  type BackendOutcome,
  type BackendRecord,
  type BackendScan,
  type BackendTables,
  type BackendWrite,
  defaultCapabilities,
  type EncodedEntries,
  type RemoteBackend,
} from "../backend.ts";
import { describesMore } from "../shared/describes-more.ts";
import { unknownCollection } from "../shared/stored-meta.ts";
import { changedPage } from "./changes.ts";
import {
  createCollection,
  findCollection,
  listCollections,
  type StoredCollection,
  takeSequence,
  updateDescription,
} from "./collections-table.ts";
import { compareAndSet } from "./compare-and-set.ts";
import { SqliteFile } from "./driver.ts";
import { findRecords, lookupEntries } from "./find-records.ts";
import { HistoryWriter } from "./histories.ts";
import { readPage } from "./scan-pages.ts";
import { isReadOnlyFailure, namedError } from "./sqlite-errors.ts";
import { SqliteTables, type TableFile } from "./tables/sqlite-tables.ts";
import { inTransaction } from "./transaction.ts";

export interface SqliteOptions {
  /** The database file; created when its folder exists. */
  readonly file: string;
  /** How long to wait for another process's lock, in milliseconds. */
  readonly busyTimeoutMs?: number | undefined;
}

const DEFAULT_BUSY_TIMEOUT_MS = 2000;

/** Entries of a page where the reader names no size: about 5 ms of work. */
const DEFAULT_PAGE_ENTRIES = 2000;

export class SqliteBackend implements RemoteBackend, TableFile {
  readonly capabilities: BackendCapabilities = defaultCapabilities;
  readonly tables: BackendTables = new SqliteTables(this);
  readonly path: string;
  readonly busyTimeoutMs: number;
  readonly #collections = new Map<string, SqliteCollection>();
  #file: SqliteFile | undefined;

  /** Opens the file when it is first needed. */
  constructor(options: SqliteOptions) {
    this.path = options.file;
    this.busyTimeoutMs = options.busyTimeoutMs ?? DEFAULT_BUSY_TIMEOUT_MS;
  }

  collections(): Promise<{ name: string; count: number }[]> {
    return this.attempt((file) => listCollections(file));
  }

  collection(name: string): BackendCollection {
    let collection = this.#collections.get(name);
    if (collection === undefined) {
      collection = new SqliteCollection(this, name);
      this.#collections.set(name, collection);
    }
    return collection;
  }

  async close(): Promise<void> {
    this.#file?.close();
    this.#file = undefined;
  }

  /** Runs `work` on the open file; its errors are named. */
  async attempt<Result>(work: (file: SqliteFile) => Result): Promise<Result> {
    try {
      return work(this.#open());
    } catch (error) {
      throw namedError(error, this.path, true);
    }
  }

  /** As `attempt`, in one write transaction. */
  async transact<Result>(work: (file: SqliteFile) => Result): Promise<Result> {
    return this.attempt((file) => inTransaction(file, this.path, () => work(file)));
  }

  #open(): SqliteFile {
    if (this.#file !== undefined) return this.#file;
    const file = new SqliteFile(this.path, this.busyTimeoutMs);
    try {
      useWriteAheadLog(file);
      file.exec("PRAGMA synchronous = FULL");
      // Somebody's tables are written with everything that they ask for.
      file.exec("PRAGMA foreign_keys = ON");
    } catch (error) {
      file.close();
      throw error;
    }
    this.#file = file;
    return file;
  }
}

/** A file that may not be written can still be read in the mode it has. */
function useWriteAheadLog(file: SqliteFile): void {
  try {
    file.exec("PRAGMA journal_mode = WAL");
  } catch (error) {
    if (!isReadOnlyFailure(error)) throw error;
  }
}

class SqliteCollection implements BackendCollection {
  readonly #backend: SqliteBackend;
  readonly #name: string;
  readonly #history = new HistoryWriter();

  constructor(backend: SqliteBackend, name: string) {
    this.#backend = backend;
    this.#name = name;
  }

  async meta(): Promise<CollectionMeta | undefined> {
    return this.#backend.attempt((file) => findCollection(file, this.#name)?.meta);
  }

  async init(init: CollectionInit): Promise<CollectionMeta> {
    const existing = await this.#backend.attempt((file) => findCollection(file, this.#name));
    if (existing !== undefined && !describesMore(existing.meta, init)) return existing.meta;
    return this.#backend.transact((file) => {
      // Somebody else may have made it since.
      const stored = findCollection(file, this.#name);
      if (stored === undefined) createCollection(file, { ...init, collection: this.#name });
      else if (describesMore(stored.meta, init)) updateDescription(file, stored, init);
      return this.#require(file).meta;
    });
  }

  async *scan(range: BackendScan, signal: AbortSignal): AsyncGenerator<EncodedEntries> {
    const limit = range.batchSize ?? DEFAULT_PAGE_ENTRIES;
    let after = range.after;
    do {
      signal.throwIfAborted();
      const page = await this.#backend.attempt((file) =>
        readPage(file, this.#require(file).table, { ...range, after }, limit),
      );
      if (page.batch.count > 0) yield { count: page.batch.count, bytes: encodeEntryBatch(page.batch) };
      after = page.last;
    } while (after !== undefined);
  }

  lookup(keys: readonly Uint8Array[]): Promise<EncodedEntries> {
    return this.#backend.attempt((file) => {
      const batch = lookupEntries(file, this.#require(file).table, keys);
      return { count: batch.count, bytes: encodeEntryBatch(batch) };
    });
  }

  async *read(keys: readonly Uint8Array[], signal: AbortSignal): AsyncGenerator<readonly BackendRecord[]> {
    const chunks = await this.#backend.attempt((file) => findRecords(file, this.#require(file).table, keys));
    for (;;) {
      signal.throwIfAborted();
      const chunk = await this.#backend.attempt(() => chunks.next());
      if (chunk.done) return;
      yield chunk.value;
    }
  }

  write(operations: readonly BackendWrite[], writer: string): Promise<BackendOutcome[]> {
    return this.#backend.transact((file) => {
      const { id, table } = this.#require(file);
      const firstSeq = takeSequence(file, id, operations.length);
      this.#history.goOn(file, id, firstSeq, operations.length);
      return compareAndSet({ file, table, writer, firstSeq }, operations);
    });
  }

  async *changes(since: string, signal: AbortSignal): AsyncGenerator<EncodedEntries, string> {
    let checkpoint = since;
    for (;;) {
      signal.throwIfAborted();
      const from = checkpoint;
      const page = await this.#backend.attempt((file) =>
        changedPage(file, this.#require(file), from, DEFAULT_PAGE_ENTRIES),
      );
      checkpoint = page.checkpoint;
      if (page.batch.count > 0) yield { count: page.batch.count, bytes: encodeEntryBatch(page.batch) };
      if (page.isLast) return checkpoint;
    }
  }

  #require(file: SqliteFile): StoredCollection {
    const found = findCollection(file, this.#name);
    if (found !== undefined) return found;
    throw unknownCollection(this.#name);
  }
}
