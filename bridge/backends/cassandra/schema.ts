/**
 * The two tables of document mode in a keyspace.
 *
 * The records of a collection lie in a fixed number of buckets, a partition each, by CRC-32 of the key: rows of a
 * partition are ordered by the key's bytes, so that ordered streams of all buckets merge without a sort, and one
 * conditional batch can write many records of a bucket in one round of Paxos. The partition is named by the
 * collection's incarnation, so that a collection which is made anew meets nothing of the one before.
 */

const COLLECTIONS_TABLE = "driftscope_collections";
const RECORDS_TABLE = "driftscope_records";

/** Names with capitals or other characters are quoted; quoting the others changes nothing. */
export const quoteIdentifier = (name: string): string => `"${name.replaceAll('"', '""')}"`;

export interface TableNames {
  /** Quoted, with the keyspace. */
  readonly collections: string;
  readonly records: string;
}

export function tableNames(keyspace: string): TableNames {
  const of = (table: string): string => `${quoteIdentifier(keyspace)}.${quoteIdentifier(table)}`;
  return { collections: of(COLLECTIONS_TABLE), records: of(RECORDS_TABLE) };
}

/** Column → type and kind, as system_schema.columns tells them. */
type TableShape = Readonly<Record<string, string>>;

export const TABLE_SHAPES: Readonly<Record<string, TableShape>> = {
  [COLLECTIONS_TABLE]: {
    name: "text partition_key",
    format: "int regular",
    incarnation: "uuid regular",
    buckets: "int regular",
    init: "text regular",
    revision: "int regular",
    purge_watermark: "bigint regular",
    fence_epoch: "int regular",
  },
  [RECORDS_TABLE]: {
    collection: "uuid partition_key",
    bucket: "int partition_key",
    key: "blob clustering",
    version: "text regular",
    digest: "blob regular",
    deleted: "tinyint regular",
    op_id: "text regular",
    prev_op_id: "text regular",
    writer: "text regular",
    body: "blob regular",
  },
};

const COMMENTS: Readonly<Record<string, string>> = {
  [COLLECTIONS_TABLE]: "Driftscope: one row a collection",
  [RECORDS_TABLE]:
    "Driftscope: bucket = CRC-32 of the key modulo the buckets of the collection; deleted: 0 no, 1 yes, 2 fenced",
};

/** Idempotent. The keyspace is the person's: how it is replicated is no choice of ours. */
export function definitions(keyspace: string): string[] {
  return Object.entries(TABLE_SHAPES).map(([table, shape]) => {
    const columns = Object.entries(shape).map(([column, type]) => `  ${column} ${type.split(" ")[0]},`);
    const of = (kind: string): string =>
      Object.entries(shape)
        .filter(([, type]) => type.endsWith(kind))
        .map(([column]) => column)
        .join(", ");
    const clustering = of("clustering");
    const key = `PRIMARY KEY ((${of("partition_key")})${clustering === "" ? "" : `, ${clustering}`})`;
    return [
      `CREATE TABLE IF NOT EXISTS ${quoteIdentifier(keyspace)}.${quoteIdentifier(table)} (`,
      ...columns,
      `  ${key}`,
      `) WITH comment = '${COMMENTS[table]}'`,
    ].join("\n");
  });
}
