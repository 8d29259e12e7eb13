/** Which of a folder's files a row can lie in, where folders `name=value` are columns. */
import type { Cell } from "../../../../../core/mapping/cell.ts";
import type { ServerPlan } from "../../../shared/tables/server-plan.ts";
import type { RowChange } from "../../../shared/tables/table-server.ts";
import type { DataFile } from "../plain-files.ts";
import { cellsOfPartition } from "../row-reader.ts";
import { isSameCell } from "./same-cell.ts";

/** All of a new row. */
export function cellsOfChange(
  { keyColumns }: ServerPlan,
  { key, set }: RowChange,
): ReadonlyMap<string, Cell> {
  return new Map([...keyColumns.map((column, i) => [column, key[i] ?? null] as const), ...set]);
}

/** Those that a new row can be added to, or beside. */
export function filesFor(
  plan: ServerPlan,
  files: readonly DataFile[],
  cells: ReadonlyMap<string, Cell>,
): DataFile[] {
  return modelsOf(files).filter((file) =>
    [...cellsOfPartition(plan, file)].every(([column, cell]) => isSameCell(cell, cells.get(column) ?? null)),
  );
}

/** One with nothing in it says nothing of how others are written, unless all are like that. */
function modelsOf(files: readonly DataFile[]): readonly DataFile[] {
  const filled = files.filter(({ bytes }) => bytes > 0);
  return filled.length === 0 ? files : filled;
}

/** @param file That the row lies in; absent = it is known to whoever judges. @returns Why the change cannot be */
export function refusalByPartition(
  plan: ServerPlan,
  files: readonly DataFile[],
  change: RowChange,
  file?: DataFile,
): string | undefined {
  const [first] = modelsOf(files);
  if (first === undefined || first.partition.size === 0) return undefined;
  if (change.kind === "insert") {
    if (filesFor(plan, files, cellsOfChange(plan, change)).length > 0) return undefined;
    return `No folder of the table has its values of ${[...first.partition.keys()].join(", ")}: let a job make one, with a row in it.`;
  }
  if (file === undefined) return undefined;
  for (const [column, cell] of cellsOfPartition(plan, file)) {
    const wanted = change.set.get(column);
    if (wanted !== undefined && !isSameCell(cell, wanted)) {
      return `${column} is the name of the folder that the row lies in, and rows are not moved: delete the record and push it again.`;
    }
  }
  return undefined;
}
