/**
 * Pages of (key, version, digest, deleted) in key order.
 *
 * Bringing rows over from SQLite one by one costs more than SQLite itself, so a page is aggregated there and
 * comes as one row of hexadecimal text: measured 600,000 rows/s against 120,000. Where a page holds a row that
 * somebody else damaged, or a very long key, its rows come one by one instead.
 *
 * Completeness: a page is one SELECT, so one snapshot; SQLite returns all of its rows or throws, and the scan
 * ends with the page that has fewer rows than were asked for.
 */
import { DIGEST_BYTES, type EntryBatch, EntryState } from "../../../core/batch/entry-batch.ts";
import { EntryBatchBuilder } from "../../../core/batch/entry-batch-builder.ts";
import { TARGET_ITEM_BYTES } from "../../../core/protocol/limits.ts";
import { Deleted, toRowHead } from "../shared/document-rows.ts";
import type { Cell, SqliteFile } from "./driver.ts";

/** A key longer than this makes its page go row by row, where the page's size is bounded by bytes. */
const LONG_KEY_BYTES = 1024;

export interface Page {
  readonly batch: EntryBatch;
  /** The last key of the page, to go on after; undefined when nothing follows. */
  readonly last: Uint8Array | undefined;
}

export interface PageRange {
  /** Exclusive. */
  readonly after?: Uint8Array | undefined;
  /** Inclusive. */
  readonly lower?: Uint8Array | undefined;
  /** Exclusive. */
  readonly upper?: Uint8Array | undefined;
}

function whereOf(range: PageRange): { sql: string; parameters: Cell[] } {
  const conditions: string[] = [];
  const parameters: Cell[] = [];
  const add = (condition: string, value: Uint8Array | undefined): void => {
    if (value === undefined) return;
    conditions.push(condition);
    parameters.push(value);
  };
  add("key > ?", range.after);
  add("key >= ?", range.lower);
  add("key < ?", range.upper);
  return { sql: conditions.length === 0 ? "" : `WHERE ${conditions.join(" AND ")}`, parameters };
}

export function readPage(file: SqliteFile, table: string, range: PageRange, limit: number): Page {
  return aggregatedPage(file, table, range, limit) ?? pageByRows(file, table, range, limit);
}

/** Undefined when the page has to go row by row. */
function aggregatedPage(file: SqliteFile, table: string, range: PageRange, limit: number): Page | undefined {
  const where = whereOf(range);
  // The aggregates see the rows of the inner query in its order. SQLite does not promise that in writing, so
  // the order of the keys is checked by whoever decodes the batch: a change would be loud, not wrong.
  const row = file
    .statement(
      `SELECT count(*), group_concat(length(key)), group_concat(hex(key), ''), group_concat(deleted, ''),
        group_concat(coalesce(hex(digest), ''), ''), group_concat(version, ' '),
        max(length(key)), sum(version = '' OR deleted NOT IN (0, 1, 2)
          OR coalesce(length(digest), 0) <> (CASE deleted WHEN 0 THEN ${DIGEST_BYTES} ELSE 0 END))
       FROM (SELECT key, version, digest, deleted FROM ${table} ${where.sql} ORDER BY key LIMIT ?)`,
    )
    .get([...where.parameters, limit]);
  const [count, keyLengths, keys, deleted, digests, versions, longestKey, damaged] = row ?? [];
  if (count === 0) return { batch: new EntryBatchBuilder().build(), last: undefined };
  if (typeof count !== "number" || damaged !== 0 || Number(longestKey) > LONG_KEY_BYTES) return undefined;
  const batch = toBatch(count, {
    keyLengths: String(keyLengths),
    keys: String(keys),
    deleted: String(deleted),
    digests: String(digests),
    versions: String(versions),
  });
  if (batch === undefined) return undefined;
  return { batch, last: count < limit ? undefined : lastKey(batch) };
}

interface PageText {
  readonly keyLengths: string;
  readonly keys: string;
  readonly deleted: string;
  readonly digests: string;
  readonly versions: string;
}

/** Undefined when the columns do not fit each other, as when a version holds a space. */
function toBatch(count: number, page: PageText): EntryBatch | undefined {
  const keyEnds = endsOf(page.keyLengths.split(",").map(Number));
  const versions = page.versions.split(" ");
  const tokens = fromLatin1(versions.join(""));
  const keys = fromHexText(page.keys);
  const present = fromHexText(page.digests);
  if (keyEnds.length !== count || versions.length !== count || page.deleted.length !== count)
    return undefined;
  if (tokens.some((byte) => byte < 0x21 || byte > 0x7e)) return undefined;

  const states = new Uint8Array(count);
  const digests = new Uint8Array(count * DIGEST_BYTES);
  let nextDigest = 0;
  for (let i = 0; i < count; i++) {
    const deleted = page.deleted.charCodeAt(i) - 48;
    if (deleted === Deleted.no) {
      states[i] = EntryState.present;
      digests.set(present.subarray(nextDigest, nextDigest + DIGEST_BYTES), i * DIGEST_BYTES);
      nextDigest += DIGEST_BYTES;
    } else {
      states[i] = deleted === Deleted.yes ? EntryState.deleted : EntryState.absent;
    }
  }
  if (nextDigest !== present.length) return undefined;
  return {
    count,
    keys: { bytes: keys, ends: keyEnds },
    digests,
    states,
    tokens: { bytes: tokens, ends: endsOf(versions.map((version) => version.length)) },
  };
}

function endsOf(lengths: readonly number[]): Uint32Array {
  const ends = new Uint32Array(lengths.length);
  let end = 0;
  for (let i = 0; i < lengths.length; i++) {
    end += lengths[i] as number;
    ends[i] = end;
  }
  return ends;
}

const fromHexText = (hex: string): Uint8Array => new Uint8Array(Buffer.from(hex, "hex"));
const fromLatin1 = (text: string): Uint8Array => new Uint8Array(Buffer.from(text, "latin1"));

function lastKey(batch: EntryBatch): Uint8Array {
  return batch.keys.bytes.slice(batch.keys.ends[batch.count - 2] ?? 0);
}

/** Bounded by bytes as well: at most `limit` rows, and no more once the page is full. */
function pageByRows(file: SqliteFile, table: string, range: PageRange, limit: number): Page {
  const builder = new EntryBatchBuilder();
  let last = range.after;
  let bytes = 0;
  while (builder.count < limit && bytes < TARGET_ITEM_BYTES) {
    const rest = whereOf({ ...range, after: last });
    const row = file
      .statement(`SELECT key, version, digest, deleted FROM ${table} ${rest.sql} ORDER BY key LIMIT 1`)
      .get([...rest.parameters]);
    if (row === undefined) return { batch: builder.build(), last: undefined };
    const head = toRowHead(row);
    builder.push(head.key, head.state, head.digest, head.token);
    bytes += head.key.length;
    last = head.key;
  }
  return { batch: builder.build(), last };
}
