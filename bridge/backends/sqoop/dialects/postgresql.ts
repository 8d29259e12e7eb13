/** PostgreSQL, 12 or newer. */
import type { CollectionRow, Dialect, Question, RecordsOf, ScanRange } from "./dialect.ts";
import { postgresqlMerge } from "./postgresql-merge.ts";
import { postgresqlMergeRows } from "./postgresql-merge-rows.ts";
import { columnsOfFunction } from "./postgresql-tables.ts";
import { sqlText } from "./postgresql-text.ts";

/** What an entry of an index may have, less what stands beside the key in it. */
const MAX_KEY_BYTES = 2600;

const STAGES = 8;

const COLLECTION = `name, json_build_array(format, incarnation, init, revision, purge_watermark, fence_epoch)::text`;
const KEY = `encode(k, 'hex')`;
const DIGEST = `encode(digest, 'hex')`;
const HEAD = `${KEY}, json_build_array(${KEY}, version, ${DIGEST}, deleted)::text`;
/** Without the line breaks that base64 has here. */
const BODY = `translate(encode(body, 'base64'), E'\\n', '')`;
/** Of the bodies of one answer but the first: many answers come together. */
const ANSWER_BYTES = 1024 * 1024;
const WHOLE = `${KEY}, CASE WHEN bytes_before > ${ANSWER_BYTES} THEN json_build_array(${KEY}, 'later')
  ELSE json_build_array(${KEY}, version, ${DIGEST}, deleted, prev_op_id, ${BODY}) END::text`;
const BYTES_BEFORE = `sum(coalesce(octet_length(body), 0)) OVER (ORDER BY k) - coalesce(octet_length(body), 0) AS bytes_before`;

const bytes = (hex: string): string => `'\\x${hex}'::bytea`;

export class PostgresqlDialect implements Dialect {
  readonly product = "PostgreSQL";
  readonly maxKeyBytes = MAX_KEY_BYTES;
  readonly prefix: string;
  readonly inbox: string;
  readonly stages: readonly string[];
  readonly #collections: string;
  readonly #records: string;

  /** @param prefix Of the names of tables and functions: lower-case letters, digits and _. */
  constructor(prefix: string) {
    this.prefix = prefix;
    this.#collections = `${prefix}_collections`;
    this.#records = `${prefix}_records`;
    this.inbox = `${prefix}_inbox`;
    this.stages = Array.from({ length: STAGES }, (_, i) => `${prefix}_stage_${i + 1}`);
  }

  definitions(): readonly string[] {
    const stages = this.stages.map(
      (stage) => `CREATE TABLE IF NOT EXISTS ${stage} (LIKE ${this.inbox} INCLUDING DEFAULTS)`,
    );
    return [
      `CREATE TABLE IF NOT EXISTS ${this.#collections} (
  name text COLLATE "C" PRIMARY KEY, format integer NOT NULL, incarnation uuid NOT NULL UNIQUE, init text NOT NULL,
  revision integer NOT NULL, purge_watermark bigint NOT NULL, fence_epoch bigint NOT NULL)`,
      `CREATE TABLE IF NOT EXISTS ${this.#records} (
  incarnation uuid, k bytea, version text, digest bytea, body bytea, deleted smallint,
  op_id text, prev_op_id text, writer text, PRIMARY KEY (incarnation, k))`,
      `CREATE TABLE IF NOT EXISTS ${this.inbox} (
  batch text NOT NULL, seq integer NOT NULL, op text NOT NULL, at timestamptz NOT NULL DEFAULT now(),
  PRIMARY KEY (batch, seq))`,
      ...stages,
      `CREATE TABLE IF NOT EXISTS ${this.prefix}_batches (
  batch text PRIMARY KEY, count integer NOT NULL, missed integer[] NOT NULL, at timestamptz NOT NULL DEFAULT now())`,
      `CREATE TABLE IF NOT EXISTS ${this.prefix}_row_batches (
  batch text PRIMARY KEY, answers json NOT NULL, at timestamptz NOT NULL DEFAULT now())`,
      this.#makeFunction(),
      this.#updateFunction(),
      postgresqlMerge(this.prefix),
      postgresqlMergeRows(this.prefix),
      columnsOfFunction(this.prefix),
    ];
  }

  setUp(): string {
    return this.definitions().join("; ");
  }

