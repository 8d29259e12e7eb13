/** Rows by key. */
import { NotRepresentable } from "../../../../core/mapping/cell.ts";
import type { TableRow } from "../../shared/tables/table-row.ts";
import { type ExactCell, quoteIdentifier, type SqliteFile } from "../driver.ts";
import type { TablePlan } from "./table-plan.ts";

export interface KeyCondition {
  readonly sql: string;
  readonly parameters: readonly ExactCell[];
}

/** Of exactly this key. @returns NotRepresentable where no row can have it. */
export function keyCondition(plan: TablePlan, key: Uint8Array): KeyCondition | NotRepresentable {
  const cells = plan.codec.keyToCells(key);
  if (cells instanceof NotRepresentable) return cells;
  const bound = cells.map((cell) => plan.binder.bind(cell));
  return {
    sql: bound
      .map(({ sql }, i) => {
        const column = quoteIdentifier(plan.columns[i] ?? "");
        // The index has the column's own collation, which may find more; the bytes decide.
        return typeof cells[i] === "string"
          ? `${column} = ${sql} AND ${column} COLLATE BINARY = ${sql}`
          : `${column} = ${sql}`;
      })
      .join(" AND "),
    parameters: bound.flatMap(({ parameter }, i) =>
      typeof cells[i] === "string" ? [parameter, parameter] : [parameter],
    ),
  };
}

/** Undefined when there is no such row. */
export function findRow(file: SqliteFile, plan: TablePlan, where: KeyCondition): TableRow | undefined {
  const { sql, parameters } = plan.selection;
  const row = file
    .exactStatement(`SELECT ${sql} FROM ${plan.quotedName} WHERE ${where.sql}`)
    .get([...parameters, ...where.parameters]);
  return row === undefined ? undefined : plan.toRow(row);
}
