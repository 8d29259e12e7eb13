/**
 * The command line's own memory in the data folder, `headless.sqlite`: bases, journals of the page's records,
 * plans and outcomes of every mapping that it worked on. A panel keeps its own in its browser.
 *
 * It is opened by the process of the command itself: a damaged file ends a command and no bridge.
 */

import { chmodSync } from "node:fs";
import { messageOf } from "../../../core/session/session-error.ts";
import { type Cell, SqliteFile } from "../../backends/sqlite/driver.ts";
import { HeadlessError } from "../headless-error.ts";

export const BASE_FILE_NAME = "headless.sqlite";

/** Raised when the tables change; a newer file is refused. */
const FORMAT = 1;

/** How long a statement waits for another command's lock. */
const BUSY_TIMEOUT_MS = 10_000;

/**
 * `bodies` lie beside their entries, since they are evicted first and a scan of entries is not to read them.
 * Names of databases and stores are page data with lone surrogates in them, hence JSON, which escapes them.
 */
const SCHEMA = `
CREATE TABLE bases (
  id INTEGER PRIMARY KEY,
  hash TEXT NOT NULL UNIQUE,
  identity TEXT NOT NULL,
  completeAt INTEGER,
  knownSides BLOB,
  remoteCheckpoint TEXT,
  bodyBytes INTEGER NOT NULL DEFAULT 0
) STRICT;
CREATE TABLE entries (
  base INTEGER NOT NULL,
  key BLOB NOT NULL,
  state INTEGER NOT NULL,
  digest BLOB,
  token BLOB NOT NULL,
  PRIMARY KEY (base, key)
) STRICT, WITHOUT ROWID;
CREATE TABLE bodies (
  id INTEGER PRIMARY KEY,
  base INTEGER NOT NULL,
  key BLOB NOT NULL,
  body BLOB NOT NULL,
  UNIQUE (base, key)
) STRICT;
CREATE TRIGGER bodyAdded AFTER INSERT ON bodies BEGIN
  UPDATE bases SET bodyBytes = bodyBytes + length(new.body) WHERE id = new.base;
END;
CREATE TRIGGER bodyGone AFTER DELETE ON bodies BEGIN
  UPDATE bases SET bodyBytes = bodyBytes - length(old.body) WHERE id = old.base;
END;
CREATE TABLE applies (
  base INTEGER NOT NULL,
  applyId TEXT NOT NULL,
  startedAt INTEGER NOT NULL,
  header BLOB NOT NULL,
  plan BLOB NOT NULL,
  bytes INTEGER NOT NULL,
  PRIMARY KEY (base, applyId)
) STRICT, WITHOUT ROWID;
CREATE TABLE journal (
  id INTEGER PRIMARY KEY,
  base INTEGER NOT NULL,
  applyId TEXT NOT NULL,
  entries BLOB NOT NULL
) STRICT;
CREATE INDEX journalOfApply ON journal (base, applyId);
CREATE TABLE outcomes (
  id INTEGER PRIMARY KEY,
  base INTEGER NOT NULL,
  applyId TEXT NOT NULL,
  outcomes BLOB NOT NULL
) STRICT;
CREATE INDEX outcomesOfApply ON outcomes (base, applyId);
`;

export class BaseFile {
  readonly #file: SqliteFile;
  readonly #path: string;

  /** @param path ":memory:" for a page whose profile goes with the command. @throws HeadlessError "base-failed" */
  constructor(path: string) {
    this.#path = path;
    this.#file = this.#try(() => new SqliteFile(path, BUSY_TIMEOUT_MS));
    this.#try(() => {
      // Durable before the page is written (decision 24).
      this.#file.statement("PRAGMA journal_mode = WAL").get([]);
      this.#file.exec("PRAGMA synchronous = FULL");
      if (path !== ":memory:") chmodSync(path, 0o600);
      this.transaction(() => this.#prepare());
    });
  }

  run(sql: string, parameters: readonly Cell[]): void {
    this.#try(() => this.#file.statement(sql).run(parameters));
  }

  get(sql: string, parameters: readonly Cell[]): Cell[] | undefined {
    return this.#try(() => this.#file.statement(sql).get(parameters));
  }

  all(sql: string, parameters: readonly Cell[]): Cell[][] {
    return this.#try(() => Array.from(this.#file.statement(sql).iterate(parameters)));
  }

  /** All or nothing, and durable when it returns. */
  transaction<T>(work: () => T): T {
    return this.#try(() => {
      this.#file.exec("BEGIN IMMEDIATE");
      try {
        const result = work();
        this.#file.exec("COMMIT");
        return result;
      } catch (error) {
        if (this.#file.inTransaction) this.#file.exec("ROLLBACK");
        throw error;
      }
    });
  }

  close(): void {
    this.#file.close();
  }

  #prepare(): void {
    const format = this.#file.statement("PRAGMA user_version").get([])?.[0];
    if (format === FORMAT) return;
    if (format !== 0) {
      throw new HeadlessError(
        "base-failed",
        `${this.#path} was written by a newer Driftscope (format ${String(format)}, this one knows ${FORMAT}): update this one.`,
      );
    }
    this.#file.exec(SCHEMA);
    this.#file.exec(`PRAGMA user_version = ${FORMAT}`);
  }

  #try<T>(work: () => T): T {
    try {
      return work();
    } catch (error) {
      if (error instanceof HeadlessError) throw error;
      const reason = messageOf(error);
      throw new HeadlessError(
        "base-failed",
        `The base in ${this.#path} cannot be read or written: ${reason}. Nothing is taken for equal without it. If the file is damaged, move it away: every record then has no base until it is found equal again, and what was applied from here can no longer be undone.`,
        { cause: error },
      );
    }
  }
}
