import { type EntryBatch, EntryState } from "../../../core/batch/entry-batch.ts";
import { EntryBatchBuilder } from "../../../core/batch/entry-batch-builder.ts";
import type {
  CollectionMeta,
  RecordRead,
  RemoteCapabilities,
  RemoteStore,
  RemoteWrite,
  WriteOutcome,
} from "../../../core/session/ports.ts";

/** A collection that does not exist yet, for looking and for dry runs: it holds nothing and takes nothing. */
export class AbsentRemoteStore implements RemoteStore {
  readonly capabilities: RemoteCapabilities;

  constructor(capabilities: RemoteCapabilities) {
    this.capabilities = { ...capabilities, changes: false };
  }

  async meta(): Promise<undefined> {
    return undefined;
  }

  init(): Promise<CollectionMeta> {
    return Promise.reject(new Error("A collection is made by the connection, not by its stand-in."));
  }

  async *scan(): AsyncGenerator<EntryBatch> {}

  async lookup(keys: readonly Uint8Array[]): Promise<EntryBatch> {
    const builder = new EntryBatchBuilder();
    for (const key of keys) builder.push(key, EntryState.absent);
    return builder.build();
  }

  async *read(keys: readonly Uint8Array[]): AsyncGenerator<readonly RecordRead[]> {
    if (keys.length > 0) yield keys.map((key) => ({ key, state: "absent" }));
  }

  async write(
    operations: readonly RemoteWrite[],
    { dryRun }: { readonly dryRun?: boolean | undefined },
  ): Promise<WriteOutcome[]> {
    return operations.map((operation): WriteOutcome => answer(operation, dryRun === true));
  }

  settle(): Promise<WriteOutcome[]> {
    return Promise.resolve([]);
  }

  fence(): Promise<WriteOutcome[]> {
    return Promise.resolve([]);
  }

  async *preimages(): AsyncGenerator<never> {}

  changes(): AsyncGenerator<never, string> {
    throw new Error("A collection that does not exist has no changes.");
  }
}

function answer({ opId, key, expect }: RemoteWrite, dryRun: boolean): WriteOutcome {
  if (expect !== null) return { opId, status: "conflict", current: { key, state: "absent" } };
  if (dryRun) return { opId, status: "applied" };
  return { opId, status: "rejected", code: "unknown-collection", reason: "There is no such collection yet." };
}
