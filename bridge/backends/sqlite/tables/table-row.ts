/** A row of somebody's table as a record, with a token made of what it holds. */
import { createHash } from "node:crypto";
import { EntryState } from "../../../../core/batch/entry-batch.ts";
import { encodeValue } from "../../../../core/codec/encode-value.ts";
import { Digester } from "../../../../core/digest/digester.ts";
import { type Cell, NotRepresentable } from "../../../../core/mapping/cell.ts";
import type { RowCells } from "./row-cells.ts";
import type { TablePlan } from "./table-plan.ts";

export interface TableRow {
  readonly key: Uint8Array | NotRepresentable;
  /** The mapped part of the record. */
  readonly record: unknown;
  readonly token: string;
  readonly inScope: boolean;
}

const digester = new Digester();

/** @param row What `TablePlan.selection` selects. */
export function toTableRow(plan: TablePlan, row: readonly unknown[]): TableRow {
  const count = plan.columns.length;
  const cells = plan.reader.cells(row, count);
  return {
    key: keyOf(plan, cells),
    record: recordOf(plan, cells),
    token: tokenOf(plan, cells),
    inScope: row[count + 1] === 1n,
  };
}

function keyOf(plan: TablePlan, cells: RowCells): Uint8Array | NotRepresentable {
  const key: Cell[] = [];
  for (let i = 0; i < plan.keyCount; i++) {
    const cell = cells[i];
    if (cell instanceof NotRepresentable) {
      return new NotRepresentable(`key column ${plan.columns[i]}: ${cell.reason}`);
    }
    key.push(cell ?? null);
  }
  return plan.codec.cellsToKey(key);
}

function recordOf(plan: TablePlan, cells: RowCells): unknown {
  for (const [i, cell] of cells.entries()) {
    if (cell instanceof NotRepresentable) return new NotRepresentable(`${plan.columns[i]}: ${cell.reason}`);
  }
  return plan.codec.cellsToRecord((column) => cells[plan.positionOf(column)] as Cell);
}

const encoder = new TextEncoder();

/**
 * 128 bits of SHA-256 over all mapped cells and the version's: somebody who wrote any of them has made another
 * token, also where the version column did not move.
 */
function tokenOf(plan: TablePlan, cells: RowCells): string {
  // As one text: a call of the hash for each cell costs more than all the rest of a row.
  let text = "";
  for (let i = plan.keyCount; i < plan.columns.length; i++) {
    const cell = cellText(cells[i] ?? null);
    text += `${plan.columns[i]}\0${cell.length}:${cell}`;
  }
  return `r.${createHash("sha256").update(text).digest("base64url").slice(0, 22)}`;
}

/** One text for each cell: the class, then the value. */
function cellText(cell: Cell | NotRepresentable): string {
  if (cell === null) return "n";
  if (cell instanceof NotRepresentable) return "x";
  switch (typeof cell) {
    case "bigint":
      return `i${cell}`;
    case "number":
      return Object.is(cell, -0) ? "r-0" : `r${cell}`;
    case "string":
      return `t${cell}`;
    default:
      return `b${Buffer.from(cell.buffer, cell.byteOffset, cell.byteLength).toString("latin1")}`;
  }
}

export interface RowHead {
  readonly state: EntryState;
  readonly digest?: Uint8Array;
  /** The reason where it cannot be a record. */
  readonly token: string;
}

export function headOf({ record, token }: TableRow): RowHead {
  if (record instanceof NotRepresentable) {
    return { state: EntryState.notRepresentable, token: asciiOf(record.reason) };
  }
  return { state: EntryState.present, digest: digester.digest(record), token };
}

export const digestOf = (record: unknown): Uint8Array => digester.digest(record);
export const bodyOf = (record: unknown): Uint8Array => encoder.encode(encodeValue(record));

/** Longest reason, in ASCII as a batch wants it. */
const MAX_REASON = 200;

export function asciiOf(reason: string): string {
  return reason.replace(/[^\x20-\x7e]/g, "?").slice(0, MAX_REASON);
}
