/**
 * What one column of one row holds, apart from any database: INTEGER is a bigint, REAL a number, TEXT a string,
 * BLOB bytes. The class is part of the value: 1n and 1 are two cells.
 */
export type Cell = null | bigint | number | string | Uint8Array;

/** A value that the other side cannot hold exactly, or a cell that is not what the mapping declares. */
export class NotRepresentable {
  /** For the person: what it is and why that does not fit; no full stop, so that it can be put after a name. */
  readonly reason: string;

  constructor(reason: string) {
    this.reason = reason;
  }
}

/** Names a cell's class as databases do. */
export function classOfCell(cell: Cell): string {
  if (cell === null) return "NULL";
  switch (typeof cell) {
    case "bigint":
      return "an integer";
    case "number":
      return "a real number";
    case "string":
      return "text";
    default:
      return "a blob";
  }
}
