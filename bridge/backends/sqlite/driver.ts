/**
 * The only place that knows libsql (its API is that of better-sqlite3).
 *
 * libsql 0.5 ends the whole process when a lone Buffer is bound, binds NULL for a missing parameter, cuts
 * texts at NUL when it reads them and replaces lone surrogates. So parameters travel in one array whose length
 * and types are checked here, and everything but plain ASCII-like text has to be a BLOB. It also leaves EXPLAIN
 * unfinished, and then the connection goes on seeing the database as it was: none is used.
 */
import Database from "libsql";

export type Cell = number | string | null | Uint8Array;

const isBindable = (value: unknown): value is Cell =>
  value === null ||
  value instanceof Uint8Array ||
  (typeof value === "number" && Number.isSafeInteger(value)) ||
  (typeof value === "string" && value.isWellFormed() && !value.includes("\0"));

/** A cell as SQLite has it: INTEGER as a bigint, REAL as a number. Text is read and bound as its bytes. */
export type ExactCell = null | bigint | number | Uint8Array;

const MIN_INTEGER = -(2n ** 63n);
const MAX_INTEGER = 2n ** 63n - 1n;

/** libsql binds every number as REAL, and takes the bits off a bigint that is too long. */
const isExact = (value: unknown): value is ExactCell =>
  value === null ||
  value instanceof Uint8Array ||
  (typeof value === "bigint" && value >= MIN_INTEGER && value <= MAX_INTEGER) ||
  (typeof value === "number" && !Number.isNaN(value));

/** libsql gives blobs as Buffer or ArrayBuffer; ours are plain views. */
function toCell(value: unknown): Cell {
  if (value instanceof ArrayBuffer) return new Uint8Array(value);
  if (value instanceof Uint8Array) return new Uint8Array(value.buffer, value.byteOffset, value.byteLength);
  if (value === null || typeof value === "number" || typeof value === "string") return value;
  throw new TypeError(`SQLite returned a ${typeof value}, which no column of ours holds`);
}

/** How many `?` there are outside of names and literals. */
const parametersOf = (sql: string): number =>
  sql.replace(/"(?:[^"]|"")*"|'(?:[^']|'')*'/g, "").split("?").length - 1;

/** A prepared text, and the check of every array of values that is bound to it. */
class Prepared<Bindable> {
  readonly statement: Database.Statement;
  readonly #sql: string;
  readonly #parameters: number;
  readonly #isBindable: (value: unknown) => value is Bindable;

  constructor(database: Database.Database, sql: string, isBindable: (value: unknown) => value is Bindable) {
    this.#sql = sql;
    this.#parameters = parametersOf(sql);
    this.#isBindable = isBindable;
    this.statement = database.prepare(sql);
    if (this.statement.reader) this.statement.raw(true);
  }

  /** Returns how many rows it changed. */
  run(parameters: readonly Bindable[]): number {
    return this.statement.run(this.checked(parameters)).changes;
  }

  checked(parameters: readonly Bindable[]): readonly Bindable[] {
    if (parameters.length !== this.#parameters) {
      throw new TypeError(`${parameters.length} values for ${this.#parameters} parameters of: ${this.#sql}`);
    }
    for (const value of parameters) {
      if (!this.#isBindable(value)) {
        throw new TypeError(`A ${typeof value} cannot be bound exactly: ${this.#sql}`);
      }
    }
    return parameters;
  }
}

export class Statement {
  readonly #prepared: Prepared<Cell>;

  constructor(database: Database.Database, sql: string) {
    this.#prepared = new Prepared(database, sql, isBindable);
  }

  /** Returns how many rows it changed. */
  run(parameters: readonly Cell[]): number {
    return this.#prepared.run(parameters);
  }

  /** The first row. */
  get(parameters: readonly Cell[]): Cell[] | undefined {
    // Not libsql's own `get`: where that finds no row, its read transaction stays open, and the connection goes on
    // seeing the database as it was then.
    const row: unknown = this.#prepared.statement.all(this.#prepared.checked(parameters))[0];
    return Array.isArray(row) ? row.map(toCell) : undefined;
  }

  all(parameters: readonly Cell[]): Cell[][] {
    return Array.from(this.iterate(parameters));
  }

  *iterate(parameters: readonly Cell[]): Generator<Cell[], void> {
    for (const row of this.#prepared.statement.iterate(this.#prepared.checked(parameters))) {
      if (Array.isArray(row)) yield row.map(toCell);
    }
  }
}

/** A statement on somebody's own table, whose cells are what they are. */
export class ExactStatement {
  readonly #prepared: Prepared<ExactCell>;

  constructor(database: Database.Database, sql: string) {
    this.#prepared = new Prepared(database, sql, isExact);
    if (this.#prepared.statement.reader) this.#prepared.statement.safeIntegers(true);
  }

  /** Returns how many rows it changed. */
  run(parameters: readonly ExactCell[]): number {
    return this.#prepared.run(parameters);
  }

  /** Cells are ExactCell, and strings where the statement makes text of plain ASCII. */
  all(parameters: readonly ExactCell[]): unknown[][] {
    return this.#prepared.statement.all(this.#prepared.checked(parameters)) as unknown[][];
  }

  /** The first row. */
  get(parameters: readonly ExactCell[]): unknown[] | undefined {
    return this.all(parameters)[0];
  }

  iterate(parameters: readonly ExactCell[]): IterableIterator<unknown[]> {
    const rows = this.#prepared.statement.iterate(this.#prepared.checked(parameters));
    return rows as IterableIterator<unknown[]>;
  }
}

export class SqliteFile {
  readonly #database: Database.Database;
  readonly #statements = new Map<string, Statement>();
  readonly #exactStatements = new Map<string, ExactStatement>();

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

  /** As `statement`; many texts are in use, since every mapping has its own. */
  exactStatement(sql: string): ExactStatement {
    let statement = this.#exactStatements.get(sql);
    if (statement === undefined) {
      if (this.#exactStatements.size >= MAX_EXACT_STATEMENTS) this.#exactStatements.clear();
      statement = new ExactStatement(this.#database, sql);
      this.#exactStatements.set(sql, statement);
    }
    return statement;
  }

  close(): void {
    this.#exactStatements.clear();
    this.#statements.clear();
    this.#database.close();
  }
}

const MAX_EXACT_STATEMENTS = 500;

/** Names are quoted as SQL wants it; a NUL would end the statement's text early. */
export function quoteIdentifier(name: string): string {
  if (name.includes("\0")) throw new TypeError("An identifier holds a NUL character");
  return `"${name.replaceAll('"', '""')}"`;
}
