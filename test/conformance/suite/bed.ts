/** What a backend's conformance tests need from it, and short words for making records. */
import { randomUUID } from "node:crypto";
import type { EntryBatch } from "../../../core/batch/entry-batch.ts";
import { EntryState } from "../../../core/batch/entry-batch.ts";
import { digestAt, keyAt, tokenAt } from "../../../core/batch/entry-batch-access.ts";
import { encodeValue } from "../../../core/codec/encode-value.ts";
import { Digester } from "../../../core/digest/digester.ts";
import { encodeKey } from "../../../core/key/encode-key.ts";
import { toHex } from "../../../core/key/hex.ts";
import type {
  CollectionInit,
  RecordRead,
  RemoteStore,
  RemoteWrite,
  ScanOptions,
  WriteOutcome,
} from "../../../core/session/ports.ts";

export interface Bed {
  /** A collection that need not exist; two stores of one name are two clients of one collection. */
  store(collection: string): Promise<RemoteStore>;
  /** Of the collection, where that is not the test's choice. */
  readonly projectionId?: (collection: string) => string;
  dispose(): Promise<void>;
}

let asKey = (key: unknown): unknown => key;

/** For a remote that cannot hold every key: what stands for a key there, in the same order. */
export function useKeys(translate: (key: unknown) => unknown): void {
  asKey = translate;
}

/** Key bytes of a test's key. */
export const keyBytes = (key: unknown): Uint8Array => encodeKey(asKey(key));

const digester = new Digester();

export const put = (value: unknown): Exclude<RemoteWrite["write"], "delete"> => ({
  body: encodeValue(value),
  digest: digester.digest(value),
});

export const create = (key: unknown, value: unknown): RemoteWrite => ({
  opId: randomUUID(),
  key: keyBytes(key),
  expect: null,
  write: put(value),
});

export const replace = (key: unknown, expect: string, value: unknown): RemoteWrite => ({
  ...create(key, value),
  expect,
});

export const remove = (key: unknown, expect: string | null): RemoteWrite => ({
  opId: randomUUID(),
  key: keyBytes(key),
  expect,
  write: "delete",
});

export const initOf = (collection: string, projectionId = "all"): CollectionInit => ({
  collection,
  projectionId,
  localSchema: {
    identity: { storageKey: "https://shop.example", bucket: "", database: "shop", store: collection },
    databaseVersion: 3,
    schema: {
      name: collection,
      keyPath: "id",
      autoIncrement: false,
      indexes: [{ name: "byTag", keyPath: ["tags", "id"], unique: false, multiEntry: false }],
    },
  },
});

let collections = 0;

/** A collection of its own for one test, made. */
export async function freshStore(bed: Bed): Promise<{ store: RemoteStore; collection: string }> {
  const collection = `collection ${++collections}`;
  const store = await bed.store(collection);
  await store.init(initOf(collection, bed.projectionId?.(collection)));
  return { store, collection };
}

export async function writeOne(
  store: RemoteStore,
  operation: RemoteWrite,
  applyId: string = randomUUID(),
): Promise<WriteOutcome> {
  const [outcome] = await store.write([operation], { applyId });
  if (outcome === undefined) throw new Error("no outcome");
  return outcome;
}

/** The token that a write has to have given. */
export function tokenOf(outcome: WriteOutcome | undefined): string {
  if (outcome?.status === "applied" && outcome.token !== undefined) return outcome.token;
  throw new Error(`not applied: ${JSON.stringify(outcome)}`);
}

export async function readOne(store: RemoteStore, key: unknown): Promise<RecordRead> {
  for await (const [record] of store.read([keyBytes(key)])) if (record !== undefined) return record;
  throw new Error("no answer");
}

/** One record a key. @param keys In IndexedDB's order. */
export async function readAll(store: RemoteStore, keys: readonly unknown[]): Promise<RecordRead[]> {
  const records: RecordRead[] = [];
  for await (const some of store.read(keys.map(keyBytes))) records.push(...some);
  return records;
}

export interface ScannedEntry {
  readonly key: string;
  readonly state: EntryState;
  readonly token: string;
  readonly digest: string;
}

export function entriesOf(batch: EntryBatch): ScannedEntry[] {
  return Array.from({ length: batch.count }, (_, i) => ({
    key: toHex(keyAt(batch, i)),
    state: batch.states[i] as EntryState,
    token: tokenAt(batch, i),
    digest: batch.states[i] === EntryState.present ? toHex(digestAt(batch, i)) : "",
  }));
}

export async function scanAll(store: RemoteStore, options: ScanOptions = {}): Promise<ScannedEntry[]> {
  const entries: ScannedEntry[] = [];
  for await (const batch of store.scan(options)) entries.push(...entriesOf(batch));
  return entries;
}

export const hexKey = (key: unknown): string => toHex(keyBytes(key));
