/** Records by key, many keys a statement. */
import { type EntryBatch, EntryState } from "../../../core/batch/entry-batch.ts";
import { keyAt } from "../../../core/batch/entry-batch-access.ts";
import { EntryBatchBuilder } from "../../../core/batch/entry-batch-builder.ts";
import { compareBytes } from "../../../core/key/compare-bytes.ts";
import { TARGET_ITEM_BYTES } from "../../../core/protocol/limits.ts";
import type { BackendRecord } from "../backend.ts";
import { type RowHead, toRecord, toRowHead } from "../shared/document-rows.ts";
import { keyText } from "../shared/key-text.ts";
import { aggregatedRecords, type FoundRecords, INLINE_BODY_BYTES } from "./aggregated-records.ts";
import type { Cell, SqliteFile } from "./driver.ts";
import { readPage } from "./scan-pages.ts";

/** More does not make it faster (measured 10 to 200). */
const KEYS_PER_STATEMENT = 100;

/** Keys that are looked for by one range. */
const KEYS_PER_RANGE = 500;

/** After a range that held too much else, so many are not tried. */
const RANGES_LEFT_OUT = 8;

const placeholders = (count: number): string => Array(count).fill("?").join(", ");

function* rowsOf(
  file: SqliteFile,
  table: string,
  columns: string,
  keys: readonly Uint8Array[],
): Generator<Cell[]> {
  for (const some of inChunks(keys, KEYS_PER_STATEMENT)) {
    const sql = `SELECT ${columns} FROM ${table} WHERE key IN (${placeholders(some.length)})`;
    yield* file.statement(sql).iterate(some);
  }
}

/** Missing keys are missing in the map. */
export function findHeads(
  file: SqliteFile,
  table: string,
  keys: readonly Uint8Array[],
): Map<string, RowHead> {
  const heads = new Map<string, RowHead>();
  for (const row of rowsOf(file, table, "key, version, digest, deleted", keys)) {
    const head = toRowHead(row);
    heads.set(keyText(head.key), head);
  }
  return heads;
}

/** One entry a key, in ascending order, as the keys are. */
export function lookupEntries(file: SqliteFile, table: string, keys: readonly Uint8Array[]): EntryBatch {
  const builder = new EntryBatchBuilder();
  const ranges = new RangeTries();
  for (const some of inChunks(keys, KEYS_PER_RANGE)) {
    const page = ranges.tryRange(some, ({ lower, upper, limit }) => {
      const { batch, last } = readPage(file, table, { lower, upper }, limit + 1);
      return batch.count > limit || last !== undefined ? undefined : batch;
    });
    if (page === undefined) pushHeads(builder, some, findHeads(file, table, some));
    else pushFound(builder, some, page);
  }
  return builder.build();
}

function pushFound(builder: EntryBatchBuilder, keys: readonly Uint8Array[], page: EntryBatch): void {
  let at = 0;
  for (const key of keys) {
    while (at < page.count && compareBytes(keyAt(page, at), key) < 0) at++;
    const isThere = at < page.count && compareBytes(keyAt(page, at), key) === 0;
    if (isThere) builder.pushFrom(page, at);
    else builder.push(key, EntryState.absent);
  }
}

function pushHeads(
  builder: EntryBatchBuilder,
  keys: readonly Uint8Array[],
  heads: ReadonlyMap<string, RowHead>,
): void {
  for (const key of keys) {
    const head = heads.get(keyText(key));
    if (head === undefined) builder.push(key, EntryState.absent);
    else builder.push(key, head.state, head.digest, head.token);
  }
}

