/** Cells of a column: how they are selected, read and bound. */
import { type Cell, classOfCell, NotRepresentable } from "../../../../core/mapping/cell.ts";
import type { ConversionName } from "../../../../core/mapping/conversions.ts";
import type { CqlType } from "./cql-type.ts";
import { bytesOfJsonText } from "./json-bytes.ts";
import { jsonTextOf } from "./json-cells.ts";
import { scalarTypes } from "./scalar-cells.ts";

const decoder = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

/**
 * What to select of a column. The driver has no value for a timestamp out of Date's range, and mends a text that is
 * not UTF-8 (Cassandra takes surrogates, and two bytes for NUL): of these the server tells what can be told exactly.
 *
 * @param column Quoted.
 */
export function selection(type: CqlType, column: string): string {
  if (type.is !== "scalar") return column;
  if (type.name === "timestamp") return `toUnixTimestamp(${column})`;
  return type.name === "text" ? `textAsBlob(${column})` : column;
}

/** @param value What the driver decoded of `selection`. */
export function cellOf(type: CqlType, value: unknown): Cell | NotRepresentable {
  if (value === null || value === undefined) return null;
  if (type.is !== "scalar") return jsonTextOf(type, value);
  if (type.name !== "text") return scalarTypes[type.name].toCell(value);
  try {
    return decoder.decode(value as Buffer);
  } catch {
    return new NotRepresentable("its text is not UTF-8");
  }
}

/** For the driver, which passes bytes on as they are. */
export function bytesOf(type: CqlType, cell: Cell): Buffer | null | NotRepresentable {
  if (cell === null) return null;
  if (type.is === "scalar") return scalarTypes[type.name].toBytes(cell);
  if (typeof cell === "string") return bytesOfJsonText(type, cell);
  return new NotRepresentable(`the column takes JSON text, not ${classOfCell(cell)}`);
}

export function suggestedFor(type: CqlType): ConversionName | undefined {
  if (type.is === "unsupported") return undefined;
  return type.is === "scalar" ? scalarTypes[type.name].suggested : "json";
}
