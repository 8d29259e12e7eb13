/**
 * Whole records, aggregated in SQLite: one row of columns for some hundred records, since bringing them over one
 * by one costs more than SQLite itself (measured: 7 us a record one by one, 4 by keys, 2 by range).
 */
import { DIGEST_BYTES } from "../../../core/batch/entry-batch.ts";
import type { BackendRecord } from "../backend.ts";
import { Deleted } from "../shared/document-rows.ts";
import { keyText } from "../shared/key-text.ts";
import type { Cell, SqliteFile } from "./driver.ts";

/** A body longer than this is fetched alone, so that a statement's result stays small. */
export const INLINE_BODY_BYTES = 4096;

/** A record whose body is longer, by the bytes that it has. */
export interface LongRecord {
  readonly bodyBytes: number;
}

/** By the text of the key; missing records are missing. */
export type FoundRecords = Map<string, BackendRecord | LongRecord>;

/**
 * The records of one inner query. Undefined where they have to be read row by row: a row is damaged, or the file
 * is not in UTF-8 (bodies are joined as text).
 *
 * @param where Condition on `key`, with its parameters.
 * @param limit Undefined is also the answer when there are more.
 */
export function aggregatedRecords(
  file: SqliteFile,
  table: string,
  where: string,
  parameters: readonly Cell[],
  limit: number,
): FoundRecords | undefined {
  const row = file
    .statement(
      `SELECT count(*), group_concat(length(key)), group_concat(hex(key), ''), group_concat(version, ' '),
        group_concat(deleted, ''), group_concat(coalesce(hex(digest), ''), ''),
        group_concat(coalesce(prevOpId, ''), ' '), group_concat(coalesce(length(body), 0)),
        CAST(group_concat(CAST(CASE WHEN length(body) <= ${INLINE_BODY_BYTES} THEN body END AS TEXT), '') AS BLOB),
        sum(version = '' OR deleted NOT IN (0, 1, 2) OR (deleted = 0 AND body IS NULL)
          OR coalesce(length(digest), 0) <> (CASE deleted WHEN 0 THEN ${DIGEST_BYTES} ELSE 0 END)),
        (SELECT encoding FROM pragma_encoding)
       FROM (SELECT key, version, deleted, digest, prevOpId, body FROM ${table} WHERE ${where} LIMIT ?)`,
    )
    .get([...parameters, limit + 1]);
  const [count, keyLengths, keys, versions, deleted, digests, previous, lengths, bodies, damaged, encoding] =
    row ?? [];
  if (count === 0) return new Map();
  if (typeof count !== "number" || count > limit || damaged !== 0 || encoding !== "UTF-8") return undefined;
  const columns: Columns = {
    keyLengths: String(keyLengths).split(",").map(Number),
    keys: Buffer.from(String(keys), "hex"),
    versions: String(versions).split(" "),
    deleted: String(deleted),
    digests: Buffer.from(String(digests), "hex"),
    previous: String(previous).split(" "),
    bodyLengths: String(lengths).split(",").map(Number),
    bodies: bodies instanceof Uint8Array ? bodies : new Uint8Array(0),
  };
  // A version or an id that holds a space would shift the others.
  const isWhole =
    columns.versions.length === count &&
    columns.previous.length === count &&
    columns.deleted.length === count;
  return isWhole ? toRecords(columns, count) : undefined;
}

interface Columns {
  readonly keyLengths: readonly number[];
  readonly keys: Uint8Array;
  readonly versions: readonly string[];
  readonly deleted: string;
  readonly digests: Uint8Array;
  /** Empty = none. */
  readonly previous: readonly string[];
  readonly bodyLengths: readonly number[];
  /** Of those that are not too long. */
  readonly bodies: Uint8Array;
}

const PRINTABLE_ASCII = /^[\x21-\x7e]+$/;

function toRecords(columns: Columns, count: number): FoundRecords | undefined {
  const found: FoundRecords = new Map();
  const keyBytes = cutter(columns.keys);
  const digests = cutter(columns.digests);
  const bodies = cutter(columns.bodies);
  for (let i = 0; i < count; i++) {
    const key = keyBytes.next(columns.keyLengths[i] as number);
    const token = columns.versions[i] as string;
    if (!PRINTABLE_ASCII.test(token)) return undefined;
    const prevOpId = columns.previous[i] as string;
    const own = prevOpId === "" ? { key, token } : { key, token, prevOpId };
    const deleted = columns.deleted.charCodeAt(i) - 48;
    const bodyBytes = columns.bodyLengths[i] as number;
    const isLong = bodyBytes > INLINE_BODY_BYTES;
    const body = isLong ? undefined : bodies.next(bodyBytes);
    if (deleted !== Deleted.no) {
      found.set(keyText(key), { ...own, state: deleted === Deleted.yes ? "deleted" : "absent" });
      continue;
    }
    const digest = digests.next(DIGEST_BYTES);
    found.set(keyText(key), body === undefined ? { bodyBytes } : { ...own, state: "present", digest, body });
  }
  return keyBytes.atEnd && digests.atEnd && bodies.atEnd ? found : undefined;
}

/** Consecutive views. */
function cutter(bytes: Uint8Array): { next(length: number): Uint8Array; readonly atEnd: boolean } {
  let at = 0;
  return {
    next: (length) => {
      at += length;
      return new Uint8Array(bytes.buffer, bytes.byteOffset + at - length, length);
    },
    get atEnd() {
      return at === bytes.length;
    },
  };
}
