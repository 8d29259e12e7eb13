/** A cell as it is written into NDJSON, a JSON array or CSV: what is read back of it is the same cell. */
import { stringify } from "lossless-json";
import { type Cell, NotRepresentable } from "../../../../../core/mapping/cell.ts";
import type { ConversionName } from "../../../../../core/mapping/conversions.ts";

const no = (reason: string): NotRepresentable => new NotRepresentable(reason);
const utf8 = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

/**
 * @param isNumber Whether booleans of the column are written as 0 and 1.
 * @returns JSON; undefined = NULL
 */
export function jsonOfCell(
  cell: Cell,
  as: ConversionName | undefined,
  isNumber = false,
): string | undefined | NotRepresentable {
  if (cell === null) return undefined;
  if (as === "boolean" && !isNumber) return cell === 1n ? "true" : "false";
  switch (typeof cell) {
    case "bigint":
      return cell.toString();
    case "number":
      return Number.isFinite(cell) ? JSON.stringify(cell) : no(`JSON has no ${cell}`);
    case "string":
      return as === "json" ? cell : JSON.stringify(cell);
    default:
      // What the mapping leaves out is kept as its JSON.
      return as === undefined ? utf8.decode(cell) : no("JSON has no bytes");
  }
}

/** A value that was read of JSON as a cell that `jsonOfCell` writes again, whatever it is. */
export function cellOfJson(value: unknown): Uint8Array {
  return new TextEncoder().encode(stringify(value) ?? "null");
}

/** @param isNumber As of `jsonOfCell`. @returns The text before it is quoted; null = NULL */
export function csvOfCell(
  cell: Cell,
  as: ConversionName | undefined,
  isNumber = false,
): string | null | NotRepresentable {
  if (cell === null) return null;
  if (as === "boolean" && !isNumber) return cell === 1n ? "true" : "false";
  switch (typeof cell) {
    case "bigint":
      return cell.toString();
    case "number":
      return Number.isFinite(cell) ? String(cell) : no(`CSV has no ${cell}`);
    case "string":
      return cell;
    default:
      return no("CSV has no bytes");
  }
}
