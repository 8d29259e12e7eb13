/**
 * A scan in key order.
 *
 * Completeness: the scanner has no end of its own. It is read up to the first row at or behind the end of the range, which
 * at the latest is the one that lies behind all records of the collection. A scanner that says before that there is no
 * more was cut off: it goes on with another one after the last row, and where that does not help it is an error.
 */
import { setTimeout as wait } from "node:timers/promises";
import type { EntryBatch } from "../../../core/batch/entry-batch.ts";
import { EntryBatchBuilder } from "../../../core/batch/entry-batch-builder.ts";
import type { BackendScan } from "../backend.ts";
import { BackendError } from "../backend-error.ts";
import type { Row } from "./cell-set.ts";
import { cutOff, type RecordsOf } from "./find-records.ts";
import { headOf } from "./record-rows.ts";
import { ahead, joined } from "./row-parts.ts";
import { endRowOf, HEAD_COLUMNS, recordRow } from "./schema.ts";

/** Of one answer. */
const MAX_CELLS = 10_000;
const MIN_CELLS = 200;

/** Without a row in between. */
const MAX_TRIES = 3;
const PAUSE_MS = 500;

export async function* scanTable(
  records: RecordsOf,
  range: BackendScan,
  limit: number,
  signal: AbortSignal,
): AsyncGenerator<EntryBatch> {
  const builder = new EntryBatchBuilder();
  for await (const row of rowsOf(records, range, cellsFor(limit), signal)) {
    const { key, state, digest, token } = headOf(records.prefix, row);
    builder.push(key, state, digest, token);
    if (builder.count < limit) continue;
    signal.throwIfAborted();
    yield builder.build();
  }
  if (builder.count > 0) yield builder.build();
}

const cellsFor = (limit: number): number =>
  Math.min(MAX_CELLS, Math.max(MIN_CELLS, limit * HEAD_COLUMNS.length));

/** Whole rows in order, to the end of the range. */
async function* rowsOf(
  records: RecordsOf,
  range: BackendScan,
  cells: number,
  signal: AbortSignal,
): AsyncGenerator<Row> {
  const { gateway, prefix } = records;
  const end = range.upper === undefined ? endRowOf(prefix) : recordRow(prefix, range.upper);
  let from = startOf(prefix, range);
  for (let tries = 1; ; tries++) {
    let failure: BackendError | undefined;
    try {
      for await (const row of openRows(records, { from, end, cells }, signal)) {
        if (row.key >= end) return;
        yield row;
        from = `${row.key}\0`;
        tries = 0;
      }
    } catch (error) {
      if (!(error instanceof BackendError) || error.code !== "backend-unavailable") throw error;
      failure = error;
    }
    if (tries === MAX_TRIES) throw failure ?? cutOff(gateway.where);
    await wait(PAUSE_MS, undefined, { signal });
  }
}

function startOf(prefix: string, { after, lower }: BackendScan): string {
  if (after !== undefined && (lower === undefined || Buffer.compare(after, lower) >= 0)) {
    return `${recordRow(prefix, after)}\0`;
  }
  return lower === undefined ? prefix : recordRow(prefix, lower);
}

interface Opened {
  readonly from: string;
  readonly end: string;
  readonly cells: number;
}

/**
 * One scanner's whole rows, an answer ahead, up to the first at or behind `end`, which may be cut. Without that one it
 * ended where the scanner said that there is no more; the row before that may have been cut, and is left out.
 */
async function* openRows(
  { gateway }: RecordsOf,
  { from, end, cells }: Opened,
  signal: AbortSignal,
): AsyncGenerator<Row> {
  const scanner = await gateway.openScanner({ startRow: from, columns: HEAD_COLUMNS, cells });
  try {
    let open: Row | undefined;
    let next = ahead(gateway.nextRows(scanner));
    for (let rows = await next; rows !== undefined; rows = await next) {
      signal.throwIfAborted();
      next = ahead(gateway.nextRows(scanner));
      for (const row of rows) {
        if (open !== undefined && open.key !== row.key) yield open;
        open = open?.key === row.key ? joined(open, row) : row;
        if (row.key >= end) {
          yield row;
          return;
        }
      }
    }
  } finally {
    await gateway.closeScanner(scanner);
  }
}
