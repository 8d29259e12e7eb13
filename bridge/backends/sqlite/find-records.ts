/** Records by key, many keys a statement. */
import { TARGET_ITEM_BYTES } from "../../../core/protocol/limits.ts";
import type { BackendRecord } from "../backend.ts";
import type { Cell, SqliteFile } from "./driver.ts";
import { type RowHead, toRecord, toRowHead } from "./record-rows.ts";

/** More does not make it faster (measured 10 to 200). */
const KEYS_PER_STATEMENT = 100;

/** A body longer than this is fetched alone, so that a statement's result stays small. */
const INLINE_BODY_BYTES = TARGET_ITEM_BYTES / 64;

const placeholders = (count: number): string => Array(count).fill("?").join(", ");

/** Key bytes as a map's key. */
export const keyText = (key: Uint8Array): string =>
  Buffer.from(key.buffer, key.byteOffset, key.byteLength).toString("latin1");

function* rowsOf(
  file: SqliteFile,
  table: string,
  columns: string,
  keys: readonly Uint8Array[],
): Generator<Cell[]> {
  for (let from = 0; from < keys.length; from += KEYS_PER_STATEMENT) {
    const some = keys.slice(from, from + KEYS_PER_STATEMENT);
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

/** Each key once, in the order given; a chunk has about TARGET_ITEM_BYTES, or one longer record. */
export function* findRecords(
  file: SqliteFile,
  table: string,
  keys: readonly Uint8Array[],
): Generator<BackendRecord[]> {
  for (let from = 0; from < keys.length; from += KEYS_PER_STATEMENT) {
    yield* chunksOf(file, table, keys.slice(from, from + KEYS_PER_STATEMENT));
  }
}

function* chunksOf(file: SqliteFile, table: string, keys: readonly Uint8Array[]): Generator<BackendRecord[]> {
  const columns = `key, version, digest, deleted, prevOpId,
    CASE WHEN length(body) <= ${INLINE_BODY_BYTES} THEN body END, coalesce(length(body), 0)`;
  const rows = new Map<string, Cell[]>();
  for (const row of rowsOf(file, table, columns, keys)) {
    if (row[0] instanceof Uint8Array) rows.set(keyText(row[0]), row);
  }
  let chunk: BackendRecord[] = [];
  let bytes = 0;
  for (const key of keys) {
    const row = rows.get(keyText(key));
    const size = key.length + Number(row?.[6] ?? 0);
    if (chunk.length > 0 && bytes + size > TARGET_ITEM_BYTES) {
      yield chunk;
      chunk = [];
      bytes = 0;
    }
    const isLong = Number(row?.[6] ?? 0) > INLINE_BODY_BYTES;
    chunk.push(
      row === undefined ? { key, state: "absent" } : isLong ? findRecord(file, table, key) : toRecord(row),
    );
    bytes += size;
  }
  if (chunk.length > 0) yield chunk;
}

export function findRecord(file: SqliteFile, table: string, key: Uint8Array): BackendRecord {
  const row = file
    .statement(`SELECT key, version, digest, deleted, prevOpId, body FROM ${table} WHERE key = ?`)
    .get([key]);
  return row === undefined ? { key, state: "absent" } : toRecord(row);
}
