/**
 * A scan of somebody's table, in the order of its keys.
 *
 * Completeness: there is no row of ours behind theirs. A scan counts where it came to a row at or behind the end of its
 * range, or to the row that a read from the other end of the table finds last, after the scanner said that there is no
 * more; and where it saw the first row of every region, as far as those are still there. A gateway whose servers are gone
 * answers the one with an error, and leaves the other out.
 */
import { setTimeout as wait } from "node:timers/promises";
import { BackendError } from "../../backend-error.ts";
import { inParallel } from "../../shared/in-parallel.ts";
import type { Row } from "../cell-set.ts";
import { cutOff } from "../find-records.ts";
import { ahead, joined } from "../row-parts.ts";
import { findRows, firstKeyFrom } from "./find-rows.ts";
import type { ForeignTable } from "./foreign-table.ts";
import type { RowRange } from "./row-range.ts";

/** Of one answer: about so many bytes, in so many cells. */
const ANSWER_BYTES = 4 * 1024 * 1024;
const FIRST_CELLS = 500;
const MAX_CELLS = 20_000;

/** Without a row in between. */
const MAX_TRIES = 3;
const PAUSE_MS = 500;
const REGIONS_AT_A_TIME = 8;

/** @param columns As bytes. @throws BackendError; ProtocolError "incomplete" */
export async function* scanRows(
  table: ForeignTable,
  range: RowRange,
  columns: readonly string[],
  signal: AbortSignal,
): AsyncGenerator<Row> {
  const progress: Progress = { from: range.start, marks: await marksOf(table, range), missed: [] };
  for (let tries = 1; ; tries++) {
    const { from } = progress;
    let failure: BackendError | undefined;
    try {
      const ended = yield* openRows(table, progress, { end: range.end, columns }, signal);
      if (ended === "at the end") return await requireGone(table, [...progress.missed, ...progress.marks]);
    } catch (error) {
      if (!(error instanceof BackendError) || error.code !== "backend-unavailable") throw error;
      failure = error;
    }
    if (progress.from !== from) tries = 0;
    else if (tries === MAX_TRIES) throw failure ?? cutOff(table.where);
    await wait(PAUSE_MS, undefined, { signal });
  }
}

interface Progress {
  /** Where the rows begin that were not seen yet. */
  from: string;
  /** Keys at or behind `from` that it has to come by. */
  readonly marks: string[];
  /** Those that it did not. */
  readonly missed: string[];
}

function pass(progress: Progress, { key }: Row): void {
  const { marks, missed } = progress;
  while (marks[0] !== undefined && marks[0] <= key) {
    const mark = marks.shift() as string;
    if (mark !== key) missed.push(mark);
  }
  progress.from = `${key}\0`;
}

/** The first row of each region, which a scan of all rows comes by; in order. */
async function marksOf(table: ForeignTable, { start, end }: RowRange): Promise<string[]> {
  const regions = await table.regions();
  const within = regions.filter(({ startKey }) => startKey > start && (end === undefined || startKey < end));
  const rows = await inParallel(within, REGIONS_AT_A_TIME, ({ startKey }) => firstKeyFrom(table, startKey));
  const keys = rows.flatMap((row) =>
    row === undefined || (end !== undefined && row.key >= end) ? [] : [row.key],
  );
  return [...new Set(keys)].sort();
}

/** Rows that the scan did not see have to be deleted by now. */
async function requireGone(table: ForeignTable, keys: readonly string[]): Promise<void> {
  if (keys.length === 0) return;
  const there = await findRows(table, keys);
  if (there.size > 0) throw cutOff(table.where);
}

interface Wanted {
  readonly end: string | undefined;
  readonly columns: readonly string[];
}

/**
 * One scanner's whole rows, an answer ahead. It ends at the end of the range for certain, or where the scanner said that
 * there is no more; the row before that may have been cut, and is read again or left out.
 */
async function* openRows(
  table: ForeignTable,
  progress: Progress,
  { end, columns }: Wanted,
  signal: AbortSignal,
): AsyncGenerator<Row, "at the end" | "perhaps cut off"> {
  const { from } = progress;
  const scanner = await table.openScanner({ startRow: from, columns });
  let open: Row | undefined;
  try {
    let cells = FIRST_CELLS;
    let next = ahead(table.nextRows(scanner, cells));
    for (let answer = await next; answer !== undefined; answer = await next) {
      signal.throwIfAborted();
      cells = Math.max(1, Math.min(MAX_CELLS, Math.floor((cells * ANSWER_BYTES) / answer.bytes)));
      next = ahead(table.nextRows(scanner, cells));
      for (const row of answer.rows) {
        if (open !== undefined && open.key !== row.key) {
          pass(progress, open);
          yield open;
        }
        if (end !== undefined && row.key >= end) return "at the end";
        open = open?.key === row.key ? joined(open, row) : row;
      }
    }
  } finally {
    await table.closeScanner(scanner);
  }
  const last = await table.lastRow();
  // That all rows are gone by now is believed of a table in which none was seen.
  if (last === undefined) return open === undefined && from === "" ? "at the end" : "perhaps cut off";
  if (last.key < (open?.key ?? progress.from)) return "at the end";
  if (last.key !== open?.key) return "perhaps cut off";
  const whole = (await findRows(table, [last.key])).get(last.key);
  if (whole === undefined) return "perhaps cut off";
  pass(progress, whole);
  yield whole;
  return "at the end";
}
