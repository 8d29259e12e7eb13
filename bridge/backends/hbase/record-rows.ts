/** Rows of records as document-rows.ts takes them. */
import type { BackendRecord, BackendWrite } from "../backend.ts";
import { Deleted, type RowHead, toRecord, toRowHead } from "../shared/document-rows.ts";
import { opIdOf } from "../shared/tokens.ts";
import type { Cells, Row } from "./cell-set.ts";
import { Column, keyOfRow } from "./schema.ts";

const text = new TextDecoder();

const textOf = (cell: Uint8Array | undefined): string | undefined =>
  cell === undefined ? undefined : text.decode(cell);

/** @throws ProtocolError "malformed-row" for a key that is not of ours */
export const headOf = (prefix: string, row: Row): RowHead => toRowHead(headCells(prefix, row));

/** @throws ProtocolError "malformed-row" for a key that is not of ours */
export const recordOf = (prefix: string, row: Row): BackendRecord =>
  toRecord([...headCells(prefix, row), textOf(row.cells.get(Column.prevOpId)), row.cells.get(Column.body)]);

function headCells(prefix: string, { key, cells }: Row): unknown[] {
  const deleted = textOf(cells.get(Column.deleted));
  return [
    keyOfRow(prefix, key),
    textOf(cells.get(Column.version)),
    cells.get(Column.digest),
    // A record that was never deleted has no such cell: a scan reads two of each, and not three.
    deleted === undefined ? Deleted.no : Number(deleted),
  ];
}

const NOTHING = new Uint8Array();

/** What an operation leaves in its row. */
export function cellsOf({ opId, expect, write }: BackendWrite, token: string, writer: string): Cells {
  const isPut = typeof write === "object";
  const deleted = isPut ? Deleted.no : write === "delete" ? Deleted.yes : Deleted.neverThere;
  const isFirst = expect === null;
  return [
    [Column.version, token],
    [Column.digest, isPut ? write.digest : NOTHING],
    ...(isPut && isFirst ? [] : [[Column.deleted, String(deleted)] as const]),
    [Column.opId, opId],
    ...(isFirst ? [] : [[Column.prevOpId, opIdOf(expect) ?? ""] as const]),
    [Column.writer, writer],
    [Column.body, isPut ? write.body : NOTHING],
  ];
}
