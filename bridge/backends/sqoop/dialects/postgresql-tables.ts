/** What PostgreSQL says of somebody's tables, and how their rows are asked for. */
import type { Question } from "./dialect.ts";
import { sqlText } from "./postgresql-text.ts";

/** With its schema where that is not searched. */
const NAME = `CASE WHEN pg_table_is_visible(c.oid) THEN c.relname ELSE n.nspname || '.' || c.relname END`;

const SOMEBODYS = `c.relkind IN ('r', 'v', 'm', 'p', 'f') AND NOT c.relispartition
  AND n.nspname NOT IN ('pg_catalog', 'information_schema') AND n.nspname NOT LIKE 'pg_toast%' AND n.nspname NOT LIKE 'pg_temp%'`;

const TABLES = `pg_class AS c JOIN pg_namespace AS n ON n.oid = c.relnamespace`;

const columnsOf = (table: string, numbers: string): string =>
  `(SELECT json_agg(a.attname ORDER BY u.place) FROM unnest(${numbers}) WITH ORDINALITY AS u (number, place)
    JOIN pg_attribute AS a ON a.attrelid = ${table} AND a.attnum = u.number)`;

/** [name, is it a view, about how many rows or -1] */
export const listTables = (prefix: string): Question =>
  `SELECT ${NAME}, json_build_array(${NAME}, c.relkind IN ('v', 'm'), c.reltuples::bigint)::text FROM ${TABLES}
    WHERE ${SOMEBODYS} AND c.relname NOT LIKE ${sqlText(`${prefix.replaceAll("_", "\\_")}\\_%`)}`;

/**
 * ["table", schema, name, is it a view, rows, identity, is the merge there], then for each column
 * ["column", name, declared type, name of its base type, is it not NULL, default, is it generated], for each constraint
 * ["constraint", kind, columns, other table, its columns, definition]. Nothing where there is no such table.
 */
export function describeTable(prefix: string, table: string): Question {
  const found = `SELECT c.* , n.nspname FROM ${TABLES} WHERE ${SOMEBODYS} AND ${NAME} = ${sqlText(table)}`;
  const identity = `(SELECT json_build_array('postgresql', s.system_identifier::text, d.oid::bigint, c.oid::bigint)::text
    FROM pg_control_system() AS s, pg_database AS d WHERE d.datname = current_database())`;
  return `SELECT 'a', json_build_array('table', c.nspname, c.relname, c.relkind IN ('v', 'm'), c.reltuples::bigint, ${identity},
      to_regproc('${prefix}_merge_rows') IS NOT NULL)::text FROM (${found}) AS c
    UNION ALL SELECT 'b' || to_char(a.attnum, 'FM00000'), json_build_array('column', a.attname, format_type(a.atttypid, a.atttypmod),
      CASE WHEN t.typtype = 'b' AND t.typnamespace = 'pg_catalog'::regnamespace THEN t.typname END, a.attnotnull,
      CASE WHEN a.attgenerated = '' THEN pg_get_expr(e.adbin, e.adrelid) END, a.attgenerated <> '' OR a.attidentity = 'a')::text
      FROM (${found}) AS c JOIN pg_attribute AS a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
      JOIN pg_type AS t ON t.oid = a.atttypid LEFT JOIN pg_attrdef AS e ON e.adrelid = a.attrelid AND e.adnum = a.attnum
    UNION ALL SELECT 'c' || k.conname, json_build_array('constraint', k.contype, ${columnsOf("k.conrelid", "k.conkey")},
      k.confrelid::regclass::text, ${columnsOf("k.confrelid", "k.confkey")}, pg_get_constraintdef(k.oid))::text
      FROM (${found}) AS c JOIN pg_constraint AS k ON k.conrelid = c.oid AND k.contype IN ('p', 'u', 'f', 'c')`;
}

/**
 * As describeTable, of what a query gives: of a view that is there for a moment.
 *
 * @param query With $CONDITIONS.
 */
export const describeQuery = (prefix: string, query: string): Question =>
  `SELECT lpad(place::text, 5, '0'), j FROM ${prefix}_columns_of(${sqlText(query.replaceAll("$CONDITIONS", "(1 = 0)"))})
    WITH ORDINALITY AS c (j, place)`;

export function columnsOfFunction(prefix: string): string {
  const view = `${prefix}_look`;
  return `CREATE OR REPLACE FUNCTION ${prefix}_columns_of(query text) RETURNS SETOF text LANGUAGE plpgsql AS $$
BEGIN
  EXECUTE 'CREATE TEMPORARY VIEW ${view} AS ' || query;
  RETURN QUERY SELECT json_build_array('table', '', '', true, -1, json_build_array('postgresql', s.system_identifier::text, d.oid::bigint)::text, false)::text
    FROM pg_control_system() AS s, pg_database AS d WHERE d.datname = current_database();
  RETURN QUERY SELECT json_build_array('column', a.attname, format_type(a.atttypid, a.atttypmod),
      CASE WHEN t.typtype = 'b' AND t.typnamespace = 'pg_catalog'::regnamespace THEN t.typname END, false, null, true)::text
    FROM pg_attribute AS a JOIN pg_type AS t ON t.oid = a.atttypid
    WHERE a.attrelid = 'pg_temp.${view}'::regclass AND a.attnum > 0 ORDER BY a.attnum;
  EXECUTE 'DROP VIEW pg_temp.${view}';
END $$`;
}

/** @param from A quoted table with its schema, or a query in parentheses. @param texts SQL of what is wanted, all of it texts. */
export function selectRows(
  from: string,
  texts: readonly string[],
  where: string | undefined,
  limit: number | undefined,
): Question {
  const condition = where === undefined ? "" : ` WHERE ${where}`;
  return `SELECT '', json_build_array(${texts.join(", ")})::text FROM ${from} AS r${condition}${limit === undefined ? "" : ` LIMIT ${limit}`}`;
}

/**
 * Rows by key: the number of the key, then what is wanted.
 *
 * @param keys Of each the texts of its columns. @param key The columns, quoted, with the types of their texts.
 */
export function findRows(
  from: string,
  texts: readonly string[],
  key: readonly { readonly column: string; readonly base: string }[],
  keys: readonly (readonly string[])[],
): Question {
  const wanted = keys.map(
    (cells, i) => `(${[i, ...cells.map((cell, at) => `${sqlText(cell)}::${key[at]?.base}`)].join(", ")})`,
  );
  const names = key.map((_, at) => `wanted_${at}`);
  const same = key.map(({ column }, at) => `r.${column} = w.wanted_${at}`);
  return `SELECT '', json_build_array(w.place, ${texts.join(", ")})::text
    FROM (VALUES ${wanted.join(", ")}) AS w (${["place", ...names].join(", ")}) JOIN ${from} AS r ON ${same.join(" AND ")}`;
}

export const mergeRows = (prefix: string, batch: string, count: number): Question =>
  `SELECT '', j FROM ${prefix}_merge_rows(${sqlText(batch)}, ${count}) AS j`;
