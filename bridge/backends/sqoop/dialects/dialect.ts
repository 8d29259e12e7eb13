/**
 * What differs from database to database: SQL. All of it is ASCII in one line when it reaches Sqoop (options-file.ts), and answers
 * each question with rows of two texts: what they are ordered by, and a JSON array.
 *
 * A database without a dialect is pull-only (see docs/sqoop.md).
 */

/** A question of one part of an import. */
export type Question = string;

export interface CollectionRow {
  readonly name: string;
  readonly incarnation: string;
  /** encodeCollectionInit's text. */
  readonly init: string;
}

/** Where the records of one collection lie: its incarnation, a UUID. */
export interface RecordsOf {
  readonly incarnation: string;
}

export interface ScanRange {
  /** Hexadecimal, as are all keys here. */
  readonly lower?: string | undefined;
  readonly isAfter?: boolean;
  readonly upper?: string | undefined;
  readonly limit?: number;
}

export interface Dialect {
  /** Of the database, for people. */
  readonly product: string;
  /** Of the names of tables and functions. */
  readonly prefix: string;
  /** Beyond it a key cannot be found by its index. */
  readonly maxKeyBytes: number;
  /** Of the tables that exports fill. */
  readonly inbox: string;
  /** Exports of several bridges disturb each other in one: each takes any of them. */
  readonly stages: readonly string[];
  /** What makes tables and functions: each does nothing the second time. */
  definitions(): readonly string[];
  /** As one statement for one run, all or nothing. */
  setUp(): string;
  /** Columns and rights: [what, is it right, what is said]. */
  check(): Question;
  /** [format, incarnation, init, revision, purge watermark, fence epoch] */
  findCollection(name: string): Question;
  /** Made unless it is there; as findCollection. */
  makeCollection(row: CollectionRow): Question;
  /** Unless it has another revision by now; as findCollection. */
  updateCollection(name: string, revision: number, init: string): Question;
  /** [name] */
  listCollections(): Question;
  /** [key, version, digest, deleted], in the order of keys, or ["gone"] where there is no such collection. */
  scan(records: RecordsOf, range: ScanRange): Question;
  /** As scan, of some keys. */
  heads(records: RecordsOf, keys: readonly string[]): Question;
  /**
   * [key, version, digest, deleted, prevOpId, body in base64], or ["gone"]; [key, "later"] of those for whose bodies there is no
   * room, which are the last ones.
   */
  records(records: RecordsOf, keys: readonly string[]): Question;
  /**
   * Merges a batch of the inbox, once however often it is asked: ["arrived", n] where not all of `count` rows are there,
   * else for each operation [seq, "applied" | "missed" | "gone"], followed for some that missed by what is there, as `records`.
   */
  merge(batch: string, count: number): Question;
  /** One query of them all, whose rows are (number of the question, JSON), ordered by both; a last row is ["end"]. */
  together(questions: readonly Question[]): string;
}
