/**
 * All rows of a table, or of its part that the scope's conditions find.
 *
 * Completeness: where SQL's order is that of the primary key's values, pages go on after the last key, and the last one
 * has fewer rows than were asked for. Else one cursor is read to its end, which the node keeps in memory meanwhile. Every
 * answer is whole or none, since its JSON is; ScanWitness knows when an answer leaves rows out.
 */
import type { ServerPlan } from "../../shared/tables/server-plan.ts";
import type { FoundRow } from "../../shared/tables/table-server.ts";
import type { IgniteNode } from "../ignite-node.ts";
import { ScanWitness } from "./cluster-facts.ts";
import { parameter } from "./find-rows.ts";
import type { IgniteTable } from "./ignite-table.ts";
import { foundRow, type RowTexts, selection } from "./row-texts.ts";
import { type SqlCondition, scopeCondition } from "./scope-conditions.ts";
import { quoted } from "./table-names.ts";

const PAGE_ROWS = 2000;

export async function* scanRows(
  node: IgniteNode,
  plan: ServerPlan,
  table: IgniteTable,
  columns: readonly string[],
  signal: AbortSignal,
): AsyncGenerator<FoundRow<RowTexts>[]> {
  const witness = await ScanWitness.before(node, table.cache);
  const where = scopeCondition(plan.mapping.scope, plan.codec, table);
  const rows = isPaged(table)
    ? inPages(node, table, columns, where)
    : node.pages(selectSql(table, columns, where), where?.args ?? [], table.cache, PAGE_ROWS);
  for await (const page of rows) {
    signal.throwIfAborted();
    yield page.map((row) => foundRow(table, columns, row));
  }
  await witness.after();
}

const isPaged = ({ primaryKey, types }: IgniteTable): boolean =>
  primaryKey.length > 0 && primaryKey.every((column) => types.get(column)?.pages === true);

function selectSql(table: IgniteTable, columns: readonly string[], where: SqlCondition | undefined): string {
  const condition = where === undefined ? "" : ` WHERE ${where.sql}`;
  return `SELECT ${selection(table, columns)} FROM ${table.sql}${condition}`;
}

async function* inPages(
  node: IgniteNode,
  table: IgniteTable,
  columns: readonly string[],
  where: SqlCondition | undefined,
): AsyncGenerator<unknown[][]> {
  const { primaryKey: key, cache } = table;
  const selected = [...columns, ...key];
  const order = key.map(quoted).join(", ");
  yield* rowsWithNull(node, table, columns, where);
  const isKeyed = { sql: key.map((column) => `${quoted(column)} IS NOT NULL`).join(" AND "), args: [] };
  let after: SqlCondition | undefined;
  for (;;) {
    const conditions = [where, isKeyed, after].filter((condition) => condition !== undefined);
    const all = conjunction(conditions);
    const sql = `${selectSql(table, selected, all)} ORDER BY ${order} LIMIT ${PAGE_ROWS}`;
    const rows = await node.rows(sql, all.args, cache);
    yield rows;
    const last = rows.at(-1);
    if (last === undefined || rows.length < PAGE_ROWS) return;
    after = afterKey(table, last.slice(columns.length).map(String));
  }
}

/** A key of several columns can have NULL in them, which nothing comes after. */
async function* rowsWithNull(
  node: IgniteNode,
  table: IgniteTable,
  columns: readonly string[],
  where: SqlCondition | undefined,
): AsyncGenerator<unknown[][]> {
  const { primaryKey: key, cache } = table;
  if (key.length === 1) return;
  const isNull = { sql: key.map((column) => `${quoted(column)} IS NULL`).join(" OR "), args: [] };
  const all = conjunction(where === undefined ? [isNull] : [where, isNull]);
  yield* node.pages(selectSql(table, columns, all), all.args, cache, PAGE_ROWS);
}

const conjunction = (conditions: readonly SqlCondition[]): SqlCondition => ({
  sql: conditions.map(({ sql }) => `(${sql})`).join(" AND "),
  args: conditions.flatMap(({ args }) => args),
});

/** Of (a, b): a is at least this, and it is more, or b is. The first part is what an index is entered by. */
function afterKey(table: IgniteTable, texts: readonly string[]): SqlCondition {
  const { primaryKey } = table;
  const [first = ""] = primaryKey;
  const bound = (column: string): string => parameter(table, column);
  const later = primaryKey.map((column, i) => {
    const same = primaryKey.slice(0, i).map((before) => `${quoted(before)} = ${bound(before)}`);
    return {
      sql: [...same, `${quoted(column)} > ${bound(column)}`].join(" AND "),
      args: texts.slice(0, i + 1),
    };
  });
  return {
    sql: `${quoted(first)} >= ${bound(first)} AND (${later.map(({ sql }) => sql).join(" OR ")})`,
    args: [...texts.slice(0, 1), ...later.flatMap(({ args }) => args)],
  };
}
