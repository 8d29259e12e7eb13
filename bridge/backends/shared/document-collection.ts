/** A collection in document mode on a server: what is the same whatever server it is. */
import type { EntryBatch } from "../../../core/batch/entry-batch.ts";
import { encodeEntryBatch } from "../../../core/batch/entry-batch-codec.ts";
import { ProtocolError } from "../../../core/protocol/protocol-error.ts";
import type { CollectionInit, CollectionMeta } from "../../../core/session/ports.ts";
import type {
  BackendCollection,
  BackendOutcome,
  BackendRecord,
  BackendScan,
  BackendWrite,
  EncodedEntries,
} from "../backend.ts";
import type { RowHead } from "./document-rows.ts";
import { headEntries } from "./head-entries.ts";
import { type FoundWindow, readInWindows, type WindowSizes } from "./record-windows.ts";
import { unknownCollection } from "./stored-meta.ts";

/** Entries of a batch where the reader names no size. */
const DEFAULT_BATCH_ENTRIES = 2000;

/** A server's document mode. `Records` is where the records of one collection lie. */
export interface DocumentServer<Records> {
  /** Its name, for people. */
  readonly product: string;
  /** @param isLatest Also what was made a moment ago, elsewhere. */
  find(
    name: string,
    isLatest: boolean,
  ): Promise<{ readonly meta: CollectionMeta; readonly records: Records } | undefined>;
  init(name: string, init: CollectionInit): Promise<CollectionMeta>;
  scan(records: Records, range: BackendScan, limit: number, signal: AbortSignal): AsyncIterable<EntryBatch>;
  /** By keyText; keys that are certain to be absent are missing. */
  findHeads(records: Records, keys: readonly Uint8Array[]): Promise<ReadonlyMap<string, RowHead>>;
  findRecords(records: Records, keys: readonly Uint8Array[]): Promise<FoundWindow>;
  /** Keys that findRecords is asked for at a time; absent = few before the records' size is known. */
  readonly windows?: WindowSizes;
  write(
    records: Records,
    operations: readonly BackendWrite[],
    writer: string,
  ): Promise<readonly BackendOutcome[]>;
  /** Absent where it cannot be told. As RemoteStore.changes. @throws ProtocolError "stale-checkpoint" */
  changes?(records: Records, since: string, signal: AbortSignal): AsyncGenerator<EntryBatch, string>;
}

export class DocumentCollection<Records> implements BackendCollection {
  readonly #server: DocumentServer<Records>;
  readonly #name: string;

  constructor(server: DocumentServer<Records>, name: string) {
    this.#server = server;
    this.#name = name;
  }

  async meta(): Promise<CollectionMeta | undefined> {
    return (await this.#server.find(this.#name, true))?.meta;
  }

  init(init: CollectionInit): Promise<CollectionMeta> {
    return this.#server.init(this.#name, init);
  }

  async *scan(range: BackendScan, signal: AbortSignal): AsyncGenerator<EncodedEntries> {
    const limit = range.batchSize ?? DEFAULT_BATCH_ENTRIES;
    for await (const batch of this.#server.scan(await this.#records(), range, limit, signal)) {
      yield encoded(batch);
    }
  }

  async lookup(keys: readonly Uint8Array[]): Promise<EncodedEntries> {
    return encoded(headEntries(keys, await this.#server.findHeads(await this.#records(), keys)));
  }

  async *read(keys: readonly Uint8Array[], signal: AbortSignal): AsyncGenerator<readonly BackendRecord[]> {
    const records = await this.#records();
    const find = (some: readonly Uint8Array[]) => this.#server.findRecords(records, some);
    yield* readInWindows(keys, find, signal, this.#server.windows);
  }

  async write(operations: readonly BackendWrite[], writer: string): Promise<readonly BackendOutcome[]> {
    return this.#server.write(await this.#records(), operations, writer);
  }

  async *changes(since: string, signal: AbortSignal): AsyncGenerator<EncodedEntries, string> {
    const { product } = this.#server;
    const batches = this.#server.changes?.(await this.#records(), since, signal);
    if (batches === undefined) {
      throw new ProtocolError(
        "unsupported",
        `${product} does not tell what has changed: compare all records.`,
      );
    }
    for (;;) {
      const next = await batches.next();
      if (next.done) return next.value;
      yield encoded(next.value);
    }
  }

  async #records(): Promise<Records> {
    const found = await this.#server.find(this.#name, false);
    if (found === undefined) throw unknownCollection(this.#name);
    return found.records;
  }
}

const encoded = (batch: EntryBatch): EncodedEntries => ({
  count: batch.count,
  bytes: encodeEntryBatch(batch),
});
