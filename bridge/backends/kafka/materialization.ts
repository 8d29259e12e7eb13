/**
 * A collection's records as its topic's log says, in an SQLite file in the bridge's data folder. It is a cache: deleting it
 * costs reading the topic again, and nothing else.
 *
 * The offset up to which the log was read is written in the same transaction as what was read, so that whatever ends the
 * process, the two belong together. Several processes may have the same file: each transaction begins at the offset that
 * it finds, and leaves out what another has written before it.
 *
 * A rebuild goes into tables of its own beside those in use (`generation`, a random number: two processes never fill the same
 * ones), which take their place in one transaction when the end of the log is reached. Who is interrupted has what was there
 * before; whose tables another rebuild has cleared away fails.
 */
import { randomInt, randomUUID } from "node:crypto";
import { mkdirSync, readdirSync, rmSync } from "node:fs";
import { dirname, join } from "node:path";
import { BackendError } from "../backend-error.ts";
import { keyText } from "../shared/key-text.ts";
import { createRecords } from "../sqlite/collections-table.ts";
import { type Cell, quoteIdentifier, SqliteFile } from "../sqlite/driver.ts";
import { namedError } from "../sqlite/sqlite-errors.ts";
import { inTransaction } from "../sqlite/transaction.ts";
import { META_KEY, type TopicRow } from "./record-format.ts";

const FORMAT = 1;
const BUSY_TIMEOUT_MS = 10_000;

/** More does not make it faster (measured for SQLite's own backend). */
const ROWS_PER_STATEMENT = 100;
const ROW = "(?, ?, ?, ?, ?, ?, ?, ?, ?)";

const META_TEXT = keyText(META_KEY);

/** Where reading the log goes on. */
export interface Position {
  readonly generation: number;
  /** The first offset that has not been read. */
  readonly next: number;
  /** A name for the log whose offsets these are: another one when the brokers were put back to an earlier state. */
  readonly history: string;
  /** When the log's end was reached last, in milliseconds. */
  readonly readAt: number;
}

/** A key that somebody has made the topic forget. */
interface ForgottenKey {
  readonly key: Uint8Array;
  readonly offset: number;
}

/** A part of the log: `records` are those from `from` up to `next` that are committed. */
export interface LogPart {
  readonly from: number;
  readonly next: number;
  readonly rows: readonly TopicRow[];
  readonly forgotten: readonly ForgottenKey[];
  /** When the end of the log was reached with it; undefined = it was not. */
  readonly endReachedAt: number | undefined;
}

/** Where in the log a version of a key is. */
export interface Place {
  readonly key: Uint8Array;
  readonly version: string;
  readonly offset: number;
}

export interface Tables {
  /** Quoted, as SQLite's document mode has them. */
  readonly records: string;
  /** The one row that describes the collection, in the same columns. */
  readonly description: string;
  readonly forgotten: string;
}

export class Materialization {
  readonly #path: string;
  #file: SqliteFile | undefined;

  /** @param path Its folder is made where it is missing; other files in it are of topics that are gone, and removed. */
  constructor(path: string) {
    this.#path = path;
  }

  /** Runs `work` on the file; its errors are named. */
  use<Result>(work: (file: SqliteFile, tables: Tables) => Result): Result {
    try {
      const file = this.#open();
      return work(file, tablesOf(positionIn(file).generation));
    } catch (error) {
      const named = namedError(error, this.#path, true);
      if (named.code !== "corrupt") throw named;
      this.#discard();
      throw new BackendError(
        "backend-unavailable",
        `The file ${this.#path}, a copy of what a topic says, was damaged and is deleted: with the next request the topic is read anew.`,
        { cause: error },
      );
    }
  }

  position(): Position {
    return this.use((file) => positionIn(file));
  }

  /**
   * Of a part that begins where an earlier one ended. What was read before by another process is left out.
   *
   * @returns Where reading goes on: before the part where another process has made tables anew that end there.
   */
  append(part: LogPart): number {
    return this.use((file) =>
      inTransaction(file, this.#path, () => {
        const position = positionIn(file);
        if (part.from > position.next) return position.next;
        addPart(file, tablesOf(position.generation), part, position.next);
        const moved = movedBy(position, part);
        savePosition(file, moved);
        return moved.next;
      }),
    );
  }

  /** Tables of their own for another reading of the log from its beginning. @param isOther Whether it is another log. */
  beginRebuild(isOther: boolean): Rebuild {
    return this.use((file) => {
      const before = positionIn(file);
      const generation = randomInt(2 ** 47);
      inTransaction(file, this.#path, () => {
        dropAllBut(file, before.generation);
        createTables(file, generation);
      });
      return new Rebuild(file, this.#path, generation, before, isOther);
    });
  }

