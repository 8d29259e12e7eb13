/**
 * Which history of a collection a sequence number belongs to: how a file that was put back from a backup is
 * recognised, also after others have written to it again and its numbers have passed the checkpoint.
 *
 * A history is a random name for a run of numbers that one process wrote without anything in between. A process
 * goes on with a history only while the collection is exactly as its own last commit left it; whenever it is not
 * (another process wrote, the file was put back, its own last commit failed), it begins a new one. So no number
 * has the same history twice, and a checkpoint names both.
 */
import { randomUUID } from "node:crypto";
import { quoteIdentifier, type SqliteFile } from "./driver.ts";

const TABLE = quoteIdentifier("driftscope_histories");

/**
 * `firstSeq` 0 with an empty name stands for what was written before there were histories. Rows are written in
 * turns of several processes only, so that few are kept: a checkpoint of one that is gone is called too old.
 */
const CREATE_TABLE = `CREATE TABLE ${TABLE} (
  collection INTEGER NOT NULL,
  firstSeq INTEGER NOT NULL,
  history TEXT NOT NULL,
  PRIMARY KEY (collection, firstSeq)
) STRICT, WITHOUT ROWID`;
const KEPT = 10_000;
const FORGET_EVERY = 1_000;

/** What one process knows of the collection it writes to. */
export class HistoryWriter {
  #left: { readonly seq: number; readonly history: string } | undefined;
  #begun = 0;

  /** Inside a write transaction that took `count` numbers from `firstSeq` on. */
  goOn(file: SqliteFile, collection: number, firstSeq: number, count: number): void {
    if (count === 0) return;
    const seq = firstSeq + count - 1;
    const found = historyAt(file, collection, firstSeq - 1);
    if (this.#left?.seq === firstSeq - 1 && this.#left.history === found) {
      this.#left = { seq, history: found };
      return;
    }
    const history = randomUUID();
    ensureTable(file, collection);
    file
      .statement(`INSERT INTO ${TABLE} (collection, firstSeq, history) VALUES (?, ?, ?)`)
      .run([collection, firstSeq, history]);
    if (this.#begun++ % FORGET_EVERY === 0) forgetOldest(file, collection);
    this.#left = { seq, history };
  }
}

/** Undefined = it is not known any more. */
export function historyAt(file: SqliteFile, collection: number, seq: number): string | undefined {
  if (!hasTable(file)) return "";
  const row = file
    .statement(
      `SELECT history FROM ${TABLE} WHERE collection = ? AND firstSeq <= ? ORDER BY firstSeq DESC LIMIT 1`,
    )
    .get([collection, seq]);
  if (row !== undefined) return String(row[0]);
  return hasRows(file, collection) ? undefined : "";
}

function hasTable(file: SqliteFile): boolean {
  const query = "SELECT 1 FROM sqlite_schema WHERE type = 'table' AND name = 'driftscope_histories'";
  return file.statement(query).get([]) !== undefined;
}

function hasRows(file: SqliteFile, collection: number): boolean {
  return (
    file.statement(`SELECT 1 FROM ${TABLE} WHERE collection = ? LIMIT 1`).get([collection]) !== undefined
  );
}

function ensureTable(file: SqliteFile, collection: number): void {
  if (!hasTable(file)) file.exec(CREATE_TABLE);
  if (hasRows(file, collection)) return;
  file.statement(`INSERT INTO ${TABLE} (collection, firstSeq, history) VALUES (?, 0, '')`).run([collection]);
}

function forgetOldest(file: SqliteFile, collection: number): void {
  file
    .statement(
      `DELETE FROM ${TABLE} WHERE collection = ? AND firstSeq < (SELECT firstSeq FROM ${TABLE} WHERE collection = ?
        ORDER BY firstSeq DESC LIMIT 1 OFFSET ?)`,
    )
    .run([collection, collection, KEPT]);
}
