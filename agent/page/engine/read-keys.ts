/** Records by key, in chunks bounded by bytes. */
import { compareBytes } from "../../../core/key/compare-bytes.ts";
import { decodeKey } from "../../../core/key/decode-key.ts";
import { encodeKey } from "../../../core/key/encode-key.ts";
import { fromHex } from "../../../core/key/hex.ts";
import { BatchSize, FIRST_BATCH } from "./batch-size.ts";
import { keyAtPath } from "./key-path.ts";
import type { OpenStore } from "./open-store.ts";
import { reasonOf, Unreadable } from "./read-rows.ts";
import { resultOf } from "./requests.ts";
import { sharesThreadWithPage } from "./time-slices.ts";

export interface WantedKey {
  readonly key: IDBValidKey;
  readonly bytes: Uint8Array;
}

/** What is there under a wanted key: a value, `Unreadable`, or `ABSENT` (a record may hold undefined). */
export type Found = { readonly value: unknown } | typeof ABSENT;
export const ABSENT = Symbol("absent");

/** Keys a chunk at most; a range call for them may read twice as many records. */
const MAX_CHUNK = 2_000;

/** By store: how many of its records fit a chunk. Requests are many and short; each would learn it anew. */
const learnedChunks = new Map<string, number>();
const MAX_LEARNED = 256;

/** After a range call that read too much, so many chunks are read key by key. */
const CHUNKS_BEFORE_NEXT_TRY = 8;

export function wantedKey(hex: string): WantedKey {
  const bytes = fromHex(hex);
  return { key: decodeKey(bytes), bytes };
}

/** Yields what is there for each key, in order; the next chunk is under way while the last one is used. */
export async function* readKeys(
  store: OpenStore,
  keys: readonly string[],
): AsyncGenerator<readonly Found[], void, void> {
  const name = JSON.stringify([store.connection.name, store.name]);
  const size = new BatchSize(MAX_CHUNK, learnedChunks.get(name) ?? FIRST_BATCH, sharesThreadWithPage);
  const density = new Density();
  let at = 0;
  const readNext = (): Promise<readonly Found[]> | undefined => {
    if (at === keys.length) return undefined;
    const wanted = keys.slice(at, at + size.next).map(wantedKey);
    at += wanted.length;
    const reading = readChunkOrEach(store, wanted, density);
    reading.catch(() => undefined);
    return reading;
  };
  let reading = readNext();
  while (reading !== undefined) {
    const found = await reading;
    size.learn(found.filter((each) => each !== ABSENT));
    if (learnedChunks.size >= MAX_LEARNED) learnedChunks.clear();
    learnedChunks.set(name, size.next);
    reading = readNext();
    yield found;
  }
}

/** Remembers whether range calls pay: they do while they read at most twice what is wanted. */
export class Density {
  #chunksUntilTry: number;

  /** @param chunksUntilTry how many chunks to read key by key first */
  constructor(chunksUntilTry = 0) {
    this.#chunksUntilTry = chunksUntilTry;
  }

  get triesRange(): boolean {
    if (this.#chunksUntilTry === 0) return true;
    this.#chunksUntilTry--;
    return false;
  }

  rangeWasTooWide(): void {
    this.#chunksUntilTry = CHUNKS_BEFORE_NEXT_TRY;
  }
}

/** What is there for ascending keys; each in a transaction of its own where one record spoils theirs. */
export async function readChunkOrEach(
  store: OpenStore,
  wanted: readonly WantedKey[],
  density: Density,
): Promise<readonly Found[]> {
  try {
    return await readChunk(store.begin(), store.keyPath, wanted, density);
  } catch {
    return Promise.all(wanted.map(({ key }) => readByKey(store.begin(), key)));
  }
}

/**
 * What is there for ascending keys, within one transaction.
 *
 * @throws SpoiltRead
 */
export async function readChunk(
  store: IDBObjectStore,
  keyPath: string | readonly string[] | null,
  wanted: readonly WantedKey[],
  density: Density,
): Promise<readonly Found[]> {
  if (wanted.length > 1 && density.triesRange) {
    const found = await readByRange(store, keyPath, wanted);
    if (found !== undefined) return found;
    density.rangeWasTooWide();
  }
  const read = await Promise.allSettled(wanted.map(({ key }) => readByKey(store, key)));
  const found = read.map((each) => (each.status === "fulfilled" ? each.value : undefined));
  const lost = read.find((each) => each.status === "rejected");
  if (lost !== undefined) throw new SpoiltRead(found, lost.reason);
  return found as readonly Found[];
}

/** The transaction was aborted while it read: in Chromium, one record that cannot be read does that. */
export class SpoiltRead extends Error {
  override readonly name = "SpoiltRead";
  /** Undefined for what it did not come to. */
  readonly found: readonly (Found | undefined)[];

  constructor(found: readonly (Found | undefined)[], cause: unknown) {
    super(reasonOf(cause));
    this.found = found;
  }
}

/** Undefined where a range holds too much else, or a record that cannot be read. */
async function readByRange(
  store: IDBObjectStore,
  keyPath: string | readonly string[] | null,
  wanted: readonly WantedKey[],
): Promise<readonly Found[] | undefined> {
  const range = IDBKeyRange.bound(wanted[0]?.key, wanted.at(-1)?.key);
  const limit = 2 * wanted.length + 1;
  try {
    const [values, keys] = await Promise.all([
      resultOf<unknown[]>(store.getAll(range, limit)),
      keyPath === null ? resultOf(store.getAllKeys(range, limit)) : undefined,
    ]);
    if (values.length === limit) return undefined;
    const keyAt = (index: number): unknown =>
      keys === undefined ? keyAtPath(values[index], keyPath as string) : keys[index];
    return pickWanted(wanted, values, keyAt);
  } catch {
    return undefined;
  }
}

function pickWanted(
  wanted: readonly WantedKey[],
  values: readonly unknown[],
  keyAt: (index: number) => unknown,
): readonly Found[] {
  let index = 0;
  let bytes = values.length === 0 ? undefined : encodeKey(keyAt(0));
  return wanted.map((each) => {
    for (;;) {
      if (bytes === undefined) return ABSENT;
      const order = compareBytes(bytes, each.bytes);
      if (order > 0) return ABSENT;
      const value = values[index];
      index++;
      bytes = index < values.length ? encodeKey(keyAt(index)) : undefined;
      if (order === 0) return { value };
    }
  });
}

/** @throws DOMException where the transaction is not active any more, which says nothing about the record */
async function readByKey(store: IDBObjectStore, key: IDBValidKey): Promise<Found> {
  try {
    const value: unknown = await resultOf(store.get(key));
    if (value !== undefined) return { value };
    // Only a count tells a record that holds undefined from none.
    return (await resultOf(store.count(key))) === 0 ? ABSENT : { value };
  } catch (error) {
    if (isOfAbortedTransaction(error)) throw error;
    return { value: new Unreadable(reasonOf(error)) };
  }
}

/** Not this request, but its whole transaction has failed. */
export function isOfAbortedTransaction(error: unknown): boolean {
  const { name } = error as { name?: unknown };
  return name === "AbortError" || name === "TransactionInactiveError" || name === "InvalidStateError";
}