  /** The latest of the records that lie before an offset, and where it lies. */
  latestBefore(offset: number): Place | undefined {
    const row = this.use((file, { records }) =>
      file
        .statement(`SELECT key, version, seq FROM ${records} WHERE seq < ? ORDER BY seq DESC LIMIT 1`)
        .get([offset]),
    );
    const [key, version, seq] = row ?? [];
    return key instanceof Uint8Array ? { key, version: String(version), offset: Number(seq) } : undefined;
  }

  /** For a person. */
  get path(): string {
    return this.#path;
  }

  close(): void {
    this.#file?.close();
    this.#file = undefined;
  }

  #discard(): void {
    this.close();
    for (const suffix of ["", "-wal", "-shm"]) rmSync(`${this.#path}${suffix}`, { force: true });
  }

  #open(): SqliteFile {
    if (this.#file !== undefined) return this.#file;
    const folder = dirname(this.#path);
    mkdirSync(folder, { recursive: true, mode: 0o700 });
    removeOthers(folder, this.#path);
    // What SQLite makes is for the owner alone.
    const before = process.umask(0o077);
    try {
      const file = new SqliteFile(this.#path, BUSY_TIMEOUT_MS);
      this.#file = file;
      file.exec("PRAGMA journal_mode = WAL");
      // What a power cut takes is read again, and the offset with it.
      file.exec("PRAGMA synchronous = NORMAL");
      inTransaction(file, this.#path, () => prepare(file));
      return file;
    } catch (error) {
      this.close();
      throw error;
    } finally {
      process.umask(before);
    }
  }
}

/** Tables that are being filled; those in use are as they are until `finish`. */
export class Rebuild {
  readonly #file: SqliteFile;
  readonly #path: string;
  readonly #generation: number;
  readonly #before: Position;
  /** Of a log that is not there any more: its offsets say nothing about this one's. */
  readonly #goneHistory: string | undefined;
  #position: Position;

  /** @param before Of the tables in use. @param isOther Whether it is another log. */
  constructor(file: SqliteFile, path: string, generation: number, before: Position, isOther: boolean) {
    const { history } = before;
    this.#file = file;
    this.#path = path;
    this.#generation = generation;
    this.#before = before;
    this.#goneHistory = isOther ? history : undefined;
    this.#position = { generation, next: 0, history: isOther ? randomUUID() : history, readAt: 0 };
  }

  get next(): number {
    return this.#position.next;
  }

  /** @returns Where reading goes on. */
  append(part: LogPart): number {
    inTransaction(this.#file, this.#path, () => {
      addPart(this.#file, tablesOf(this.#generation), part, this.#position.next);
    });
    this.#position = movedBy(this.#position, part);
    return this.#position.next;
  }

  /**
   * In one step, these are the tables in use.
   *
   * @param end Up to which the log was read.
   * @returns False where another process has read further meanwhile: nothing of that may be lost.
   */
  finish(end: number): boolean {
    return inTransaction(this.#file, this.#path, () => {
      const inUse = positionIn(this.#file);
      if (inUse.history !== this.#goneHistory) {
        if (inUse.next > Math.max(end, this.#before.next)) return false;
        if (inUse.history === this.#position.history) this.#keepForgotten(inUse);
      }
      savePosition(this.#file, this.#position);
      dropAllBut(this.#file, this.#generation);
      return true;
    });
  }

  /** Whoever asks what changed learns of keys that were forgotten though the log does not hold even that any more. */
  #keepForgotten({ generation, next }: Position): void {
    const [before, after] = [tablesOf(generation), tablesOf(this.#generation)];
    const copied = `INSERT INTO ${after.forgotten} (key, seq)`;
    const isNew = `key NOT IN (SELECT key FROM ${after.forgotten})`;
    this.#file.exec(`${copied} SELECT key, seq FROM ${before.forgotten} WHERE ${isNew}`);
    this.#file
      .statement(
        `${copied} SELECT key, ? FROM ${before.records} WHERE ${isNew} AND key NOT IN (SELECT key FROM ${after.records})`,
      )
      .run([Math.max(next, this.#position.next - 1)]);
  }
}

// ---- the schema

function prepare(file: SqliteFile): void {
  const found = file
    .statement("SELECT 1 FROM sqlite_schema WHERE type = 'table' AND name = 'position'")
    .get([]);
  const format = found && file.statement("SELECT format FROM position").get([])?.[0];
  if (format === FORMAT) return;
  // Of another version: it is read again.
  for (const [name] of file.statement("SELECT name FROM sqlite_schema WHERE type = 'table'").all([])) {
    file.exec(`DROP TABLE ${quoteIdentifier(String(name))}`);
  }
  file.exec(`CREATE TABLE position (
    id INTEGER PRIMARY KEY CHECK (id = 1),
    format INTEGER NOT NULL,
    generation INTEGER NOT NULL,
    next INTEGER NOT NULL,
    history TEXT NOT NULL,
    readAt INTEGER NOT NULL
  ) STRICT`);
  createTables(file, 1);
  file.statement("INSERT INTO position VALUES (1, ?, 1, 0, ?, 0)").run([FORMAT, randomUUID()]);
}

function tablesOf(generation: number): Tables {
  const table = (name: string): string => quoteIdentifier(`${name}_${generation}`);
  return { records: table("records"), description: table("description"), forgotten: table("forgotten") };
}

function createTables(file: SqliteFile, generation: number): void {
  const { records, description, forgotten } = tablesOf(generation);
  for (const table of [records, description]) file.exec(createRecords(table));
  file.exec(`CREATE INDEX ${quoteIdentifier(`changes_${generation}`)} ON ${records} (seq, deleted)`);
  file.exec(`CREATE TABLE ${forgotten} (key BLOB NOT NULL PRIMARY KEY, seq INTEGER NOT NULL) STRICT`);
}

function dropAllBut(file: SqliteFile, generation: number): void {
  const kept = new Set(["position", ...Object.values(tablesOf(generation)).map((name) => name.slice(1, -1))]);
  for (const [name] of file.statement("SELECT name FROM sqlite_schema WHERE type = 'table'").all([])) {
    if (!kept.has(String(name))) file.exec(`DROP TABLE ${quoteIdentifier(String(name))}`);
  }
}

// ---- the position

function positionIn(file: SqliteFile): Position {
  const row = file.statement("SELECT generation, next, history, readAt FROM position").get([]);
  const [generation, next, history, readAt] = row ?? [];
  return {
    generation: Number(generation),
    next: Number(next),
    history: String(history),
    readAt: Number(readAt),
  };
}

function movedBy(position: Position, part: LogPart): Position {
  return {
    ...position,
    next: Math.max(position.next, part.next),
    readAt: part.endReachedAt ?? position.readAt,
  };
}

function savePosition(file: SqliteFile, { generation, next, history, readAt }: Position): void {
  file
    .statement("UPDATE position SET generation = ?, next = ?, history = ?, readAt = ?")
    .run([generation, next, history, readAt]);
}

// ---- records

function addPart(file: SqliteFile, tables: Tables, part: LogPart, from: number): void {
  // Of a key the last one counts, and a statement takes a key once only.
  const latest = new Map<string, TopicRow | ForgottenKey>();
  for (const entry of inOrder(part)) if (entry.offset >= from) latest.set(keyText(entry.key), entry);
  const rows: TopicRow[] = [];
  for (const [text, entry] of latest) {
    const table = text === META_TEXT ? tables.description : tables.records;
    if (!("version" in entry)) forget(file, tables, table, entry);
    else if (text === META_TEXT) upsert(file, table, [entry]);
    else rows.push(entry);
  }
  for (let at = 0; at < rows.length; at += ROWS_PER_STATEMENT) {
    upsert(file, tables.records, rows.slice(at, at + ROWS_PER_STATEMENT));
  }
}

function inOrder({ rows, forgotten }: LogPart): (TopicRow | ForgottenKey)[] {
  return [...rows, ...forgotten].sort((a, b) => a.offset - b.offset);
}

function upsert(file: SqliteFile, table: string, rows: readonly TopicRow[]): void {
  const cells: Cell[] = [];
  for (const { key, version, digest, deleted, opId, prevOpId, writer, offset, body } of rows) {
    cells.push(key, version, digest, deleted, opId, prevOpId, writer, offset, body);
  }
  file
    .statement(
      `INSERT INTO ${table} (key, version, digest, deleted, opId, prevOpId, writer, seq, body)
       VALUES ${Array(rows.length).fill(ROW).join(", ")}
       ON CONFLICT (key) DO UPDATE SET version = excluded.version, digest = excluded.digest,
         deleted = excluded.deleted, opId = excluded.opId, prevOpId = excluded.prevOpId,
         writer = excluded.writer, seq = excluded.seq, body = excluded.body`,
    )
    .run(cells);
}

function forget(file: SqliteFile, tables: Tables, table: string, { key, offset }: ForgottenKey): void {
  file.statement(`DELETE FROM ${table} WHERE key = ?`).run([key]);
  file
    .statement(
      `INSERT INTO ${tables.forgotten} (key, seq) VALUES (?, ?) ON CONFLICT (key) DO UPDATE SET seq = excluded.seq`,
    )
    .run([key, offset]);
}

function removeOthers(folder: string, path: string): void {
  for (const name of readdirSync(folder)) {
    const other = join(folder, name);
    if (!other.startsWith(path)) rmSync(other, { force: true });
  }
}
