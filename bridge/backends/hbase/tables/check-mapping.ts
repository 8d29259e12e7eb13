/** What a mapping of a table of HBase has to be, and which cell guards its writes. */
import type { Cell } from "../../../../core/mapping/cell.ts";
import { BYTE_CONVERSIONS } from "../../../../core/mapping/conversions.ts";
import { conditionsOf } from "../../../../core/mapping/scope.ts";
import { BackendError } from "../../backend-error.ts";
import type { ServerPlan } from "../../shared/tables/server-plan.ts";
import type { RowChange } from "../../shared/tables/table-server.ts";
import { hasNoQualifier, ROW_KEY } from "./column-names.ts";

/** @throws BackendError "mapping-mismatch" naming what HBase cannot do */
export function requireByteMapping({ mapping: { columns, scope } }: ServerPlan): void {
  const problems: string[] = [];
  const [key, ...others] = columns.key;
  if (key?.column !== ROW_KEY || others.length > 0) {
    problems.push(`The key has to be the column ${JSON.stringify(ROW_KEY)} alone: HBase finds rows by it.`);
  }
  for (const { column, as } of [...columns.key, ...columns.fields]) {
    if (BYTE_CONVERSIONS.has(as)) continue;
    problems.push(
      `The column ${JSON.stringify(column)} is read as "${as}", and HBase knows bytes alone: choose what these stand for, "textBytes" or another of those for bytes.`,
    );
  }
  const mapped = new Set([...columns.key, ...columns.fields].map(({ column }) => column));
  for (const { column, is } of scope === undefined ? [] : conditionsOf(scope)) {
    if (mapped.has(column) || is === "isNull" || is === "isNotNull") continue;
    problems.push(
      `The scope asks for ${JSON.stringify(column)}, which no field is mapped to: what its bytes stand for is not known. Map it.`,
    );
  }
  if (problems.length > 0) throw new BackendError("mapping-mismatch", problems.join(" "));
}

/**
 * The column whose old bytes a write is made to depend on: the gateway compares one cell, and that has to tell of every
 * change. A text is the reason why there is none.
 */
export function guardOf({ mapping }: Pick<ServerPlan, "mapping">): { readonly column: string } | string {
  const { fields, version } = mapping.columns;
  if (version !== undefined && version.moves !== "increment" && version.moves !== "uuid") {
    return `HBase moves no version column by itself: choose another way for ${JSON.stringify(version.column)} to move, and mappings are written with it.`;
  }
  const cells = fields.filter(({ column }) => column !== ROW_KEY);
  const [only, second] = cells;
  if (version === undefined && second !== undefined) {
    return `HBase's gateway compares one cell when it writes, and this mapping has ${cells.length} columns: name a version column that everybody moves who writes a row, or map one column that holds the whole record.`;
  }
  const column = version?.column ?? only?.column;
  if (column === undefined) return "The mapping has no column but the row's key: there is nothing to write.";
  if (!hasNoQualifier(column)) return { column };
  return `HBase's gateway cannot compare the column ${JSON.stringify(column)}, whose qualifier is empty: name a version column that everybody moves who writes a row.`;
}

/** What HBase cannot do of a change in one step; undefined = it can. */
export function refusalOfChange(plan: ServerPlan, change: RowChange): string | undefined {
  const guard = guardOf(plan);
  if (typeof guard === "string") return guard;
  const { column } = guard;
  const { kind, set, from } = change;
  if (isEmpty(from.get(column))) {
    return `${column} holds an empty cell, which HBase's gateway cannot tell from none`;
  }
  if (kind === "delete") return undefined;
  if (isEmpty(set.get(column))) {
    return `${column}: HBase's gateway could not tell an empty cell from none when it is written again`;
  }
  if (kind === "insert") {
    return (set.get(column) ?? null) === null
      ? `${column} is NULL, and HBase has no rows without cells`
      : undefined;
  }
  for (const [name, cell] of set) {
    if (cell !== null || (from.get(name) ?? null) === null) continue;
    return `${name} would have to become NULL, and HBase's gateway cannot remove a cell in the step that compares another. Remove it by other means, or put a value there`;
  }
  return undefined;
}

const isEmpty = (cell: Cell | undefined): boolean => cell instanceof Uint8Array && cell.length === 0;
