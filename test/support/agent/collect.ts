import type { EntryBatch, EntryState } from "../../../core/batch/entry-batch.ts";
import { digestAt, keyAt, stateAt, tokenAt } from "../../../core/batch/entry-batch-access.ts";
import { toHex } from "../../../core/key/hex.ts";
import type { LocalStore, RecordRead, ScanOptions } from "../../../core/session/ports.ts";

export interface Entry {
  readonly key: Uint8Array;
  readonly state: EntryState;
  readonly digest: Uint8Array;
  readonly token: string;
}

export function entriesOf(batch: EntryBatch): Entry[] {
  return Array.from({ length: batch.count }, (_, i) => ({
    key: keyAt(batch, i).slice(),
    state: stateAt(batch, i),
    digest: digestAt(batch, i).slice(),
    token: tokenAt(batch, i),
  }));
}

export async function scanAll(store: LocalStore, options: ScanOptions = {}): Promise<Entry[]> {
  const entries: Entry[] = [];
  for await (const batch of store.scan(options)) entries.push(...entriesOf(batch));
  return entries;
}

export async function readAll(store: LocalStore, keys: readonly Uint8Array[]): Promise<RecordRead[]> {
  const records: RecordRead[] = [];
  for await (const chunk of store.read(keys)) records.push(...chunk);
  return records;
}

export function hexOf(bytes: Uint8Array | undefined): string | undefined {
  return bytes === undefined ? undefined : toHex(bytes);
}
