/** The rows of a folder's files, one after the other, whatever format they have. */
import type { WebHdfs } from "../webhdfs/webhdfs.ts";
import { csvRows } from "./csv-rows.ts";
import type { FolderState } from "./data-files.ts";
import { type FileFormat, formatOf, requireSameFormat } from "./file-format.ts";
import { UntypedText } from "./file-values.ts";
import { jsonRows } from "./json-rows.ts";
import { parquetRows } from "./parquet-rows.ts";
import type { DataFile } from "./plain-files.ts";

/** A row as its file holds it: what is no property is NULL. */
export type FileRow = Readonly<Record<string, unknown>>;

export interface RowsOfFile {
  readonly file: DataFile;
  readonly rows: readonly FileRow[];
}

/** @param columns Those that are wanted; absent = all. */
export async function* rowsOf(
  fs: WebHdfs,
  format: FileFormat,
  files: readonly DataFile[],
  columns?: readonly string[],
  signal?: AbortSignal,
): AsyncGenerator<RowsOfFile> {
  for (const file of files) {
    const own = await formatOf(fs, file, signal);
    if (own === undefined) continue;
    requireSameFormat(format, own, file);
    for await (const rows of rowsOfOne(fs, own, file, columns, signal)) {
      signal?.throwIfAborted();
      yield { file, rows };
    }
  }
}

function rowsOfOne(
  fs: WebHdfs,
  format: FileFormat,
  file: DataFile,
  columns: readonly string[] | undefined,
  signal: AbortSignal | undefined,
): AsyncIterable<readonly FileRow[]> {
  switch (format.name) {
    case "Parquet":
      return parquetRows(fs, file, columns, signal);
    case "CSV":
      return csvRows(fs, file, format, signal);
    default:
      return jsonRows(fs, file, format.name, signal);
  }
}

/** What a row has in a column: a partition's value is that of all rows in it. */
export function valueIn({ partition }: DataFile, row: FileRow, column: string): unknown {
  const value = partition.get(column);
  if (value === undefined) return Object.hasOwn(row, column) ? row[column] : null;
  return value === null ? null : new UntypedText(value);
}

/** All columns of a table whose files have these. */
export const withPartitions = (columns: Iterable<string>, { partitionColumns }: FolderState): string[] => [
  ...new Set([...columns, ...partitionColumns]),
];
