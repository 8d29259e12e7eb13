/** A file's rows as the cells that a mapping wants. */
import type { ConversionName } from "../../../../core/mapping/conversions.ts";
import type { ServerPlan } from "../../shared/tables/server-plan.ts";
import type { RowCells } from "../../shared/tables/table-row.ts";
import { cellOfValue } from "./cell-of-value.ts";
import { type FileRow, valueIn } from "./file-rows.ts";
import type { DataFile } from "./plain-files.ts";

/** @param columns Whose cells are wanted. */
export function rowReader(
  plan: ServerPlan,
  columns: readonly string[],
): (file: DataFile, row: FileRow) => RowCells {
  const conversions = conversionsOf(plan);
  const wanted = columns.map((column) => ({ column, as: conversions.get(column) }));
  return (file, row) => wanted.map(({ column, as }) => cellOfValue(valueIn(file, row, column), as));
}

/** What the columns hold that the file's partition tells of. */
export function cellsOfPartition(plan: ServerPlan, file: DataFile): Map<string, RowCells[number]> {
  const conversions = conversionsOf(plan);
  return new Map(
    Array.from(file.partition.keys(), (column) => [
      column,
      cellOfValue(valueIn(file, {}, column), conversions.get(column)),
    ]),
  );
}

/** By column. */
export const conversionsOf = ({ mapping: { columns } }: ServerPlan): Map<string, ConversionName> =>
  new Map([...columns.fields, ...columns.key].map(({ column, as }) => [column, as]));