/** Each key once, in the order given; a chunk has about TARGET_ITEM_BYTES, or one longer record. */
export function* findRecords(
  file: SqliteFile,
  table: string,
  keys: readonly Uint8Array[],
): Generator<BackendRecord[]> {
  const ranges = new RangeTries();
  let chunk: BackendRecord[] = [];
  let bytes = 0;
  for (const some of inChunks(keys, KEYS_PER_RANGE)) {
    const found =
      ranges.tryRange(some, ({ lower, upper, limit }) =>
        aggregatedRecords(file, table, "key >= ? AND key < ?", [lower, upper], limit),
      ) ?? recordsByKeys(file, table, some);
    for (const key of some) {
      const record = found.get(keyText(key));
      const isLong = record !== undefined && "bodyBytes" in record;
      const size = key.length + (isLong ? record.bodyBytes : (record?.body?.length ?? 0));
      if (chunk.length > 0 && bytes + size > TARGET_ITEM_BYTES) {
        yield chunk;
        chunk = [];
        bytes = 0;
      }
      chunk.push(isLong ? findRecord(file, table, key) : (record ?? { key, state: "absent" }));
      bytes += size;
    }
  }
  if (chunk.length > 0) yield chunk;
}

function recordsByKeys(file: SqliteFile, table: string, keys: readonly Uint8Array[]): FoundRecords {
  const found: FoundRecords = new Map();
  for (const some of inChunks(keys, KEYS_PER_STATEMENT)) {
    const where = `key IN (${placeholders(some.length)})`;
    const records =
      aggregatedRecords(file, table, where, some, some.length) ?? recordsByRows(file, table, some);
    for (const [key, record] of records) found.set(key, record);
  }
  return found;
}

/** Row by row: where one is damaged, the others are as they are. */
function recordsByRows(file: SqliteFile, table: string, keys: readonly Uint8Array[]): FoundRecords {
  const columns = `key, version, digest, deleted, prevOpId,
    CASE WHEN length(body) <= ${INLINE_BODY_BYTES} THEN body END, coalesce(length(body), 0)`;
  const found: FoundRecords = new Map();
  for (const row of rowsOf(file, table, columns, keys)) {
    const bodyBytes = Number(row[6]);
    if (!(row[0] instanceof Uint8Array)) continue;
    found.set(keyText(row[0]), bodyBytes > INLINE_BODY_BYTES ? { bodyBytes } : toRecord(row));
  }
  return found;
}

export function findRecord(file: SqliteFile, table: string, key: Uint8Array): BackendRecord {
  const row = file
    .statement(`SELECT key, version, digest, deleted, prevOpId, body FROM ${table} WHERE key = ?`)
    .get([key]);
  return row === undefined ? { key, state: "absent" } : toRecord(row);
}

interface DenseRange {
  readonly lower: Uint8Array;
  /** Exclusive. */
  readonly upper: Uint8Array;
  /** Rows up to which reading the range is cheaper than looking for its keys. */
  readonly limit: number;
}

/** Whether ranges pay: they do while they hold at most twice what is wanted. */
class RangeTries {
  #leftOut = 0;

  /** Undefined where the keys are not in order, or `read` answers undefined. */
  tryRange<Found>(
    keys: readonly Uint8Array[],
    read: (range: DenseRange) => Found | undefined,
  ): Found | undefined {
    if (this.#leftOut > 0) {
      this.#leftOut--;
      return undefined;
    }
    const [lower] = keys;
    const last = keys.at(-1);
    if (lower === undefined || last === undefined || keys.length < 2 || !isAscending(keys)) return undefined;
    const found = read({ lower, upper: successorOf(last), limit: 2 * keys.length });
    if (found === undefined) this.#leftOut = RANGES_LEFT_OUT;
    return found;
  }
}

function isAscending(keys: readonly Uint8Array[]): boolean {
  return keys.every((key, i) => i === 0 || compareBytes(keys[i - 1] as Uint8Array, key) < 0);
}

/** The least key above this one. */
function successorOf(key: Uint8Array): Uint8Array {
  const successor = new Uint8Array(key.length + 1);
  successor.set(key);
  return successor;
}

function* inChunks<Item>(items: readonly Item[], size: number): Generator<readonly Item[]> {
  for (let from = 0; from < items.length; from += size) yield items.slice(from, from + size);
}
