/**
 * As much of a scope as SQL decides just as core/mapping/scope-cells.ts does, with bound values: the rows that it finds
 * are all of the scope's, and perhaps some more.
 *
 * Left out is what differs: `not` of a comparison with NULL, the order of texts, and values that have several forms.
 */
import type { ColumnsCodec } from "../../../../core/mapping/columns-codec.ts";
import type { BoundScope, ScopeCondition, ScopeLiteral } from "../../../../core/mapping/scope.ts";
import type { IgniteTable } from "./ignite-table.ts";
import { quoted } from "./table-names.ts";

export interface SqlCondition {
  readonly sql: string;
  readonly args: readonly string[];
}

/** Undefined where all rows have to be read. */
export function scopeCondition(
  scope: BoundScope | undefined,
  codec: ColumnsCodec,
  table: IgniteTable,
): SqlCondition | undefined {
  if (scope === undefined || "not" in scope) return undefined;
  if ("and" in scope) {
    const parts = scope.and.flatMap((each) => scopeCondition(each, codec, table) ?? []);
    return parts.length === 0 ? undefined : joined(parts, " AND ");
  }
  if ("or" in scope) {
    const parts = scope.or.flatMap((each) => scopeCondition(each, codec, table) ?? []);
    // Of an "or" with a part that is not decided, nothing is.
    return parts.length < scope.or.length || parts.length === 0 ? undefined : joined(parts, " OR ");
  }
  return conditionSql(scope, codec, table);
}

function joined(parts: readonly SqlCondition[], by: string): SqlCondition {
  return { sql: `(${parts.map(({ sql }) => sql).join(by)})`, args: parts.flatMap(({ args }) => args) };
}

function conditionSql(
  { column, is, value }: ScopeCondition<ScopeLiteral>,
  codec: ColumnsCodec,
  { types }: IgniteTable,
): SqlCondition | undefined {
  const name = quoted(column);
  if (is === "isNull") return { sql: `${name} IS NULL`, args: [] };
  if (is === "isNotNull") return { sql: `${name} IS NOT NULL`, args: [] };
  const type = types.get(column);
  const wanted = value === undefined ? undefined : codec.cellOfLiteral(column, value);
  if (type === undefined || wanted === undefined || wanted === null || !type.pages) return undefined;
  const text = type.toText(wanted);
  if (typeof text !== "string") return undefined;
  // SQL orders texts by UTF-16 units.
  if (type.sql === "VARCHAR" && is !== "=" && is !== "!=") return undefined;
  return { sql: `${name} ${is === "!=" ? "<>" : is} CAST(? AS ${type.sql})`, args: [text] };
}

/** The columns by which a condition of the scope lets the cluster read fewer rows than it has. */
export function narrowingColumns(
  scope: BoundScope | undefined,
  codec: ColumnsCodec,
  table: IgniteTable,
): string[] {
  if (scope === undefined) return [];
  if ("and" in scope) return scope.and.flatMap((each) => narrowingColumns(each, codec, table));
  if (!("column" in scope) || scope.is === "!=" || scope.is === "isNotNull") return [];
  const isFound = table.indexed.has(scope.column) && scopeCondition(scope, codec, table) !== undefined;
  return isFound ? [scope.column] : [];
}
