/** A scope as SQL that decides as core/mapping/scope-cells.ts does: by class and by bytes, NULL never true. */
import type { Cell } from "../../../../core/mapping/cell.ts";
import type { BoundScope, ScopeCondition, ScopeLiteral } from "../../../../core/mapping/scope.ts";
import { type ExactCell, quoteIdentifier } from "../driver.ts";
import type { CellBinder } from "./row-cells.ts";

export interface SqlCondition {
  readonly sql: string;
  readonly parameters: readonly ExactCell[];
}

const NUMBERS = "IN ('integer', 'real')";

export function scopeSql(
  scope: BoundScope,
  binder: CellBinder,
  cellOf: (column: string, literal: ScopeLiteral) => Cell | undefined,
): SqlCondition {
  if ("and" in scope) return joined(scope.and, "AND", "1");
  if ("or" in scope) return joined(scope.or, "OR", "0");
  if ("not" in scope) {
    // Never NULL inside: every condition is 0 or 1.
    const { sql, parameters } = scopeSql(scope.not, binder, cellOf);
    return { sql: `(NOT ${sql})`, parameters };
  }
  return condition(scope, binder, cellOf);

  function joined(all: readonly BoundScope[], by: "AND" | "OR", none: "0" | "1"): SqlCondition {
    const parts = all.map((each) => scopeSql(each, binder, cellOf));
    return {
      sql: parts.length === 0 ? none : `(${parts.map(({ sql }) => sql).join(` ${by} `)})`,
      parameters: parts.flatMap(({ parameters }) => parameters),
    };
  }
}

function condition(
  { column, is, value }: ScopeCondition<ScopeLiteral>,
  binder: CellBinder,
  cellOf: (column: string, literal: ScopeLiteral) => Cell | undefined,
): SqlCondition {
  const name = quoteIdentifier(column);
  if (is === "isNull") return { sql: `${name} IS NULL`, parameters: [] };
  if (is === "isNotNull") return { sql: `${name} IS NOT NULL`, parameters: [] };
  const cell = value === undefined ? undefined : cellOf(column, value);
  if (cell === undefined || cell === null) return { sql: "0", parameters: [] };
  const { sql, parameter } = binder.bind(cell);
  const classes = cell instanceof Uint8Array ? "= 'blob'" : typeof cell === "string" ? "= 'text'" : NUMBERS;
  const collation = typeof cell === "string" ? " COLLATE BINARY" : "";
  return {
    sql: `(typeof(${name}) ${classes} AND ${name}${collation} ${is} ${sql})`,
    parameters: [parameter],
  };
}
