/** A backend's collection as a RemoteStore in this process, without a socket in between. */

import type { BackendCollection, RemoteBackend } from "../../../bridge/backends/backend.ts";
import type { Journal } from "../../../bridge/journal/journal.ts";
import { CollectionWriter } from "../../../bridge/server/collection-writer.ts";
import type { EntryBatch } from "../../../core/batch/entry-batch.ts";
import { decodeEntryBatch } from "../../../core/batch/entry-batch-codec.ts";
import {
  toPreimage,
  toRecordRead,
  toStoredWrites,
  toWriteOutcome,
} from "../../../core/protocol/client/bridge-records.ts";
import type {
  CollectionInit,
  CollectionMeta,
  Preimage,
  RecordRead,
  RemoteCapabilities,
  RemoteStore,
  RemoteWrite,
  RemoteWriteOptions,
  ScanOptions,
  WriteOutcome,
} from "../../../core/session/ports.ts";

export class DirectStore implements RemoteStore {
  readonly capabilities: RemoteCapabilities;
  readonly #name: { readonly connection: string; readonly collection: string };
  readonly #collection: BackendCollection;
  readonly #journal: Journal;
  readonly #writer: CollectionWriter;

  constructor(backend: RemoteBackend, journal: Journal, collection: string) {
    this.#name = { connection: "direct", collection };
    this.#collection = backend.collection(collection);
    this.#journal = journal;
    this.capabilities = { ...backend.capabilities, writable: true };
    this.#writer = new CollectionWriter({
      name: this.#name,
      collection: this.#collection,
      capabilities: backend.capabilities,
      isWritable: true,
      journal,
    });
  }

  meta(): Promise<CollectionMeta | undefined> {
    return this.#collection.meta();
  }

  init(init: CollectionInit): Promise<CollectionMeta> {
    return this.#collection.init(init);
  }

  async *scan({ after, range, batchSize, signal }: ScanOptions): AsyncGenerator<EntryBatch> {
    const scan = this.#collection.scan(
      { after, ...range, batchSize },
      signal ?? new AbortController().signal,
    );
    for await (const { bytes } of scan) yield decodeEntryBatch(bytes);
  }

  async lookup(keys: readonly Uint8Array[]): Promise<EntryBatch> {
    return decodeEntryBatch((await this.#collection.lookup(keys)).bytes);
  }

  async *read(keys: readonly Uint8Array[], signal?: AbortSignal): AsyncGenerator<readonly RecordRead[]> {
    for await (const records of this.#collection.read(keys, signal ?? new AbortController().signal)) {
      yield records.map(toRecordRead);
    }
  }

  async write(operations: readonly RemoteWrite[], options: RemoteWriteOptions): Promise<WriteOutcome[]> {
    return this.#send(operations, options, false);
  }

  async settle(operations: readonly RemoteWrite[], options: RemoteWriteOptions): Promise<WriteOutcome[]> {
    return this.#send(operations, options, true);
  }

  async fence(
    operations: readonly RemoteWrite[],
    { applyId, dryRun }: RemoteWriteOptions,
  ): Promise<WriteOutcome[]> {
    const request = { applyId, dryRun: dryRun ?? false, writer: "direct", settling: true };
    return (await this.#writer.fence(toStoredWrites(operations), request)).map(toWriteOutcome);
  }

  async *preimages(applyId: string): AsyncGenerator<readonly Preimage[]> {
    for await (const chunk of this.#journal.preimages({ ...this.#name, applyId })) {
      yield chunk.map(toPreimage);
    }
  }

  async #send(
    operations: readonly RemoteWrite[],
    { applyId, dryRun }: RemoteWriteOptions,
    settling: boolean,
  ): Promise<WriteOutcome[]> {
    const request = { applyId, dryRun: dryRun ?? false, writer: "direct", settling };
    return (await this.#writer.write(toStoredWrites(operations), request)).map(toWriteOutcome);
  }
}
