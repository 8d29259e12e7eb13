/** A row of somebody's table as a record, with a token made of what it holds. */
import { createHash } from "node:crypto";
import { EntryState } from "../../../../core/batch/entry-batch.ts";
import { encodeValue } from "../../../../core/codec/encode-value.ts";
import { Digester } from "../../../../core/digest/digester.ts";
import { type Cell, NotRepresentable } from "../../../../core/mapping/cell.ts";
import type { ColumnsCodec } from "../../../../core/mapping/columns-codec.ts";
import type { BackendRecord } from "../../backend.ts";

/** Cells by position; what is no cell of the declared kind is not representable. */
export type RowCells = readonly (Cell | NotRepresentable)[];

/** Where a mapping's columns lie in a row. */
export interface RowShape {
  readonly codec: ColumnsCodec;
  /** Those of the key first, then those of the fields, then the version's; each once. */
  readonly columns: readonly string[];
  /** How many of `columns` are the key's. */
  readonly keyCount: number;
  /** @throws TypeError where no such column is read */
  positionOf(column: string): number;
}

export interface TableRow {
  readonly key: Uint8Array | NotRepresentable;
  /** The mapped part of the record. */
  readonly record: unknown;
  readonly token: string;
  readonly inScope: boolean;
}

const digester = new Digester();

/** @param cells By position of `shape.columns`; there may be more behind them. */
export function toTableRow(shape: RowShape, cells: RowCells, inScope: boolean): TableRow {
  return {
    key: keyOf(shape, cells),
    record: recordOf(shape, cells),
    token: tokenOf(shape, cells),
    inScope,
  };
}

function keyOf(shape: RowShape, cells: RowCells): Uint8Array | NotRepresentable {
  const key: Cell[] = [];
  for (let i = 0; i < shape.keyCount; i++) {
    const cell = cells[i];
    if (cell instanceof NotRepresentable) {
      return new NotRepresentable(`key column ${shape.columns[i]}: ${cell.reason}`);
    }
    key.push(cell ?? null);
  }
  return shape.codec.cellsToKey(key);
}

function recordOf(shape: RowShape, cells: RowCells): unknown {
  for (let i = 0; i < shape.columns.length; i++) {
    const cell = cells[i];
    if (cell instanceof NotRepresentable) return new NotRepresentable(`${shape.columns[i]}: ${cell.reason}`);
  }
  return shape.codec.cellsToRecord((column) => cells[shape.positionOf(column)] as Cell);
}

const encoder = new TextEncoder();

/**
 * 128 bits of SHA-256 over all mapped cells and the version's: somebody who wrote any of them has made another
 * token, also where the version column did not move.
 */
export function tokenOf(shape: RowShape, cells: RowCells): string {
  // As one text: a call of the hash for each cell costs more than all the rest of a row.
  let text = "";
  for (let i = shape.keyCount; i < shape.columns.length; i++) {
    const cell = cellText(cells[i] ?? null);
    text += `${shape.columns[i]}\0${cell.length}:${cell}`;
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
const bodyOf = (record: unknown): Uint8Array => encoder.encode(encodeValue(record));

export function toRecord(key: Uint8Array, row: TableRow | undefined): BackendRecord {
  if (row === undefined) return { key, state: "absent" };
  const { record, token } = row;
  if (record instanceof NotRepresentable)
    return { key, state: "notRepresentable", reason: record.reason, token };
  return { key, state: "present", digest: digestOf(record), token, body: bodyOf(record) };
}

/** Longest reason, in ASCII as a batch wants it. */
const MAX_REASON = 200;

export function asciiOf(reason: string): string {
  return reason.replace(/[^\x20-\x7e]/g, "?").slice(0, MAX_REASON);
}
