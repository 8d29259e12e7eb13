/**
 * Records and keys as cells, and back, as a columns mapping says. The same code judges on both sides: the page's
 * agent knows what the table cannot hold before anything is sent, and the bridge what no record can hold.
 */
import { decodeKey } from "../key/decode-key.ts";
import { encodeKey } from "../key/encode-key.ts";
import type { Key } from "../key/key.ts";
import { type Cell, NotRepresentable } from "./cell.ts";
import type { FieldColumn, KeyColumn } from "./columns-mapping.ts";
import { type ConversionName, fromCell, toCell } from "./conversions.ts";
import { cellToField, fieldName, fieldToCell } from "./field-cells.ts";
import { setAt, slotAt } from "./record-paths.ts";
import { RecordProjection } from "./record-projection.ts";
import type { BoundScope, ScopeCondition, ScopeLiteral } from "./scope.ts";
import { fixedColumns } from "./scope.ts";
import { isInScope, literalToCell } from "./scope-cells.ts";

/** What both sides need of a mapping; plain JSON. */
export interface RowMapping {
  readonly key: readonly KeyColumn[];
  readonly fields: readonly FieldColumn[];
  readonly scope?: BoundScope;
}

export class ColumnsCodec {
  readonly projection: RecordProjection;
  /** What the scope settles of columns that no field maps: put into new rows. */
  readonly fixed: ReadonlyMap<string, Cell>;
  readonly #mapping: RowMapping;
  readonly #conversions = new Map<string, ConversionName>();
  readonly #wanted = new Map<ScopeCondition<ScopeLiteral>, Cell>();

  constructor(mapping: RowMapping) {
    this.#mapping = mapping;
    const { key, fields, scope } = mapping;
    this.projection = new RecordProjection(fields.map(({ path }) => path));
    for (const { column, as } of [...fields, ...key]) this.#conversions.set(column, as);
    const fixed = new Map<string, Cell>();
    if (scope !== undefined) {
      for (const [column, literal] of fixedColumns(scope)) {
        if (!this.#conversions.has(column)) fixed.set(column, this.cellOfLiteral(column, literal) ?? null);
      }
    }
    this.fixed = fixed;
  }

  /** Undefined where the column can hold no such value: the condition is true for no row. */
  cellOfLiteral(column: string, literal: ScopeLiteral): Cell | undefined {
    const cell = literalToCell(literal, this.#conversions.get(column));
    return cell instanceof NotRepresentable ? undefined : cell;
  }

  /** The key columns' cells of key bytes. */
  keyToCells(key: Uint8Array): Cell[] | NotRepresentable {
    const { key: columns } = this.#mapping;
    const decoded: Key = decodeKey(key);
    const parts: readonly Key[] = columns.length === 1 ? [decoded] : Array.isArray(decoded) ? decoded : [];
    if (parts.length !== columns.length) {
      return new NotRepresentable(`its key is not an array of ${columns.length} elements`);
    }
    const cells: Cell[] = [];
    for (const [i, { as }] of columns.entries()) {
      const cell = toCell(parts[i], as);
      if (cell instanceof NotRepresentable) return new NotRepresentable(`its key: ${cell.reason}`);
      cells.push(cell);
    }
    return cells;
  }

  /** The key bytes of the key columns' cells. */
  cellsToKey(cells: readonly Cell[]): Uint8Array | NotRepresentable {
    const parts: unknown[] = [];
    for (const [i, { column, as }] of this.#mapping.key.entries()) {
      const cell = cells[i] ?? null;
      const part = cell === null ? new NotRepresentable("it is NULL") : fromCell(cell, as);
      if (part instanceof NotRepresentable) {
        return new NotRepresentable(`key column ${column}: ${part.reason}`);
      }
      parts.push(part);
    }
    return encodeKey(parts.length === 1 ? parts[0] : parts);
  }

  /** Cells by column, of key and fields. */
  recordToCells(key: Uint8Array, record: unknown): Map<string, Cell> | NotRepresentable {
    const keyCells = this.keyToCells(key);
    if (keyCells instanceof NotRepresentable) return keyCells;
    const cells = new Map<string, Cell>();
    for (const [i, { column }] of this.#mapping.key.entries()) cells.set(column, keyCells[i] ?? null);
    for (const field of this.#mapping.fields) {
      const slot = slotAt(record, field.path);
      if (slot instanceof NotRepresentable) return slot;
      const cell = fieldToCell(slot, field);
      if (cell instanceof NotRepresentable) return cell;
      const known = cells.get(field.column);
      if (known !== undefined && !cellsEqual(known, cell)) {
        return new NotRepresentable(`${fieldName(field)} is not what its key says`);
      }
      cells.set(field.column, cell);
    }
    const cellOf = (column: string): Cell => cells.get(column) ?? this.fixed.get(column) ?? null;
    return this.contains(cellOf) ? cells : new NotRepresentable("it is outside the mapping's scope");
  }

  /** The record, as far as it is mapped. @param cellOf The row's cell of a column. */
  cellsToRecord(cellOf: (column: string) => Cell): unknown {
    const { fields } = this.#mapping;
    let record: unknown = {};
    for (const field of fields) {
      const slot = cellToField(cellOf(field.column), field);
      if (slot instanceof NotRepresentable) return slot;
      if (!slot.present) continue;
      if (field.path.length === 0) record = slot.value;
      else setAt(record as object, field.path, slot.value);
    }
    return record;
  }

  /** Why the other side cannot hold this record; undefined when it can. */
  refusalOf(key: Uint8Array, record: unknown): string | undefined {
    const cells = this.recordToCells(key, record);
    return cells instanceof NotRepresentable ? cells.reason : undefined;
  }

  /** Whether a row lies in the mapping's scope. @param cellOf Its cell of a column that the scope names. */
  contains(cellOf: (column: string) => Cell | NotRepresentable): boolean {
    const { scope } = this.#mapping;
    return scope === undefined || isInScope(scope, cellOf, (condition) => this.#wantedBy(condition));
  }

  #wantedBy(condition: ScopeCondition<ScopeLiteral>): Cell {
    let cell = this.#wanted.get(condition);
    if (cell === undefined) {
      const { column, value } = condition;
      cell = value === undefined ? null : (this.cellOfLiteral(column, value) ?? null);
      this.#wanted.set(condition, cell);
    }
    return cell;
  }
}

function cellsEqual(a: Cell, b: Cell): boolean {
  if (a instanceof Uint8Array && b instanceof Uint8Array) {
    return a.length === b.length && a.every((byte, i) => byte === b[i]);
  }
  return a === b;
}
