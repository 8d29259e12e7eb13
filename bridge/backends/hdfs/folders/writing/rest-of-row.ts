/** What a mapping leaves out of a row of a folder, so that it can be put back with the row. */
import type { Cell, NotRepresentable } from "../../../../../core/mapping/cell.ts";
import type { ServerPlan } from "../../../shared/tables/server-plan.ts";
import type { FoundRow } from "../../../shared/tables/table-server.ts";
import { cellOfValue } from "../cell-of-value.ts";
import { type FileRow, valueIn } from "../file-rows.ts";
import { NumberText, UntypedText } from "../file-values.ts";
import type { DataFile } from "../plain-files.ts";
import { cellOfJson } from "./text-cells.ts";

/** Where a row was found, and all that was read of it; of folders that can be written. */
export interface RowInFile {
  readonly file: DataFile;
  readonly row: FileRow;
  /** Whether rows have columns that nobody has described, with values of any kind. */
  readonly isJson: boolean;
}

export type OwnRow = FoundRow<RowInFile>;

/** @param found With the cells of `plan.read`, then of `plan.rest`. */
export function restOfRow(
  plan: ServerPlan,
  { own, cells }: OwnRow,
): ReadonlyMap<string, Cell | NotRepresentable> {
  const columns = [...new Set([...plan.read, ...plan.rest])];
  const held = new Map(columns.map((column, i) => [column, cells[i] ?? null]));
  const rest = new Map<string, Cell | NotRepresentable>();
  for (const column of plan.rest) rest.set(column, held.get(column) ?? null);
  if (own === undefined) return rest;
  const { file, row, isJson } = own;
  for (const column of [...Object.keys(row), ...file.partition.keys()]) {
    if (plan.isMapped(column)) continue;
    const value = valueIn(file, row, column);
    const isPlain = !isJson || value instanceof UntypedText || column === plan.version?.column;
    rest.set(column, value !== null && !isPlain ? cellOfJson(value) : cellOf(value));
  }
  return rest;
}

/** Decimals with all their digits. */
const cellOf = (value: unknown): Cell | NotRepresentable =>
  value instanceof NumberText && value.isDecimal ? value.text : cellOfValue(value, undefined);
