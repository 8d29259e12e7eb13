/** What a file's format is, by what it holds: names say nothing for certain. */
import { BackendError } from "../../backend-error.ts";
import { vanished } from "../table-commits.ts";
import type { WebHdfs } from "../webhdfs/webhdfs.ts";
import { csvHeader } from "./csv-rows.ts";
import { bytesOf } from "./file-bytes.ts";
import type { DataFile } from "./plain-files.ts";

export interface CsvFormat {
  readonly name: "CSV";
  readonly delimiter: string;
  readonly header: readonly string[];
}

export type FileFormat = { readonly name: "Parquet" } | { readonly name: "NDJSON" | "JSON" } | CsvFormat;

const SUPPORTED =
  "NDJSON, JSON arrays, CSV with column names and Parquet can be read, all but Parquet also as .gz.";

/** Formats and compressions that others write, and that no reader is for here. */
const UNREADABLE = /\.(bz2|zst|zstd|lz4|snappy|lzo|xz|deflate|orc|avro|seq)$/i;

const HEAD_BYTES = 64 * 1024;

const PARQUET_MAGIC = "PAR1";
const PARQUET_ENCRYPTED = "PARE";
const BYTE_ORDER_MARK = "\ufeff";

const DELIMITERS = [",", "\t", ";"] as const;

/** Undefined where there is nothing in it. @throws BackendError "unsupported" */
export async function formatOf(
  fs: WebHdfs,
  file: DataFile,
  signal?: AbortSignal,
): Promise<FileFormat | undefined> {
  if (file.bytes === 0) return undefined;
  const unreadable = UNREADABLE.exec(file.path)?.[1];
  if (unreadable !== undefined) {
    throw new BackendError(
      "unsupported",
      `${file.path}: nothing here reads ${unreadable} files. ${SUPPORTED}`,
    );
  }
  const head = await headOf(fs, file, signal);
  const magic = head.toString("latin1", 0, PARQUET_MAGIC.length);
  if (magic === PARQUET_MAGIC) return { name: "Parquet" };
  if (magic === PARQUET_ENCRYPTED) {
    throw new BackendError(
      "unsupported",
      `${file.path} is encrypted Parquet, which cannot be read. ${SUPPORTED}`,
    );
  }
  const line = firstLine(head);
  if (line === "" && head.length >= HEAD_BYTES) {
    throw new BackendError("unsupported", `${file.path} begins with blanks alone. ${SUPPORTED}`);
  }
  switch (line[0]) {
    case undefined:
      return undefined;
    case "{":
      return { name: "NDJSON" };
    case "[":
      return { name: "JSON" };
    default: {
      const delimiter = delimiterOf(line);
      return {
        name: "CSV",
        delimiter,
        header: await csvHeader(file.path, bytesOf(fs, file, signal), delimiter),
      };
    }
  }
}

/** What it begins with, unpacked: `HEAD_BYTES` at least where there are as many. */
async function headOf(fs: WebHdfs, file: DataFile, signal: AbortSignal | undefined): Promise<Buffer> {
  if (!file.path.endsWith(".gz")) {
    const read = await fs.read(file.path, { offset: 0, length: Math.min(HEAD_BYTES, file.bytes) }, signal);
    if (read === undefined) throw vanished(fs, file.path);
    return read;
  }
  const chunks: Buffer[] = [];
  let length = 0;
  for await (const chunk of bytesOf(fs, file, signal)) {
    chunks.push(chunk);
    length += chunk.length;
    if (length >= HEAD_BYTES) break;
  }
  return Buffer.concat(chunks);
}

/** The first one that is not blank, without what is blank around it. */
const firstLine = (head: Buffer): string =>
  head.toString("utf8").replace(BYTE_ORDER_MARK, "").trimStart().split("\n", 1)[0] ?? "";

/** The one that stands there most, outside of quotes. */
function delimiterOf(line: string): string {
  const plain = line.replace(/"[^"]*"/g, "");
  const counted = DELIMITERS.map((delimiter) => ({ delimiter, count: plain.split(delimiter).length }));
  return counted.reduce((most, one) => (one.count > most.count ? one : most)).delimiter;
}

/** @throws BackendError "unsupported" where a folder's files are not of one kind */
export function requireSameFormat(wanted: FileFormat, own: FileFormat, { path }: DataFile): void {
  if (own.name !== wanted.name) {
    throw new BackendError(
      "unsupported",
      `${path} is ${own.name}, and other files of the folder are ${wanted.name}: a table's files have one format. Move what is no part of the table somewhere else.`,
    );
  }
  if (own.name !== "CSV" || wanted.name !== "CSV") return;
  const missing = wanted.header.find((name) => !own.header.includes(name));
  const extra = own.header.find((name) => !wanted.header.includes(name));
  const differs = missing ?? extra;
  if (differs === undefined) return;
  throw new BackendError(
    "unsupported",
    `${path} has other columns than the folder's other files, as ${JSON.stringify(differs.slice(0, 40))} is not in all of them: their first lines have to be the same column names.`,
  );
}
