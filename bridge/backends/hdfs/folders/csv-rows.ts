/** Rows of CSV with a line of column names. A field without anything in it is NULL, a quoted one an empty text. */
import { Readable } from "node:stream";
import { CsvError, type Parser, parse } from "csv-parse";
import { ProtocolError } from "../../../../core/protocol/protocol-error.ts";
import { BackendError } from "../../backend-error.ts";
import type { WebHdfs } from "../webhdfs/webhdfs.ts";
import { bytesOf } from "./file-bytes.ts";
import type { CsvFormat } from "./file-format.ts";
import type { FileRow } from "./file-rows.ts";
import { UntypedText } from "./file-values.ts";
import type { DataFile } from "./plain-files.ts";

const ROWS_AT_A_TIME = 500;
const MAX_RECORD_CHARACTERS = 64 * 1024 * 1024;

type Field = string | null;

export async function* csvRows(
  fs: WebHdfs,
  file: DataFile,
  { delimiter }: CsvFormat,
  signal?: AbortSignal,
): AsyncGenerator<readonly FileRow[]> {
  let header: readonly string[] | undefined;
  let rows: FileRow[] = [];
  for await (const fields of recordsOf(file.path, bytesOf(fs, file, signal), delimiter)) {
    if (header === undefined) {
      header = fields.map((name) => name ?? "");
      continue;
    }
    rows.push(rowOf(header, fields));
    if (rows.length < ROWS_AT_A_TIME) continue;
    yield rows;
    rows = [];
  }
  if (rows.length > 0) yield rows;
}

/**
 * The column names of a file.
 * @throws BackendError "unsupported" where the first line cannot be one of names
 */
export async function csvHeader(
  path: string,
  bytes: AsyncIterable<Buffer>,
  delimiter: string,
): Promise<readonly string[]> {
  for await (const fields of recordsOf(path, bytes, delimiter)) {
    const names = fields.map((name) => name ?? "");
    const wrong = names.find((name, i) => name === "" || isNumber(name) || names.indexOf(name) !== i);
    if (wrong === undefined) return names;
    throw new BackendError(
      "unsupported",
      `${path} has no line of column names, as its first line has ${wrong === "" ? "an empty field" : JSON.stringify(wrong.slice(0, 40))}: let the job write one (Spark: header=true), or write NDJSON or Parquet. NDJSON, JSON arrays, CSV with column names and Parquet can be read.`,
    );
  }
  return [];
}

const isNumber = (text: string): boolean => text.trim() !== "" && Number.isFinite(Number(text));

function rowOf(header: readonly string[], fields: readonly Field[]): FileRow {
  const row: Record<string, unknown> = Object.create(null);
  for (const [i, name] of header.entries()) {
    const field = fields[i] ?? null;
    row[name] = field === null ? null : new UntypedText(field);
  }
  return row;
}

/** @throws ProtocolError "corrupt" naming file and line */
async function* recordsOf(
  path: string,
  bytes: AsyncIterable<Buffer>,
  delimiter: string,
): AsyncGenerator<readonly Field[]> {
  const parser: Parser = parse({
    bom: true,
    delimiter,
    max_record_size: MAX_RECORD_CHARACTERS,
    skip_empty_lines: true,
    cast: (field, { quoting }) => (field === "" && !quoting ? null : field),
  });
  const source = Readable.from(inUtf8(path, bytes));
  source.once("error", (error) => parser.destroy(error));
  try {
    for await (const record of source.pipe(parser)) yield record as Field[];
  } catch (error) {
    if (!(error instanceof CsvError)) throw error;
    throw new ProtocolError(
      "corrupt",
      `${path}: ${error.message}. CSV is read with quotes doubled within quotes (Spark: escape='"').`,
      { cause: error },
    );
  } finally {
    source.destroy();
    parser.destroy();
  }
}

/** The parser takes anything for UTF-8. */
async function* inUtf8(path: string, bytes: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
  const decoder = new TextDecoder("utf-8", { fatal: true });
  const check = (chunk?: Buffer): void => {
    try {
      decoder.decode(chunk, { stream: chunk !== undefined });
    } catch (error) {
      throw new ProtocolError("corrupt", `${path} is not UTF-8.`, { cause: error });
    }
  };
  for await (const chunk of bytes) {
    check(chunk);
    yield chunk;
  }
  check();
}
