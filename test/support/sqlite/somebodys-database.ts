/** An SQLite file as its owner's program uses it: with a connection of its own, and nothing of ours. */
import Database from "libsql";

export class SomebodysDatabase {
  readonly path: string;
  readonly #database: Database.Database;

  constructor(path: string) {
    this.path = path;
    this.#database = new Database(path, { timeout: 5000 });
    this.#database.exec("PRAGMA journal_mode = WAL");
  }

  exec(sql: string): void {
    this.#database.exec(sql);
  }

  /** Rows as lists of cells; integers are bigints. */
  rows(sql: string): unknown[][] {
    return this.#database.prepare(sql).raw(true).safeIntegers(true).all([]) as unknown[][];
  }

  /** The first column of the first row. */
  cell(sql: string): unknown {
    return this.rows(sql)[0]?.[0];
  }

  close(): void {
    this.#database.close();
  }
}
