/**
 * Folders `name=value`, as Hive and Spark lay out partitions: a column with this value in every row of the files within.
 */
import type { Cell } from "../../../../core/mapping/cell.ts";
import type { ColumnsCodec } from "../../../../core/mapping/columns-codec.ts";
import type { BoundScope, ScopeCondition, ScopeLiteral } from "../../../../core/mapping/scope.ts";
import { isInScope } from "../../../../core/mapping/scope-cells.ts";
import type { RowCells } from "../../shared/tables/table-row.ts";

/** What stands for NULL in a folder's name. */
const NULL_PARTITION = "__HIVE_DEFAULT_PARTITION__";

/** @param path Of which every step `name=value` counts. */
export function partitionOf(path: string): ReadonlyMap<string, string | null> {
  const columns = new Map<string, string | null>();
  for (const step of path.split("/")) {
    const at = step.indexOf("=");
    if (at <= 0) continue;
    const value = unescaped(step.slice(at + 1));
    columns.set(unescaped(step.slice(0, at)), value === NULL_PARTITION ? null : value);
  }
  return columns;
}

/** Hive writes what a path cannot hold as %3A. */
const unescaped = (text: string): string =>
  text.replace(/(?:%[0-9A-Fa-f]{2})+/g, (bytes) =>
    Buffer.from(bytes.replaceAll("%", ""), "hex").toString("utf8"),
  );

/** Whether a file can hold a row of the scope, as far as its partition tells. @param cells Of the partition's columns. */
export function mayHoldRows(
  scope: BoundScope | undefined,
  cells: ReadonlyMap<string, RowCells[number]>,
  codec: ColumnsCodec,
): boolean {
  if (scope === undefined || "not" in scope) return true;
  if ("and" in scope) return scope.and.every((each) => mayHoldRows(each, cells, codec));
  if ("or" in scope) return scope.or.some((each) => mayHoldRows(each, cells, codec));
  const cell = cells.get(scope.column);
  if (cell === undefined) return true;
  const wantedOf = ({ column, value }: ScopeCondition<ScopeLiteral>): Cell =>
    value === undefined ? null : (codec.cellOfLiteral(column, value) ?? null);
  return isInScope(scope, () => cell, wantedOf);
}

/** Whether the scope asks for one of these columns in every case. */
export function narrowsBy(scope: BoundScope | undefined, columns: readonly string[]): boolean {
  if (scope === undefined || "not" in scope) return false;
  if ("and" in scope) return scope.and.some((each) => narrowsBy(each, columns));
  if ("or" in scope) return scope.or.length > 0 && scope.or.every((each) => narrowsBy(each, columns));
  return columns.includes(scope.column);
}
