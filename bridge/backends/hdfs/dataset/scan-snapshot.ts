/**
 * A scan in key order: the segments are merged, of several rows of a key that of the newest segment counts.
 *
 * Completeness: everything read is what one manifest names, vouched for by its checksums. A segment is opened where its
 * first key comes up, so that those written one after the other in the order of their keys are read one after the other.
 */
import type { EntryBatch } from "../../../../core/batch/entry-batch.ts";
import { EntryBatchBuilder } from "../../../../core/batch/entry-batch-builder.ts";
import { compareBytes } from "../../../../core/key/compare-bytes.ts";
import type { BackendScan } from "../../backend.ts";
import type { Snapshot } from "./dataset.ts";
import { SegmentCursor } from "./segment-cursor.ts";

/** Segments whose first blocks are on their way before they are needed. */
const AHEAD = 3;

/** Batches of at most `limit` entries, never empty. */
export async function* scanSnapshot(
  { segments }: Snapshot,
  range: BackendScan,
  limit: number,
  signal: AbortSignal,
): AsyncGenerator<EntryBatch> {
  const builder = new EntryBatchBuilder();
  for await (const { cursor, rows } of mergedRows(
    segments.map((segment) => new SegmentCursor(segment, { ...range, signal })),
    range.upper,
  )) {
    for (let row = cursor.row; row < cursor.row + rows; row++) {
      builder.pushFrom(cursor.entries, row);
      if (builder.count < limit) continue;
      signal.throwIfAborted();
      yield builder.build();
    }
  }
  if (builder.count > 0) yield builder.build();
}

export interface RowRun {
  readonly cursor: SegmentCursor;
  /** From the cursor's own row on, all that count. */
  readonly rows: number;
}

/** @param cursors Of segments, oldest first. */
export async function* mergedRows(
  cursors: readonly SegmentCursor[],
  upper?: Uint8Array,
): AsyncGenerator<RowRun> {
  const waiting = [...cursors].sort((a, b) => compareBytes(a.from, b.from));
  /** Newest first. */
  const active: SegmentCursor[] = [];
  const age = new Map(cursors.map((cursor, at) => [cursor, at]));
  const join = async (cursor: SegmentCursor): Promise<void> => {
    for (const next of waiting.slice(0, AHEAD)) next.prepare();
    if (!(await cursor.open())) return;
    active.push(cursor);
    active.sort((a, b) => (age.get(b) ?? 0) - (age.get(a) ?? 0));
  };
  for (;;) {
    const { least, second, isShared } = leastOf(active);
    const next = waiting[0];
    if (next !== undefined && (least === undefined || compareBytes(next.from, least.key) <= 0)) {
      waiting.shift();
      await join(next);
      continue;
    }
    if (least === undefined) return;
    const { key } = least;
    if (upper !== undefined && compareBytes(key, upper) >= 0) return;
    const rows = isShared ? 1 : least.rowsBefore(earlier(earlier(next?.from, upper), second?.key));
    yield { cursor: least, rows };
    const passing = isShared ? active.filter((cursor) => compareBytes(cursor.key, key) === 0) : [least];
    for (const cursor of passing) {
      const isThere = cursor.pass(rows);
      // A promise for every row would cost more than the row.
      if (!(isThere === true || (await isThere))) active.splice(active.indexOf(cursor), 1);
    }
  }
}

interface Least {
  /** Of equal keys that of the newest segment. */
  readonly least: SegmentCursor | undefined;
  /** With the least key behind that one's. */
  readonly second: SegmentCursor | undefined;
  /** Others are at the least key, too. */
  readonly isShared: boolean;
}

/** @param active Newest first. */
function leastOf(active: readonly SegmentCursor[]): Least {
  let [least, second, isShared]: [SegmentCursor?, SegmentCursor?, boolean?] = [];
  for (const cursor of active) {
    const order = least === undefined ? -1 : compareBytes(cursor.key, least.key);
    if (order < 0) {
      [least, second, isShared] = [cursor, least, false];
    } else if (order === 0) {
      isShared = true;
    } else if (second === undefined || compareBytes(cursor.key, second.key) < 0) {
      second = cursor;
    }
  }
  return { least, second, isShared: isShared === true };
}

function earlier(a: Uint8Array | undefined, b: Uint8Array | undefined): Uint8Array | undefined {
  if (a === undefined || b === undefined) return a ?? b;
  return compareBytes(a, b) < 0 ? a : b;
}
