/** One field of a record as a cell, and what a NULL or a missing property stands for. */
import { EMPTY, filled, type Slot } from "../merge/slot.ts";
import { type Cell, NotRepresentable } from "./cell.ts";
import type { FieldColumn } from "./columns-mapping.ts";
import { fromCell, toCell } from "./conversions.ts";

/** "address.city", for the person. */
export const fieldName = ({ path }: Pick<FieldColumn, "path">): string =>
  path.length === 0 ? "the record" : path.join(".");

export function fieldToCell(slot: Slot, field: FieldColumn): Cell | NotRepresentable {
  if (!slot.present) {
    if (field.whenNull === "absent") return null;
    return refused(field, "it is missing, and NULL stands for null");
  }
  if (slot.value === null && field.whenNull === "null") return null;
  if (slot.value === undefined && field.as !== "value") return refused(field, "it is undefined");
  const cell = toCell(slot.value, field.as);
  return cell instanceof NotRepresentable ? refused(field, cell.reason) : cell;
}

export function cellToField(cell: Cell, field: FieldColumn): Slot | NotRepresentable {
  if (cell === null) {
    if (field.whenNull === "null") return filled(null);
    return field.path.length === 0 ? refused(field, "the column is NULL") : EMPTY;
  }
  const value = fromCell(cell, field.as);
  return value instanceof NotRepresentable ? refused(field, value.reason) : filled(value);
}

function refused(field: FieldColumn, reason: string): NotRepresentable {
  return new NotRepresentable(`${fieldName(field)}: ${reason}`);
}
