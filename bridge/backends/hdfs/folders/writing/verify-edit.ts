/**
 * Reads what was written in place of a file, before it counts: rows that were not to change have to be the same, and those that
 * were to change have to hold what was asked for, in the eyes of what reads any folder.
 */
import { isDeepStrictEqual } from "node:util";
import { isLosslessNumber } from "lossless-json";
import { ProtocolError } from "../../../../../core/protocol/protocol-error.ts";
import { BackendError } from "../../../backend-error.ts";
import type { WebHdfs } from "../../webhdfs/webhdfs.ts";
import { cellOfValue } from "../cell-of-value.ts";
import { formatOf } from "../file-format.ts";
import { type FileRow, rowsOf, valueIn } from "../file-rows.ts";
import type { DataFile } from "../plain-files.ts";
import type { FileEdit, RowCells } from "./file-edit.ts";
import { isSameCell } from "./same-cell.ts";

/** @param file What was written. @throws BackendError "unsupported" where it is not what it should be */
export async function verifyEdit(fs: WebHdfs, edit: FileEdit, file: DataFile): Promise<void> {
  try {
    await requireExpected(fs, edit, file);
  } catch (error) {
    const isUnreadable = error instanceof ProtocolError && error.code === "corrupt";
    throw isUnreadable ? inexact(edit, file, error) : error;
  }
}

async function requireExpected(fs: WebHdfs, edit: FileEdit, file: DataFile): Promise<void> {
  const rows = rowsIn(fs, file);
  for await (const { before, cells } of expectedRows(fs, edit)) {
    const { value: row } = await rows.next();
    if (row === undefined || !isAsExpected(edit, file, row, before, cells)) throw inexact(edit, file);
  }
  if ((await rows.next()).value !== undefined) throw inexact(edit, file);
}

async function* rowsIn(fs: WebHdfs, file: DataFile): AsyncGenerator<FileRow, undefined> {
  const format = await formatOf(fs, file);
  if (format === undefined) return undefined;
  for await (const { rows } of rowsOf(fs, format, [file])) yield* rows;
  return undefined;
}

interface ExpectedRow {
  /** Undefined for a new row. */
  readonly before: FileRow | undefined;
  /** What is changed of it. */
  readonly cells: RowCells;
}

const NOTHING: RowCells = new Map();

async function* expectedRows(
  fs: WebHdfs,
  { file, replaces, changed, added }: FileEdit,
): AsyncGenerator<ExpectedRow> {
  if (file !== undefined && replaces) {
    let at = 0;
    for await (const before of rowsIn(fs, file)) {
      const cells = changed.get(at++) ?? NOTHING;
      if (cells !== "delete") yield { before, cells };
    }
  }
  for (const cells of added) yield { before: undefined, cells };
}

function isAsExpected(
  { conversions }: FileEdit,
  file: DataFile,
  row: FileRow,
  before: FileRow | undefined,
  cells: RowCells,
): boolean {
  for (const [column, cell] of cells) {
    const as = conversions.get(column);
    if (as !== undefined && !isSameCell(cellOfValue(valueIn(file, row, column), as), cell)) return false;
  }
  if (before === undefined) return true;
  if (cells.size === 0) return isSameValue(row, before);
  const columns = new Set([...Object.keys(before), ...Object.keys(row)]);
  return [...columns].every((column) => cells.has(column) || isSameValue(row[column], before[column]));
}

/** A line is parsed with all digits where any number of it has many, so the same number may come in two ways. */
const isSameValue = (one: unknown, other: unknown): boolean =>
  isDeepStrictEqual(one, other) || isDeepStrictEqual(asNumbers(one), asNumbers(other));

function asNumbers(value: unknown): unknown {
  if (isLosslessNumber(value)) return Number(value.value);
  if (Array.isArray(value)) return value.map(asNumbers);
  if (value === null || typeof value !== "object" || Object.getPrototypeOf(value) !== Object.prototype) {
    return value;
  }
  return Object.fromEntries(Object.entries(value).map(([name, member]) => [name, asNumbers(member)]));
}

const inexact = ({ file }: FileEdit, { path }: DataFile, cause?: unknown): BackendError =>
  new BackendError(
    "unsupported",
    `${file?.path ?? path} cannot be written back exactly: what was written in place of it reads differently. Nothing was changed.`,
    { cause },
  );