  check(): Question {
    const tables: Readonly<Record<string, readonly string[]>> = {
      [this.#collections]: ["SELECT", "INSERT", "UPDATE"],
      [this.#records]: ["SELECT", "INSERT", "UPDATE"],
      [this.inbox]: ["SELECT", "INSERT", "DELETE"],
      [this.stages[0] as string]: ["SELECT", "INSERT", "DELETE"],
    };
    const rights = Object.entries(tables).flatMap(([table, wanted]) =>
      wanted.map((right) => `(${sqlText(table)}, ${sqlText(right)})`),
    );
    const now = `to_char(now() AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"')`;
    return `SELECT 'a', json_build_array('server', current_setting('server_version'), ${now})::text
      UNION ALL SELECT 'b', json_build_array('table', t.name, to_regclass(t.name) IS NOT NULL,
        CASE WHEN to_regclass(t.name) IS NOT NULL THEN has_table_privilege(to_regclass(t.name), t.right) END, t.right,
        CASE WHEN to_regclass(t.name) IS NOT NULL THEN (SELECT string_agg(attname, ',' ORDER BY attnum) FROM pg_attribute
          WHERE attrelid = to_regclass(t.name) AND attnum > 0 AND NOT attisdropped) END)::text
      FROM (VALUES ${rights.join(", ")}) AS t (name, "right")`;
  }

  findCollection(name: string): Question {
    return `SELECT ${COLLECTION} FROM ${this.#collections} WHERE name = ${sqlText(name)}`;
  }

  makeCollection({ name, incarnation, init }: CollectionRow): Question {
    return `SELECT '', j FROM ${this.prefix}_make(${sqlText(name)}, ${sqlText(incarnation)}, ${sqlText(init)}) AS j`;
  }

  updateCollection(name: string, revision: number, init: string): Question {
    return `SELECT '', j FROM ${this.prefix}_describe(${sqlText(name)}, ${revision}, ${sqlText(init)}) AS j`;
  }

  listCollections(): Question {
    return `SELECT name, json_build_array(name)::text FROM ${this.#collections}`;
  }

  scan(records: RecordsOf, { lower, isAfter = false, upper, limit }: ScanRange): Question {
    const conditions = [
      ...(lower === undefined ? [] : [`k ${isAfter ? ">" : ">="} ${bytes(lower)}`]),
      ...(upper === undefined ? [] : [`k < ${bytes(upper)}`]),
    ];
    const some = `SELECT * FROM ${this.#recordsWhere(records, conditions)} ORDER BY k`;
    const limited = limit === undefined ? some : `${some} LIMIT ${limit}`;
    return `SELECT ${HEAD} FROM (${limited}) AS r ${this.#unlessGone(records)}`;
  }

  heads(records: RecordsOf, keys: readonly string[]): Question {
    return `SELECT ${HEAD} FROM ${this.#ofKeys(records, keys)} ${this.#unlessGone(records)}`;
  }

  records(records: RecordsOf, keys: readonly string[]): Question {
    const counted = `SELECT *, ${BYTES_BEFORE} FROM ${this.#ofKeys(records, keys)}`;
    return `SELECT ${WHOLE} FROM (${counted}) AS r ${this.#unlessGone(records)}`;
  }

  merge(batch: string, count: number): Question {
    return `SELECT '', j FROM ${this.prefix}_merge(${sqlText(batch)}, ${count}) AS j`;
  }

  together(questions: readonly Question[]): string {
    const parts = questions.map((question, i) => `SELECT ${i} AS q, * FROM (${question}) AS q${i} (o, j)`);
    const end = `SELECT ${questions.length}, '', json_build_array('end')::text`;
    const all = [...parts, end].join(" UNION ALL ");
    return `SELECT q, j FROM (${all}) AS answers WHERE $CONDITIONS ORDER BY q, o COLLATE "C" ASC`;
  }

  #ofKeys(records: RecordsOf, keys: readonly string[]): string {
    return this.#recordsWhere(records, [`k IN (${keys.map(bytes).join(", ")})`]);
  }

  #recordsWhere({ incarnation }: RecordsOf, conditions: readonly string[]): string {
    return `${this.#records} WHERE ${[`incarnation = '${incarnation}'`, ...conditions].join(" AND ")}`;
  }

  #unlessGone({ incarnation }: RecordsOf): string {
    return `UNION ALL SELECT '', json_build_array('gone')::text
      WHERE NOT EXISTS (SELECT FROM ${this.#collections} WHERE incarnation = '${incarnation}')`;
  }

  #makeFunction(): string {
    return `CREATE OR REPLACE FUNCTION ${this.prefix}_make(the_name text, the_incarnation text, the_init text)
  RETURNS SETOF text LANGUAGE plpgsql AS $$
BEGIN
  INSERT INTO ${this.#collections} VALUES (the_name, 1, the_incarnation::uuid, the_init, 1, 0, 0) ON CONFLICT DO NOTHING;
  RETURN QUERY SELECT j FROM (SELECT ${COLLECTION} FROM ${this.#collections} WHERE name = the_name) AS c (o, j);
END $$`;
  }

  #updateFunction(): string {
    return `CREATE OR REPLACE FUNCTION ${this.prefix}_describe(the_name text, the_revision integer, the_init text)
  RETURNS SETOF text LANGUAGE plpgsql AS $$
BEGIN
  UPDATE ${this.#collections} SET init = the_init, revision = revision + 1 WHERE name = the_name AND revision = the_revision;
  RETURN QUERY SELECT j FROM (SELECT ${COLLECTION} FROM ${this.#collections} WHERE name = the_name) AS c (o, j);
END $$`;
  }
}
