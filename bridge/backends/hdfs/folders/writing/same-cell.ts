import { isDeepStrictEqual } from "node:util";
import { type Cell, NotRepresentable } from "../../../../../core/mapping/cell.ts";

/** What is not representable is the same as nothing. */
export function isSameCell(one: Cell | NotRepresentable, other: Cell | NotRepresentable): boolean {
  if (one instanceof NotRepresentable || other instanceof NotRepresentable) return false;
  return isDeepStrictEqual(plainBytes(one), plainBytes(other));
}

/** A Buffer and other bytes are the same. */
const plainBytes = (cell: Cell): unknown => (cell instanceof Uint8Array ? Buffer.from(cell) : cell);
