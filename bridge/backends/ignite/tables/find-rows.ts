/** Rows by key. */
import { type Cell, NotRepresentable } from "../../../../core/mapping/cell.ts";
import { inGroups } from "../../shared/in-groups.ts";
import { inParallel } from "../../shared/in-parallel.ts";
import type { ServerPlan } from "../../shared/tables/server-plan.ts";
import type { FoundRow } from "../../shared/tables/table-server.ts";
import type { IgniteNode } from "../ignite-node.ts";
import type { IgniteTable } from "./ignite-table.ts";
import { foundRow, type RowTexts, selection } from "./row-texts.ts";
import type { SqlCondition } from "./scope-conditions.ts";
import { quoted } from "./table-names.ts";

const KEYS_PER_STATEMENT = 200;
/** Of a statement's arguments: below the smallest limit that a node has. */
const KEY_BYTES_PER_STATEMENT = 100_000;
const STATEMENTS_AT_A_TIME = 8;

/** A key as the cluster compares it, by position of the mapping's key columns. */
export type KeyTexts = readonly string[];

/** @throws TypeError for a key that the columns cannot hold */
export function keyTexts(plan: ServerPlan, { types }: IgniteTable, key: readonly Cell[]): KeyTexts {
  return plan.keyColumns.map((column, i) => {
    const cell = key[i] ?? null;
    const text = cell === null ? undefined : types.get(column)?.toText(cell);
    if (typeof text !== "string") throw new TypeError(`The column ${column} holds no such key`);
    return text;
  });
}

export const keyCondition = (plan: ServerPlan, table: IgniteTable, key: KeyTexts): SqlCondition => ({
  sql: plan.keyColumns.map((column) => `${quoted(column)} = ${parameter(table, column)}`).join(" AND "),
  args: key,
});

export const parameter = ({ types }: IgniteTable, column: string): string =>
  `CAST(? AS ${types.get(column)?.sql ?? "VARCHAR"})`;

/** One answer a key, in order. */
export async function findRows(
  node: IgniteNode,
  plan: ServerPlan,
  table: IgniteTable,
  columns: readonly string[],
  keys: readonly KeyTexts[],
): Promise<(FoundRow<RowTexts> | undefined)[]> {
  const selected = selection(table, [...plan.keyColumns, ...columns]);
  const found = new Map<string, FoundRow<RowTexts>>();
  // An index of several columns is entered by one key at a time.
  const most = plan.keyCount === 1 ? KEYS_PER_STATEMENT : 1;
  await inParallel(inStatements(keys, most), STATEMENTS_AT_A_TIME, async (some) => {
    const where = most === 1 ? keyCondition(plan, table, some[0] ?? []) : anyOf(plan, table, some);
    const rows = await node.rows(
      `SELECT ${selected} FROM ${table.sql} WHERE ${where.sql}`,
      where.args,
      table.cache,
    );
    for (const row of rows) {
      const name = nameOf(plan.keyColumns.map((column, i) => canonical(table, column, row[i])));
      found.set(
        name,
        found.has(name) ? several(columns) : foundRow(table, columns, row.slice(plan.keyCount)),
      );
    }
  });
  return keys.map((key) => found.get(nameOf(key)));
}

/** The mapping's key is not the table's. */
const several = (columns: readonly string[]): FoundRow<RowTexts> => ({
  cells: columns.map(() => new NotRepresentable("several rows of the table have its key")),
});

function anyOf(plan: ServerPlan, table: IgniteTable, keys: readonly KeyTexts[]): SqlCondition {
  const [column = ""] = plan.keyColumns;
  const places = keys.map(() => parameter(table, column)).join(", ");
  return { sql: `${quoted(column)} IN (${places})`, args: keys.flat() };
}

const inStatements = (keys: readonly KeyTexts[], most: number): KeyTexts[][] =>
  inGroups(keys, { most, bytes: KEY_BYTES_PER_STATEMENT }, (key) =>
    key.reduce((sum, text) => sum + 3 * text.length, 0),
  );

/** As keyTexts has it: the cluster has other forms for some. */
function canonical({ types }: IgniteTable, column: string, text: unknown): unknown {
  const type = types.get(column);
  const cell = type?.toCell(String(text));
  return type === undefined || cell === undefined || cell instanceof NotRepresentable
    ? text
    : type.toText(cell);
}

const nameOf = (texts: readonly unknown[]): string => JSON.stringify(texts);
