/** A backend's collection as a RemoteStore in this process: the bridge's own path without a socket in between. */

import type { EntryBatch } from "../../../core/batch/entry-batch.ts";
import { decodeEntryBatch } from "../../../core/batch/entry-batch-codec.ts";
import {
  toPreimage,
  toRecordRead,
  toStoredWrites,
  toWriteOutcome,
  unsendable,
} from "../../../core/protocol/client/bridge-records.ts";
import { ProtocolError } from "../../../core/protocol/protocol-error.ts";
import {
  type CollectionInit,
  type CollectionMeta,
  NOT_SENT,
  type Preimage,
  type ReadOptions,
  type RecordRead,
  type RemoteCapabilities,
  type RemoteScanOptions,
  type RemoteStore,
  type RemoteWrite,
  type RemoteWriteOptions,
  type WriteOutcome,
} from "../../../core/session/ports.ts";
import type { BackendCollection } from "../../backends/backend.ts";
import { scanKept } from "../../backends/shared/scan-kept.ts";
import type { Journal } from "../../journal/journal.ts";
import type { CollectionWriter } from "../../server/collection-writer.ts";
import type { ServedCollection } from "../../server/connections.ts";

export interface DirectRemoteOptions {
  readonly name: { readonly connection: string; readonly collection: string };
  readonly served: ServedCollection;
  readonly capabilities: RemoteCapabilities;
  readonly journal: Journal;
  /** Who writes: stored with each record. */
  readonly writer: string;
}

export class DirectRemoteStore implements RemoteStore {
  readonly capabilities: RemoteCapabilities;
  readonly #name: { readonly connection: string; readonly collection: string };
  readonly #collection: BackendCollection;
  readonly #journal: Journal;
  readonly #writer: CollectionWriter;
  readonly #writerId: string;
  readonly #initRefusal: string | undefined;

  constructor({ name, served, capabilities, journal, writer }: DirectRemoteOptions) {
    this.capabilities = capabilities;
    this.#name = name;
    this.#collection = served.collection;
    this.#initRefusal = served.initRefusal;
    this.#writer = served.writer;
    this.#journal = journal;
    this.#writerId = writer;
  }

  meta(): Promise<CollectionMeta | undefined> {
    return this.#collection.meta();
  }

  async init(init: CollectionInit): Promise<CollectionMeta> {
    if (this.#initRefusal !== undefined) throw new ProtocolError("read-only", this.#initRefusal);
    return this.#collection.init(init);
  }

  async keptAt(): Promise<number | undefined> {
    return this.#collection.kept?.at();
  }

  async *scan({ after, range, batchSize, keptAt, signal }: RemoteScanOptions): AsyncGenerator<EntryBatch> {
    const scan =
      keptAt === undefined
        ? this.#collection.scan({ after, ...range, batchSize }, signal ?? new AbortController().signal)
        : scanKept(this.#collection, keptAt);
    for await (const { bytes } of scan) yield decodeEntryBatch(bytes);
  }

  async lookup(keys: readonly Uint8Array[]): Promise<EntryBatch> {
    return decodeEntryBatch((await this.#collection.lookup(keys)).bytes);
  }

  async *read(
    keys: readonly Uint8Array[],
    signal = new AbortController().signal,
    options?: ReadOptions,
  ): AsyncGenerator<readonly RecordRead[]> {
    for await (const records of this.#collection.read(keys, signal, options)) {
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
    const request = { applyId, dryRun: dryRun ?? false, writer: this.#writerId, settling: true };
    return (await this.#writer.fence(toStoredWrites(operations), request)).map(toWriteOutcome);
  }

  async *preimages(applyId: string): AsyncGenerator<readonly Preimage[]> {
    for await (const chunk of this.#journal.preimages({ ...this.#name, applyId })) {
      yield chunk.map(toPreimage);
    }
  }

  async *changes(since: string, signal?: AbortSignal): AsyncGenerator<EntryBatch, string> {
    const changes = this.#collection.changes(since, signal ?? new AbortController().signal);
    for (;;) {
      const next = await changes.next();
      if (next.done) return next.value;
      yield decodeEntryBatch(next.value.bytes);
    }
  }

  /** Nothing is cancelled once it is sent. */
  async #send(
    operations: readonly RemoteWrite[],
    { applyId, dryRun, signal }: RemoteWriteOptions,
    settling: boolean,
  ): Promise<WriteOutcome[]> {
    const answers = new Map<string, WriteOutcome>();
    for (const operation of operations) {
      const reason = signal?.aborted ? "It was cancelled before it was sent." : unsendable(operation);
      if (reason === undefined) continue;
      const code = signal?.aborted ? NOT_SENT : "unsupported";
      answers.set(operation.opId, { opId: operation.opId, status: "rejected", code, reason });
    }
    const writes = operations.filter(({ opId }) => !answers.has(opId));
    const request = { applyId, dryRun: dryRun ?? false, writer: this.#writerId, settling };
    for (const outcome of await this.#writer.write(toStoredWrites(writes), request)) {
      answers.set(outcome.opId, toWriteOutcome(outcome));
    }
    return operations.map(
      ({ opId }) => answers.get(opId) ?? { opId, status: "unknown", reason: "There was no outcome for it." },
    );
  }
}
