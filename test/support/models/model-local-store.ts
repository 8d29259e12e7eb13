import { type EntryBatch, EntryState } from "../../../core/batch/entry-batch.ts";
import { EntryBatchBuilder } from "../../../core/batch/entry-batch-builder.ts";
import { equalBytes } from "../../../core/diff/equal-bytes.ts";
import { decodeKey } from "../../../core/key/decode-key.ts";
import { fromHex, toHex } from "../../../core/key/hex.ts";
import type {
  LocalDescription,
  LocalStore,
  LocalWrite,
  RecordRead,
  ScanOptions,
  StoreIdentity,
  WriteOptions,
  WriteOutcome,
} from "../../../core/session/ports.ts";
import { digestOf } from "./bodies.ts";
import type { Environment } from "./environment.ts";
import { SortedTable } from "./sorted-table.ts";

export interface LocalRow {
  readonly body: string;
  readonly digest: Uint8Array;
  readonly unreadable?: string;
  readonly blocked?: string;
}

/** What a session changed on a side, to be held against what the person had seen. */
export interface Effect {
  readonly side: "local" | "remote";
  readonly opId: string;
  readonly key: string;
  readonly before: string | undefined;
  readonly after: string | undefined;
}

/** The page's object store: outlives any session. */
export class LocalTable {
  readonly rows = new SortedTable<LocalRow>();
  readonly effects: Effect[] = [];
  described: { readonly databaseVersion: number; readonly keyPath: string } = {
    databaseVersion: 1,
    keyPath: "id",
  };

  /** The database was upgraded, or deleted and made anew. */
  describes(change: Partial<LocalTable["described"]>): void {
    this.described = { ...this.described, ...change };
  }

  put(key: string, body: string, marks: { unreadable?: string; blocked?: string } = {}): void {
    this.rows.set(key, { body, digest: digestOf(body), ...marks });
  }

  delete(key: string): void {
    this.rows.delete(key);
  }

  body(key: string): string | undefined {
    return this.rows.get(key)?.body;
  }
}

const IDENTITY: StoreIdentity = {
  storageKey: "https://shop.example/",
  bucket: "",
  database: "shop",
  store: "items",
};
const DEFAULT_BATCH = 64;

/** A session's access to the table. */
export class ModelLocalStore implements LocalStore {
  readonly identity = IDENTITY;
  readonly #table: LocalTable;
  readonly #environment: Environment;
  /** Records a chunk of `read` yields. */
  readonly #readChunk: number;

  constructor(table: LocalTable, environment: Environment, readChunk = 100) {
    this.#table = table;
    this.#environment = environment;
    this.#readChunk = readChunk;
  }

  async describe(): Promise<LocalDescription> {
    const { databaseVersion, keyPath } = this.#table.described;
    const schema = { name: IDENTITY.store, keyPath, autoIncrement: false, indexes: [] };
    return { identity: IDENTITY, databaseVersion, schema };
  }

  async *scan(options: ScanOptions): AsyncGenerator<EntryBatch> {
    // A real page's range has keys for bounds, and no other bytes.
    for (const bound of [options.after, options.range?.lower, options.range?.upper]) {
      if (bound) decodeKey(bound);
    }
    let after = options.after && toHex(options.after);
    for (;;) {
      const fault = await this.#environment.enter("local.scan");
      options.signal?.throwIfAborted();
      const page = this.#table.rows.page(options, after, options.batchSize ?? DEFAULT_BATCH);
      if (page.length === 0) return;
      const batch = this.#batch(page);
      this.#environment.leave("local.scan", fault);
      yield batch;
      after = page.at(-1);
    }
  }

  async lookup(keys: readonly Uint8Array[], signal?: AbortSignal): Promise<EntryBatch> {
    const fault = await this.#environment.enter("local.lookup");
    signal?.throwIfAborted();
    const batch = this.#batch(keys.map(toHex));
    this.#environment.leave("local.lookup", fault);
    return batch;
  }

  async *read(keys: readonly Uint8Array[], signal?: AbortSignal): AsyncGenerator<readonly RecordRead[]> {
    for (let from = 0; from < keys.length; from += this.#readChunk) {
      const fault = await this.#environment.enter("local.read");
      signal?.throwIfAborted();
      const chunk = keys.slice(from, from + this.#readChunk).map((key) => this.#read(key));
      this.#environment.leave("local.read", fault);
      yield chunk;
    }
  }

  async write(operations: readonly LocalWrite[], options?: WriteOptions): Promise<readonly WriteOutcome[]> {
    const fault = await this.#environment.enter("local.write");
    if (fault === "late") this.#environment.leave("local.write", fault);
    const reached = fault === "crash-midway" ? operations.length >> 1 : operations.length;
    const outcomes = operations.slice(0, reached).map((op) => this.#write(op, options?.dryRun === true));
    this.#environment.leave("local.write", fault);
    return outcomes;
  }

  #write(operation: LocalWrite, dryRun: boolean): WriteOutcome {
    const { opId, key, expect, write } = operation;
    const hex = toHex(key);
    const row = this.#table.rows.get(hex);
    const target = write === "delete" ? undefined : write;
    if (target && !equalBytes(digestOf(target.body), target.digest)) {
      return {
        opId,
        status: "rejected",
        code: "wrong-digest",
        reason: "The body is not what was announced.",
      };
    }
    if (target ? row && equalBytes(row.digest, target.digest) : !row) return { opId, status: "applied" };
    const holds = expect ? row && equalBytes(row.digest, expect) : !row;
    if (!holds) return { opId, status: "conflict", current: this.#read(key) };
    if (row?.blocked) return { opId, status: "rejected", code: "blocked", reason: row.blocked };
    if (dryRun) return { opId, status: "applied" };
    this.#table.effects.push({ side: "local", opId, key: hex, before: row?.body, after: target?.body });
    if (target) this.#table.put(hex, target.body);
    else this.#table.delete(hex);
    return { opId, status: "applied" };
  }

  #read(key: Uint8Array): RecordRead {
    const row = this.#table.rows.get(toHex(key));
    if (!row) return { key, state: "absent" };
    if (row.unreadable) return { key, state: "unreadable", reason: row.unreadable };
    const read = { key, state: "present", digest: row.digest, body: row.body } as const;
    return row.blocked ? { ...read, blocked: row.blocked } : read;
  }

  #batch(keys: readonly string[]): EntryBatch {
    const builder = new EntryBatchBuilder();
    for (const hex of keys) {
      const row = this.#table.rows.get(hex);
      const key = fromHex(hex);
      if (!row) builder.push(key, EntryState.absent);
      else if (row.unreadable) builder.push(key, EntryState.unreadable, undefined, row.unreadable);
      else builder.push(key, EntryState.present, row.digest);
    }
    return builder.build();
  }
}
