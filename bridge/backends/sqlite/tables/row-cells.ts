/**
 * Cells on their way from and to SQLite. Text travels as its bytes both ways: libsql cuts what it reads at NUL
 * and mends what is not UTF-8.
 */
import { type Cell, NotRepresentable } from "../../../../core/mapping/cell.ts";
import type { RowCells } from "../../shared/tables/table-row.ts";
import type { ExactCell } from "../driver.ts";

/** How the file's texts are stored: PRAGMA encoding. */
export type TextEncoding = "UTF-8" | "UTF-16le" | "UTF-16be";

/** Selects one text that holds a letter for each column's class, then the columns. */
export function selectCells(quotedColumns: readonly string[]): string {
  const classes = quotedColumns.map((column) => `substr(typeof(${column}), 1, 1)`).join(" || ");
  const cells = quotedColumns.map(
    (column) => `CASE WHEN typeof(${column}) = 'text' THEN CAST(${column} AS BLOB) ELSE ${column} END`,
  );
  return [classes, ...cells].join(", ");
}

export class CellReader {
  readonly #decoder: TextDecoder;

  constructor(encoding: TextEncoding) {
    this.#decoder = new TextDecoder(encoding.toLowerCase(), { fatal: true, ignoreBOM: true });
  }

  /**
   * Text that is no text in the file's encoding is not representable.
   *
   * @param row What `selectCells` selects, from index 0 on.
   */
  cells(row: readonly unknown[], count: number): RowCells {
    const classes = String(row[0]);
    const cells: (Cell | NotRepresentable)[] = [];
    for (let i = 0; i < count; i++) cells.push(this.#cell(classes.charAt(i), row[i + 1]));
    return cells;
  }

  #cell(letter: string, value: unknown): Cell | NotRepresentable {
    if (value === null || typeof value === "bigint" || typeof value === "number") return value;
    if (!(value instanceof Uint8Array)) throw new TypeError(`SQLite returned a ${typeof value} for a cell`);
    const bytes = new Uint8Array(value.buffer, value.byteOffset, value.byteLength);
    if (letter !== "t") return bytes;
    try {
      return this.#decoder.decode(bytes);
    } catch {
      return new NotRepresentable("its text is not valid in the database's encoding");
    }
  }
}

/** A value to bind, and what stands for it in a statement. */
export interface BoundCell {
  readonly sql: "?" | "CAST(? AS TEXT)";
  readonly parameter: ExactCell;
}

export class CellBinder {
  readonly #encoding: TextEncoding;

  constructor(encoding: TextEncoding) {
    this.#encoding = encoding;
  }

  bind(cell: Cell): BoundCell {
    if (typeof cell !== "string") return { sql: "?", parameter: cell };
    return { sql: "CAST(? AS TEXT)", parameter: this.#bytes(cell) };
  }

  #bytes(text: string): Uint8Array {
    if (this.#encoding === "UTF-8") return Buffer.from(text, "utf8");
    const bytes = Buffer.from(text, "utf16le");
    return this.#encoding === "UTF-16le" ? bytes : bytes.swap16();
  }
}
