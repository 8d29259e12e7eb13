/** One collection of a bundle as the remote of a session: to be compared with and pulled from, never written. */
import type { FileHandle } from "node:fs/promises";
import { endOf, startOf } from "../../core/batch/byte-column.ts";
import { type EntryBatch, EntryState } from "../../core/batch/entry-batch.ts";
import { EntryBatchBuilder } from "../../core/batch/entry-batch-builder.ts";
import { compareBytes } from "../../core/key/compare-bytes.ts";
import { fromHex } from "../../core/key/hex.ts";
import { projectionIdOf } from "../../core/mapping/mapping-identity.ts";
import type { MappingSettings } from "../../core/mapping/mapping-settings.ts";
import { ProtocolError } from "../../core/protocol/protocol-error.ts";
import type {
  CollectionMeta,
  RecordRead,
  RemoteCapabilities,
  RemoteScanOptions,
  RemoteStore,
  RemoteWrite,
  WriteOutcome,
} from "../../core/session/ports.ts";
import type { BundledCollection, BundledRecord } from "./bundle-file.ts";
import {
  type CheckedBundle,
  checkBundleFile,
  type LinePlace,
  openBundleFile,
  readRecordLine,
} from "./read-bundle.ts";

const ENTRIES_A_BATCH = 4000;
/** A chunk of records that was read is given away beyond this, in UTF-16 units. */
const CHUNK_UNITS = 256 * 1024;

export const BUNDLE_CAPABILITIES: RemoteCapabilities = {
  canFence: false,
  tombstones: false,
  scoped: false,
  writable: false,
  changes: false,
  maxBatchOperations: 1000,
  maxBatchBytes: 1024 * 1024,
};

/** A bundle that was checked, kept open. Keys and digests are held, bodies stay in the file. */
export interface OpenedBundle extends CheckedBundle {
  store(name: string): BundleStore | undefined;
  close(): Promise<void>;
}

/** @throws ProtocolError as `checkBundle` */
export async function openBundle(path: string): Promise<OpenedBundle> {
  // Open from the check to the last read: another file of that name is never read in its place.
  const file = await openBundleFile(path);
  try {
    const indexes: CollectionIndex[] = [];
    const checked = await checkBundleFile(file, path, (collection, key, record, place) => {
      indexes[collection] ??= new CollectionIndex();
      indexes[collection].add(key, record, place);
    });
    const { head } = checked;
    const stores = new Map(
      head.collections.map((collection, i) => {
        const index = indexes[i] ?? new CollectionIndex();
        return [collection.name, new BundleStore({ id: head.id, collection, index, file, path })];
      }),
    );
    return { ...checked, store: (name) => stores.get(name), close: () => file.close() };
  } catch (error) {
    await file.close();
    throw error;
  }
}

/** What stands where: batches in key order, and the place of each record's line. */
class CollectionIndex {
  readonly #builder = new EntryBatchBuilder();
  readonly #batches: EntryBatch[] = [];
  readonly #offsets: number[] = [];
  readonly #lengths: number[] = [];

