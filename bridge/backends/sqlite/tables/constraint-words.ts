/** Constraint violations as outcomes that name the column or the constraint. */
import type { Cell } from "../../../../core/mapping/cell.ts";
import { quoteIdentifier, type SqliteFile } from "../driver.ts";
import type { TablePlan } from "./table-plan.ts";

export interface Refusal {
  readonly code: string;
  /** For the person. */
  readonly reason: string;
}

// Extended result codes: https://www.sqlite.org/rescode.html
const CONSTRAINT = 19;
const CHECK = 275;
const FOREIGN_KEY = 787;
const NOT_NULL = 1299;
const PRIMARY_KEY = 1555;
const TRIGGER = 1811;
const UNIQUE = 2067;
const DATATYPE = 3091;

function resultCode(error: unknown): number | undefined {
  return error instanceof Error && "rawCode" in error && typeof error.rawCode === "number"
    ? error.rawCode
    : undefined;
}

export const isForeignKeyViolation = (error: unknown): boolean => resultCode(error) === FOREIGN_KEY;

/** Undefined when the error is of another kind. @param cells What was to be written; undefined for a deletion. */
export function refusalOf(
  error: unknown,
  file: SqliteFile,
  plan: TablePlan,
  cells: ReadonlyMap<string, Cell> | undefined,
): Refusal | undefined {
  const code = resultCode(error);
  if (code === undefined || (code & 0xff) !== CONSTRAINT) return undefined;
  const said = error instanceof Error ? error.message : "";
  // "UNIQUE constraint failed: table.column, table.column"; for CHECK its name or its text.
  const named = said.split("constraint failed: ")[1] ?? "";
  switch (code) {
    case NOT_NULL:
      return { code: "not-null", reason: `The column ${columnsIn(named, plan)} must not be NULL.` };
    case UNIQUE:
    case PRIMARY_KEY:
      return {
        code: "unique",
        reason: `Another row has the same ${columnsIn(named, plan)}, which must be unique.`,
      };
    case CHECK:
      return { code: "check", reason: `The table's CHECK (${named}) does not hold for this record.` };
    case FOREIGN_KEY:
      return { code: "foreign-key", reason: foreignKeyWords(file, plan, cells) };
    case TRIGGER:
      return { code: "trigger", reason: `A trigger of the table refused it: ${said}.` };
    case DATATYPE:
      return { code: "data-type", reason: `A STRICT column refused the value: ${said}.` };
    default:
      return { code: "constraint", reason: `The database refused it: ${said}.` };
  }
}

/** "items.sku, items.lot" without the table. */
function columnsIn(named: string, plan: TablePlan): string {
  const prefix = `${plan.table.name}.`;
  return named
    .split(", ")
    .map((name) => (name.startsWith(prefix) ? name.slice(prefix.length) : name))
    .join(", ");
}

/** SQLite does not say which foreign key it was: each is tried. */
function foreignKeyWords(
  file: SqliteFile,
  plan: TablePlan,
  cells: ReadonlyMap<string, Cell> | undefined,
): string {
  if (cells === undefined) {
    return `Rows of other tables refer to it (${referringTables(file, plan).join(", ") || "a foreign key"}).`;
  }
  for (const { columns, table, referenced } of plan.table.foreignKeys) {
    const values = columns.map((column) => cells.get(column));
    if (values.some((value) => value === undefined || value === null)) continue;
    const parents = referenced.length > 0 ? referenced : primaryKeyOf(file, table);
    const bound = (values as Exclude<Cell, null>[]).map((value) => plan.binder.bind(value));
    const where = bound.map(({ sql }, i) => `${quoteIdentifier(parents[i] ?? "")} = ${sql}`).join(" AND ");
    const found = file
      .exactStatement(`SELECT 1 FROM ${quoteIdentifier(table)} WHERE ${where}`)
      .get(bound.map(({ parameter }) => parameter));
    if (found === undefined) {
      return `The column ${columns.join(", ")} refers to a row of ${table} that is not there.`;
    }
  }
  return "A foreign key of the table does not hold.";
}

function primaryKeyOf(file: SqliteFile, table: string): string[] {
  return file
    .statement(`PRAGMA table_info(${quoteIdentifier(table)})`)
    .all([])
    .filter((row) => Number(row[5]) > 0)
    .sort((a, b) => Number(a[5]) - Number(b[5]))
    .map((row) => String(row[1]));
}

function referringTables(file: SqliteFile, plan: TablePlan): string[] {
  const tables = file.statement("SELECT name FROM sqlite_schema WHERE type = 'table'").all([]);
  return tables
    .map(([name]) => String(name))
    .filter((name) =>
      file
        .statement(`PRAGMA foreign_key_list(${quoteIdentifier(name)})`)
        .all([])
        .some((row) => row[2] === plan.table.name),
    );
}
