/** Whether a folder's files can hold a cell, and can be written at all. */
import type { Cell } from "../../../../../core/mapping/cell.ts";
import type { ConversionName } from "../../../../../core/mapping/conversions.ts";
import type { FolderFacts } from "../folder-facts.ts";
import { storedOfCell, unwritableColumn } from "./parquet-cells.ts";
import { csvOfCell, jsonOfCell } from "./text-cells.ts";

/** What stands for it in a file; NotRepresentable where nothing does. */
export function cellInFile(
  { format, elements }: FolderFacts,
  column: string,
  cell: Cell,
  as: ConversionName | undefined,
): unknown {
  switch (format?.name) {
    case "Parquet": {
      const element = elements?.get(column);
      return element && storedOfCell(cell, as, element);
    }
    case "CSV":
      return csvOfCell(cell, as);
    default:
      return jsonOfCell(cell, as);
  }
}

/** Undefined where they can be written. */
export function unwritableReason({ elements }: FolderFacts): string | undefined {
  for (const element of elements?.values() ?? []) {
    const why = unwritableColumn(element);
    if (why !== undefined) return `Its files cannot be written back exactly, as the column ${why}.`;
  }
  return undefined;
}
