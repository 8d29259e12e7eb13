/**
 * One row's compare-and-set: a statement whose condition holds the texts of all cells that were seen, so that a decimal of
 * another scale is another cell. Ignite writes a row only as it read it for the condition, else it says so.
 */
import type { Cell } from "../../../../core/mapping/cell.ts";
import type { VersionColumn } from "../../../../core/mapping/columns-mapping.ts";
import { BackendError } from "../../backend-error.ts";
import type { ServerPlan } from "../../shared/tables/server-plan.ts";
import type { ChangeResult, RowChange } from "../../shared/tables/table-server.ts";
import { isFinished } from "../ignite-errors.ts";
import { formText, type IgniteNode } from "../ignite-node.ts";
import { UTC_MILLISECONDS, UTC_SQL, UTC_TEXT } from "../sql-clock.ts";
import { keyCondition, keyTexts } from "./find-rows.ts";
import type { IgniteTable } from "./ignite-table.ts";
import { type RowTexts, textOf } from "./row-texts.ts";
import type { SqlCondition } from "./scope-conditions.ts";
import { quoted } from "./table-names.ts";

/** A row that another writer was just at: the statement did not write it, its condition may hold still. */
const MAX_TRIES = 8;

export async function changeRow(
  node: IgniteNode,
  plan: ServerPlan,
  table: IgniteTable,
  change: RowChange<RowTexts>,
): Promise<ChangeResult> {
  const { sql, args } = statementOf(plan, table, change);
  const encoded = args.map(formText);
  const bytes = encoded.reduce((sum, arg) => sum + arg.length + ARGUMENT_NAME_BYTES, formText(sql).length);
  if (!(await node.takesForm(bytes))) return { is: "rejected", code: "too-large", reason: tooLarge(bytes) };
  for (let attempt = 1; ; attempt++) {
    try {
      const changed = await node.update(sql, encoded, table.cache);
      return { is: changed > 0 ? "applied" : "missed" };
    } catch (error) {
      const refused = refusalOf(error);
      if (refused !== undefined) return refused;
      if (!isFinished(error)) throw error;
      // Of an INSERT: the row is there. Else somebody was at it, and whether it is as it was shows in the next try.
      if (change.kind === "insert" || attempt === MAX_TRIES) return { is: "missed" };
    }
  }
}

/** `&arg123=` */
const ARGUMENT_NAME_BYTES = 8;

export function tooLarge(bytes: number): string {
  return `It takes ${bytes} bytes as a form, and the node's Jetty takes no such form: raise org.eclipse.jetty.server.Request.maxFormContentSize in the file that its "jettyPath" names.`;
}

/** What Ignite says of a value that a column cannot hold: the statement wrote nothing. */
const CONSTRAINT =
  /(Null value is not allowed|Null key is not allowed|too long|out of range|Data conversion error|Failed to convert).*/i;

function refusalOf(error: unknown): ChangeResult | undefined {
  if (!(error instanceof BackendError)) return undefined;
  const said = CONSTRAINT.exec(error.message)?.[0];
  return said === undefined
    ? undefined
    : { is: "rejected", code: "constraint", reason: `Ignite refused the row: ${said}` };
}

function statementOf(plan: ServerPlan, table: IgniteTable, change: RowChange<RowTexts>): SqlCondition {
  const key = keyTexts(plan, table, change.key);
  if (change.kind === "insert") return insertSql(plan, table, key, change);
  const where = seenCondition(plan, table, key, change);
  if (change.kind === "delete") {
    return { sql: `DELETE FROM ${table.sql} WHERE ${where.sql}`, args: where.args };
  }
  const values = valuesOf(table, change);
  const set = values.map(({ column, sql }) => `${quoted(column)} = ${sql}`).join(", ");
  const args = [...values.flatMap(({ args }) => args), ...where.args];
  return { sql: `UPDATE ${table.sql} SET ${set} WHERE ${where.sql}`, args };
}

function insertSql(
  plan: ServerPlan,
  table: IgniteTable,
  key: readonly string[],
  change: RowChange<RowTexts>,
): SqlCondition {
  const values = valuesOf(table, change);
  const columns = [...plan.keyColumns, ...values.map(({ column }) => column)].map(quoted).join(", ");
  const places = [...plan.keyColumns.map(() => "?"), ...values.map(({ sql }) => sql)];
  return {
    // With VALUES, what is beyond a column's size would be cut and rounded without a word.
    sql: `INSERT INTO ${table.sql} (${columns}) SELECT ${places.join(", ")}`,
    args: [...key, ...values.flatMap(({ args }) => args)],
  };
}

/** The key, and that each mapped column still says what it said. */
function seenCondition(
  plan: ServerPlan,
  table: IgniteTable,
  key: readonly string[],
  { from, there }: RowChange<RowTexts>,
): SqlCondition {
  const ofKey = keyCondition(plan, table, key);
  const seen = [...plan.keyColumns, ...from.keys()].map((column) => {
    const text = there?.own?.get(column) ?? null;
    return text === null
      ? { sql: `${quoted(column)} IS NULL`, args: [] }
      : { sql: `${textOf(column)} = ?`, args: [text] };
  });
  const all = [ofKey, ...seen];
  return { sql: all.map(({ sql }) => sql).join(" AND "), args: all.flatMap(({ args }) => args) };
}

interface ColumnValue extends SqlCondition {
  readonly column: string;
}

function valuesOf(table: IgniteTable, { set, clock }: RowChange<RowTexts>): ColumnValue[] {
  const values = Array.from(set, ([column, cell]) => ({ column, ...valueSql(table, column, cell) }));
  if (clock !== undefined) values.push({ column: clock.column, sql: clockSql(table, clock), args: [] });
  return values;
}

/** @throws TypeError for a cell that refusalOf refuses */
function valueSql(table: IgniteTable, column: string, cell: Cell): SqlCondition {
  // A parameter cannot be NULL.
  if (cell === null) return { sql: "NULL", args: [] };
  const text = table.types.get(column)?.toText(cell);
  if (typeof text !== "string") throw new TypeError(`The column ${column} cannot hold the cell`);
  // A CAST would round times.
  return { sql: "?", args: [text] };
}

const CLOCKS: Readonly<Record<NonNullable<VersionColumn["clock"]>, string>> = {
  dateMilliseconds: UTC_MILLISECONDS,
  dateSeconds: `(${UTC_MILLISECONDS}) / 1000`,
  dateText: UTC_TEXT,
  dateSql: UTC_SQL,
};

/** A column of points in time takes the time as it is. */
const clockSql = ({ types }: IgniteTable, { column, clock }: VersionColumn): string =>
  types.get(column)?.sql.startsWith("TIMESTAMP") ? "CURRENT_TIMESTAMP()" : CLOCKS[clock ?? "dateText"];
