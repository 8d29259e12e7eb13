import type { Cell } from "../../../../core/mapping/cell.ts";

/** A row's key as text in Latin-1. @param key The key columns' cells: one, of bytes. */
export function keyOf([cell]: readonly Cell[]): string {
  if (cell instanceof Uint8Array) return Buffer.from(cell).toString("latin1");
  throw new TypeError("A row key of HBase is bytes");
}
