/** A file of a folder with other rows: what is to be written in place of it, or beside it. */
import { gzipSync } from "node:zlib";
import type { Cell } from "../../../../../core/mapping/cell.ts";
import { NotRepresentable } from "../../../../../core/mapping/cell.ts";
import type { ConversionName } from "../../../../../core/mapping/conversions.ts";
import { BackendError } from "../../../backend-error.ts";
import type { WebHdfs } from "../../webhdfs/webhdfs.ts";
import { bytesOf } from "../file-bytes.ts";
import type { CsvFormat, FileFormat } from "../file-format.ts";
import { type FileRow, rowsOf } from "../file-rows.ts";
import { UntypedText } from "../file-values.ts";
import { openParquet } from "../parquet-rows.ts";
import type { DataFile } from "../plain-files.ts";
import { editCsv } from "./csv-edits.ts";
import { editJsonArray, editJsonLines, type TextEdits } from "./json-edits.ts";
import { storedOfCell } from "./parquet-cells.ts";
import { editParquet } from "./parquet-edits.ts";
import { csvOfCell, jsonOfCell } from "./text-cells.ts";

/** By columns, none of a partition's. */
export type RowCells = ReadonlyMap<string, Cell>;

export interface FileEdit extends TextEdits<RowCells> {
  /** Absent where the folder has no file with anything in it: then NDJSON is written. */
  readonly file: DataFile | undefined;
  /** Undefined as of a file with nothing in it. */
  readonly format: FileFormat | undefined;
  /** Whether it is written anew, with its other rows; else only its format is taken. */
  readonly replaces: boolean;
  /** Of the mapping's columns. */
  readonly conversions: ReadonlyMap<string, ConversionName>;
}

/** A file and what is made of it are in memory. */
const MAX_EDITED_BYTES = 128 * 1024 * 1024;

/** @throws BackendError "too-large"; "unsupported" where it cannot be written back exactly */
export async function editedContent(fs: WebHdfs, edit: FileEdit): Promise<Uint8Array> {
  const { file, format } = edit;
  if (file !== undefined && format?.name === "Parquet") return parquetContent(fs, file, edit);
  const text = file === undefined ? "" : await textOf(fs, file);
  const content = Buffer.from(await editedText(fs, text, edit));
  return file?.path.endsWith(".gz") === true ? gzipSync(content) : content;
}

async function textOf(fs: WebHdfs, file: DataFile): Promise<string> {
  const chunks: Buffer[] = [];
  let length = 0;
  for await (const chunk of bytesOf(fs, file)) {
    chunks.push(chunk);
    length += chunk.length;
    requireSmall(file, length);
  }
  return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(Buffer.concat(chunks));
}

function requireSmall({ path }: DataFile, bytes: number): void {
  if (bytes <= MAX_EDITED_BYTES) return;
  throw new BackendError(
    "too-large",
    `${path} is larger than ${MAX_EDITED_BYTES / (1024 * 1024)} MB, and would be written anew as a whole for each push: let the job write more and smaller files.`,
  );
}

async function editedText(fs: WebHdfs, text: string, edit: FileEdit): Promise<string> {
  const { file, format, replaces, conversions } = edit;
  const numbers = await numericBooleans(fs, edit);
  if (format?.name === "CSV") {
    const csv = (column: string, cell: Cell) => csvOfCell(cell, conversions.get(column), numbers.has(column));
    const { delimiter, header }: CsvFormat = format;
    return editCsv(text, delimiter, header, written(edit, csv), replaces);
  }
  const json = (column: string, cell: Cell) => jsonOfCell(cell, conversions.get(column), numbers.has(column));
  const edits = written(edit, json);
  if (format?.name === "JSON") return editJsonArray(replaces ? text : "[]", edits);
  return editJsonLines(replaces && file !== undefined ? text : "", edits);
}

async function parquetContent(fs: WebHdfs, file: DataFile, edit: FileEdit): Promise<Uint8Array> {
  requireSmall(file, file.bytes);
  const { columns } = await openParquet(fs, file);
  const elements = new Map(columns.map(({ element }) => [element.name, element]));
  const stored = (column: string, cell: Cell) => {
    const element = elements.get(column);
    if (element === undefined) return new NotRepresentable("the file has no such column");
    return storedOfCell(cell, edit.conversions.get(column), element);
  };
  return editParquet(fs, file, written(edit, stored), edit.replaces);
}

/** @throws BackendError "unsupported" */
function written<Written>(
  { changed, added }: FileEdit,
  write: (column: string, cell: Cell) => Written | NotRepresentable,
): TextEdits<ReadonlyMap<string, Written>> {
  const row = (cells: RowCells): ReadonlyMap<string, Written> =>
    new Map(
      Array.from(cells, ([column, cell]) => {
        const value = write(column, cell);
        if (!(value instanceof NotRepresentable)) return [column, value];
        throw new BackendError("unsupported", `${column}: ${value.reason}.`);
      }),
    );
  return {
    changed: new Map(
      Array.from(changed, ([at, cells]) => [at, cells === "delete" ? cells : row(cells)] as const),
    ),
    added: added.map(row),
  };
}

/** Columns of booleans that the file's first row with a value has as 0 or 1. */
async function numericBooleans(fs: WebHdfs, edit: FileEdit): Promise<ReadonlySet<string>> {
  const { file, format, conversions, changed, added } = edit;
  const open = new Set<string>();
  for (const cells of [...changed.values(), ...added]) {
    if (cells === "delete") continue;
    for (const column of cells.keys()) if (conversions.get(column) === "boolean") open.add(column);
  }
  const numeric = new Set<string>();
  if (open.size === 0 || file === undefined || format === undefined) return numeric;
  for await (const { rows } of rowsOf(fs, format, [file])) {
    for (const row of rows) {
      for (const column of open) {
        const value = heldIn(row, column);
        if (value === null || value === undefined) continue;
        open.delete(column);
        if (value instanceof UntypedText ? /^[01]$/.test(value.text) : typeof value !== "boolean") {
          numeric.add(column);
        }
      }
    }
    if (open.size === 0) break;
  }
  return numeric;
}

const heldIn = (row: FileRow, column: string): unknown =>
  Object.hasOwn(row, column) ? row[column] : undefined;