  add(key: Uint8Array, record: BundledRecord, { offset, length }: LinePlace): void {
    if ("unread" in record)
      this.#builder.push(key, EntryState[record.unread], undefined, ascii(record.reason));
    else this.#builder.push(key, EntryState.present, fromHex(record.digest), record.token);
    this.#offsets.push(offset);
    this.#lengths.push(length);
    if (this.#builder.count === ENTRIES_A_BATCH) this.#batches.push(this.#builder.build());
  }

  get batches(): readonly EntryBatch[] {
    if (this.#builder.count > 0) this.#batches.push(this.#builder.build());
    return this.#batches;
  }

  get count(): number {
    return this.#offsets.length;
  }

  /** Undefined where the bundle has no such record. */
  find(
    key: Uint8Array,
  ): { readonly batch: EntryBatch; readonly at: number; readonly place: LinePlace } | undefined {
    const position = this.#position(key);
    const batch = this.batches[Math.floor(position / ENTRIES_A_BATCH)];
    const at = position % ENTRIES_A_BATCH;
    if (batch === undefined || compareBytes(keyAt(batch, at), key) !== 0) return undefined;
    const place = { offset: this.#offsets[position] as number, length: this.#lengths[position] as number };
    return { batch, at, place };
  }

  /** Of the first key that is not below. */
  #position(key: Uint8Array): number {
    const { batches } = this;
    let low = 0;
    let high = this.count;
    while (low < high) {
      const middle = (low + high) >> 1;
      const batch = batches[Math.floor(middle / ENTRIES_A_BATCH)] as EntryBatch;
      if (compareBytes(keyAt(batch, middle % ENTRIES_A_BATCH), key) < 0) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}

interface BundleStoreParts {
  /** Of the bundle. */
  readonly id: string;
  readonly collection: BundledCollection;
  readonly index: CollectionIndex;
  readonly file: FileHandle;
  readonly path: string;
}

export class BundleStore implements RemoteStore {
  readonly capabilities = BUNDLE_CAPABILITIES;
  readonly #parts: BundleStoreParts;

  constructor(parts: BundleStoreParts) {
    this.#parts = parts;
  }

  get count(): number {
    return this.#parts.index.count;
  }

  /** The columns that somebody's own table was read by. */
  get mapping(): MappingSettings | undefined {
    return this.#parts.collection.mapping;
  }

  async meta(): Promise<CollectionMeta> {
    const { id, collection } = this.#parts;
    const { name, meta, mapping = {} } = collection;
    return {
      format: 1,
      collection: name,
      incarnation: id,
      projectionId: meta?.projectionId ?? projectionIdOf(mapping),
      localSchema: meta?.localSchema ?? NOWHERE,
      purgeWatermark: 0,
      fenceEpoch: 0,
    };
  }

  init(): Promise<CollectionMeta> {
    return Promise.reject(this.#readOnly());
  }

  async *scan({ after, range, batchSize, signal }: RemoteScanOptions): AsyncGenerator<EntryBatch> {
    const isMeant = (key: Uint8Array): boolean =>
      (after === undefined || compareBytes(key, after) > 0) &&
      (range?.lower === undefined || compareBytes(key, range.lower) >= 0) &&
      (range?.upper === undefined || compareBytes(key, range.upper) < 0);
    const most = Math.min(batchSize ?? ENTRIES_A_BATCH, ENTRIES_A_BATCH);
    const builder = new EntryBatchBuilder();
    for (const batch of this.#parts.index.batches) {
      for (let at = 0; at < batch.count; at++) {
        if (!isMeant(keyAt(batch, at))) continue;
        builder.pushFrom(batch, at);
        if (builder.count === most) yield builder.build();
      }
      signal?.throwIfAborted();
    }
    if (builder.count > 0) yield builder.build();
  }

  async lookup(keys: readonly Uint8Array[]): Promise<EntryBatch> {
    const builder = new EntryBatchBuilder();
    for (const key of keys) {
      const found = this.#parts.index.find(key);
      if (found === undefined) builder.push(key, EntryState.absent);
      else builder.pushFrom(found.batch, found.at);
    }
    return builder.build();
  }

  async *read(keys: readonly Uint8Array[], signal?: AbortSignal): AsyncGenerator<readonly RecordRead[]> {
    let chunk: RecordRead[] = [];
    let units = 0;
    for (const key of keys) {
      signal?.throwIfAborted();
      const record = await this.#readOne(key);
      chunk.push(record);
      units += record.body?.length ?? 0;
      if (units < CHUNK_UNITS) continue;
      yield chunk;
      chunk = [];
      units = 0;
    }
    if (chunk.length > 0) yield chunk;
  }

  async #readOne(key: Uint8Array): Promise<RecordRead> {
    const { index, file, path } = this.#parts;
    const found = index.find(key);
    if (found === undefined) return { key, state: "absent" };
    const line = await readRecordLine(file, found.place, path);
    if ("unread" in line) return { key, state: line.unread, reason: line.reason };
    const { token, digest, body } = line;
    return { key, state: "present", token, digest: fromHex(digest), body };
  }

  write(operations: readonly RemoteWrite[]): Promise<WriteOutcome[]> {
    const reason = this.#readOnly().message;
    return Promise.resolve(
      operations.map(({ opId }) => ({ opId, status: "rejected", code: "read-only", reason })),
    );
  }

  settle(operations: readonly RemoteWrite[]): Promise<WriteOutcome[]> {
    return this.write(operations);
  }

  fence(operations: readonly RemoteWrite[]): Promise<WriteOutcome[]> {
    return this.write(operations);
  }

  async *preimages(): AsyncGenerator<never> {}

  changes(): AsyncGenerator<never, string> {
    throw new ProtocolError("unsupported", "A bundle does not change, and lists no changes.");
  }

  #readOnly(): ProtocolError {
    return new ProtocolError("read-only", `The bundle ${this.#parts.path} is never written: pull from it.`);
  }
}

/** Of a table that no page has described. */
const NOWHERE: CollectionMeta["localSchema"] = {
  identity: { storageKey: "", bucket: "", database: "", store: "" },
  databaseVersion: 0,
  schema: { name: "", keyPath: null, autoIncrement: false, indexes: [] },
};

const keyAt = ({ keys }: EntryBatch, at: number): Uint8Array =>
  keys.bytes.subarray(startOf(keys, at), endOf(keys, at));

/** As entries carry reasons. */
const ascii = (text: string): string => text.replace(/[^\x20-\x7e]/g, "?");
