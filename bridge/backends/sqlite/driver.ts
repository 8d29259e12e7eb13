/**
 * The only place that knows libsql (its API is that of better-sqlite3).
 *
 * libsql 0.5 ends the whole process when a lone Buffer is bound, binds NULL for a missing parameter, cuts
 * texts at NUL when it reads them and replaces lone surrogates. So parameters travel in one array whose length
 * and types are checked here, and everything but plain ASCII-like text has to be a BLOB.
 */
import Database from "libsql";

export type Cell = number | string | null | Uint8Array;

const isBindable = (value: unknown): value is Cell =>
  value === null ||
  value instanceof Uint8Array ||
  (typeof value === "number" && Number.isSafeInteger(value)) ||
  (typeof value === "string" && value.isWellFormed() && !value.includes("\0"));

/** libsql gives blobs as Buffer or ArrayBuffer; ours are plain views. */
function toCell(value: unknown): Cell {
  if (value instanceof ArrayBuffer) return new Uint8Array(value);
  if (value instanceof Uint8Array) return new Uint8Array(value.buffer, value.byteOffset, value.byteLength);
  if (value === null || typeof value === "number" || typeof value === "string") return value;
  throw new TypeError(`SQLite returned a ${typeof value}, which no column of ours holds`);
}

export class Statement {
  readonly #statement: Database.Statement;
  readonly #parameters: number;
  readonly #sql: string;

  /** Every `?` in `sql` is a parameter: no text literals with question marks. */
  constructor(database: Database.Database, sql: string) {
    this.#sql = sql;
    this.#parameters = sql.split("?").length - 1;
    this.#statement = database.prepare(sql);
    if (this.#statement.reader) this.#statement.raw(true);
  }

  /** Returns how many rows it changed. */
  run(parameters: readonly Cell[]): number {
    return this.#statement.run(this.#checked(parameters)).changes;
  }

  get(parameters: readonly Cell[]): Cell[] | undefined {
    const row: unknown = this.#statement.get(this.#checked(parameters));
    return Array.isArray(row) ? row.map(toCell) : undefined;
  }

  *iterate(parameters: readonly Cell[]): Generator<Cell[], void> {
    for (const row of this.#statement.iterate(this.#checked(parameters))) {
      if (Array.isArray(row)) yield row.map(toCell);
    }
  }

  #checked(parameters: readonly Cell[]): readonly Cell[] {
    if (parameters.length !== this.#parameters) {
      throw new TypeError(`${parameters.length} values for ${this.#parameters} parameters of: ${this.#sql}`);
    }
    for (const value of parameters) {
      if (!isBindable(value)) throw new TypeError(`A ${typeof value} cannot be bound exactly: ${this.#sql}`);
    }
    return parameters;
  }
}

export class SqliteFile {
  readonly #database: Database.Database;
  readonly #statements = new Map<string, Statement>();

  /** @param busyTimeoutMs How long a statement waits for another process's lock. */
  constructor(path: string, busyTimeoutMs: number) {
    this.#database = new Database(path, { timeout: busyTimeoutMs });
  }

  get inTransaction(): boolean {
    return this.#database.inTransaction;
  }

  exec(sql: string): void {
    this.#database.exec(sql);
  }

  /** Prepared once for each text. */
  statement(sql: string): Statement {
    let statement = this.#statements.get(sql);
    if (statement === undefined) {
      statement = new Statement(this.#database, sql);
      this.#statements.set(sql, statement);
    }
    return statement;
  }

  close(): void {
    this.#statements.clear();
    this.#database.close();
  }
}

/** Names are quoted as SQL wants it; a NUL would end the statement's text early. */
export function quoteIdentifier(name: string): string {
  if (name.includes("\0")) throw new TypeError("An identifier holds a NUL character");
  return `"${name.replaceAll('"', '""')}"`;
}
