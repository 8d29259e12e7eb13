/**
 * The two tables of document mode on an Ignite cluster.
 *
 * Both are replicated: every node that answers has all rows, so that a scan is complete when its answer is, whatever
 * happens to other nodes; and writes are on all of them when they are acknowledged. Keys are text of the collection's
 * incarnation and the key's bytes in hexadecimal, whose order in the index is the order of the bytes. A version is
 * text: numbers beyond 2^53 would not survive JSON.
 */

/** Column → Java type, as SYS.TABLE_COLUMNS tells it, and SQL type. */
type TableShape = Readonly<Record<string, readonly [java: string, sql: string]>>;

const TEXT = ["java.lang.String", "VARCHAR"] as const;
const INT = ["java.lang.Integer", "INT"] as const;

const COLLECTIONS: TableShape = {
  name: ["java.lang.String", "VARCHAR PRIMARY KEY"],
  format: INT,
  incarnation: TEXT,
  init: TEXT,
  revision: INT,
  purge_watermark: ["java.lang.Long", "BIGINT"],
  fence_epoch: INT,
};

const RECORDS: TableShape = {
  k: ["java.lang.String", "VARCHAR PRIMARY KEY"],
  version: TEXT,
  digest: TEXT,
  deleted: ["java.lang.Byte", "TINYINT"],
  op_id: TEXT,
  prev_op_id: TEXT,
  writer: TEXT,
  body: TEXT,
};

/** Hexadecimal digits of an incarnation and a slash, and the beginning of a key. */
const INLINE_KEY_BYTES = 80;

export interface IgniteTables {
  /** A REST call for SQL names a cache, whichever: this one is empty. */
  readonly cache: string;
  readonly collections: string;
  readonly records: string;
}

/** @param prefix Of their names: letters, digits and underscores. */
export const tablesOf = (prefix: string): IgniteTables => ({
  cache: prefix,
  collections: `${prefix}_collections`,
  records: `${prefix}_records`,
});

export const shapesOf = ({ collections, records }: IgniteTables): Readonly<Record<string, TableShape>> => ({
  [collections]: COLLECTIONS,
  [records]: RECORDS,
});

/** Idempotent; the cache of `tables` comes first. */
export function definitions(tables: IgniteTables): string[] {
  return Object.entries(shapesOf(tables)).map(([table, shape]) => {
    const columns = Object.entries(shape).map(([column, [, type]]) => `  "${column}" ${type}`);
    const options = [
      "template=replicated",
      "atomicity=atomic",
      "write_synchronization_mode=full_sync",
      `cache_name=${table}`,
      `value_type=${table}_row`,
      `pk_inline_size=${INLINE_KEY_BYTES}`,
    ];
    return `CREATE TABLE IF NOT EXISTS "${table}" (\n${columns.join(",\n")}\n) WITH "${options.join(",")}"`;
  });
}
