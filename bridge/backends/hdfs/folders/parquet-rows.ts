/** Rows of Parquet, a row group after the other, with values as exact as the file has them. */
import { brotliDecompressSync, gunzipSync } from "node:zlib";
import {
  type AsyncBuffer,
  type Compressors,
  type DecodedArray,
  type FileMetaData,
  type ParquetParsers,
  type ParquetScan,
  parquetMetadataAsync,
  parquetScan,
  parquetSchema,
  type SchemaElement,
  type SchemaTree,
} from "hyparquet";
import { NotRepresentable } from "../../../../core/mapping/cell.ts";
import { ProtocolError } from "../../../../core/protocol/protocol-error.ts";
import { messageOf } from "../../../../core/session/session-error.ts";
import { BackendError } from "../../backend-error.ts";
import { vanished } from "../table-commits.ts";
import type { WebHdfs } from "../webhdfs/webhdfs.ts";
import type { FileRow } from "./file-rows.ts";
import { CalendarDay, JsonText, Moment, NumberText } from "./file-values.ts";
import type { DataFile } from "./plain-files.ts";

/** Rows that are made at a time, of columns of which a row group is in memory. */
const ROWS_AT_A_TIME = 500;

export interface ParquetFile {
  readonly file: DataFile;
  readonly source: AsyncBuffer;
  readonly metadata: FileMetaData;
  readonly columns: readonly SchemaTree[];
}

/** @throws ProtocolError "corrupt" where it is no whole Parquet file */
export async function openParquet(fs: WebHdfs, file: DataFile, signal?: AbortSignal): Promise<ParquetFile> {
  const source: AsyncBuffer = {
    byteLength: file.bytes,
    async slice(start, end = file.bytes) {
      const bytes = await fs.read(file.path, { offset: start, length: end - start }, signal);
      if (bytes === undefined) throw vanished(fs, file.path);
      return bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.length) as ArrayBuffer;
    },
  };
  const metadata = await named(file, () => parquetMetadataAsync(source, { geoparquet: false }));
  return { file, source, metadata, columns: parquetSchema(metadata).children };
}

/** @param wanted Absent = all columns. Those that the file lacks are NULL. */
export async function* parquetRows(
  fs: WebHdfs,
  file: DataFile,
  wanted: readonly string[] | undefined,
  signal?: AbortSignal,
): AsyncGenerator<readonly FileRow[]> {
  const opened = await openParquet(fs, file, signal);
  const columns = opened.columns.filter(({ element: { name } }) => wanted?.includes(name) ?? true);
  // Rows that have none of the columns are still rows.
  if (columns.length === 0) {
    yield Array.from({ length: Number(opened.metadata.num_rows) }, () => ({}));
    return;
  }
  const names = columns.map(({ element: { name } }) => name);
  const finishers = columns.map(finisherOf);
  const scan = await scanOf(opened, names);
  for (const { rowStart, rowEnd } of scan.ranges) {
    const values = await named(file, () =>
      Promise.all(names.map((column) => scan.readColumn({ column, rowStart, rowEnd }))),
    );
    if (values.some(({ length }) => length !== rowEnd - rowStart)) {
      throw new ProtocolError("corrupt", `${file.path} has fewer rows than it says.`);
    }
    for (let from = 0; from < rowEnd - rowStart; from += ROWS_AT_A_TIME) {
      const count = Math.min(ROWS_AT_A_TIME, rowEnd - rowStart - from);
      yield Array.from({ length: count }, (_, i) => rowAt(names, values, finishers, from + i));
    }
  }
}

const scanOf = ({ file, source, metadata }: ParquetFile, columns: string[]): Promise<ParquetScan> =>
  named(file, () =>
    parquetScan({
      file: source,
      metadata: { ...metadata, schema: metadata.schema.map(undecided) },
      columns,
      useOffsetIndex: false,
      utf8: false,
      geoparquet: false,
      parsers: PARSERS,
      compressors: PARQUET_DECOMPRESSORS,
    }),
  );

type Finisher = (value: unknown) => unknown;

function rowAt(
  names: readonly string[],
  values: readonly DecodedArray[],
  finishers: readonly (Finisher | undefined)[],
  at: number,
): FileRow {
  const row: Record<string, unknown> = Object.create(null);
  for (const [i, name] of names.entries()) {
    const value: unknown = values[i]?.[at] ?? null;
    row[name] = value === null ? null : (finishers[i]?.(value) ?? value);
  }
  return row;
}

const isDecimal = ({ converted_type, logical_type }: SchemaElement): boolean =>
  converted_type === "DECIMAL" || logical_type?.type === "DECIMAL";

/** Decimals are read as what they are stored as: the library would make numbers of them that are rounded. */
function undecided(element: SchemaElement): SchemaElement {
  if (!isDecimal(element)) return element;
  const { converted_type: _, logical_type: __, ...plain } = element;
  return plain;
}

/** What is left to do with a column's values; undefined = nothing. */
function finisherOf({ element, children }: SchemaTree): Finisher | undefined {
  if (children.length > 0) {
    if (!holdsDecimals(children)) return undefined;
    const refused = new NotRepresentable("it has decimals in objects or arrays, which are not read");
    return () => refused;
  }
  if (element.repetition_type === "REPEATED") return undefined;
  if (isDecimal(element)) return (value) => decimalOf(value, element);
  if (element.logical_type?.type === "TIMESTAMP" && !element.logical_type.isAdjustedToUTC) {
    return (value) => (value instanceof Moment ? new Moment(value.nanos, false) : value);
  }
  return undefined;
}

const holdsDecimals = (columns: readonly SchemaTree[]): boolean =>
  columns.some(({ element, children }) => isDecimal(element) || holdsDecimals(children));

function decimalOf(value: unknown, element: SchemaElement): NumberText | NotRepresentable {
  const unscaled = unscaledOf(value);
  if (unscaled === undefined) return new NotRepresentable("it is no decimal");
  const logical = element.logical_type;
  const scale = element.scale ?? (logical?.type === "DECIMAL" ? logical.scale : 0) ?? 0;
  const digits = (unscaled < 0n ? -unscaled : unscaled).toString().padStart(scale + 1, "0");
  const cut = digits.length - scale;
  const fraction = scale === 0 ? "" : `.${digits.slice(cut)}`;
  return new NumberText(`${unscaled < 0n ? "-" : ""}${digits.slice(0, cut)}${fraction}`, true);
}

function unscaledOf(value: unknown): bigint | undefined {
  if (typeof value === "bigint") return value;
  if (typeof value === "number") return BigInt(value);
  if (!(value instanceof Uint8Array)) return undefined;
  if (value.length === 0) return 0n;
  return BigInt.asIntN(value.length * 8, BigInt(`0x${Buffer.from(value).toString("hex")}`));
}

const utf8 = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

function textOf(bytes: Uint8Array): string | NotRepresentable {
  try {
    return utf8.decode(bytes);
  } catch {
    return new NotRepresentable("its text is not UTF-8");
  }
}

/** Those of the library make dates of milliseconds, and texts of anything. */
const PARSERS: Partial<ParquetParsers> = {
  timestampFromMilliseconds: (milliseconds) => new Moment(BigInt(milliseconds) * 1_000_000n, true),
  timestampFromMicroseconds: (micros) => new Moment(BigInt(micros) * 1000n, true),
  timestampFromNanoseconds: (nanos) => new Moment(BigInt(nanos), true),
  dateFromDays: (days) => new CalendarDay(days),
  stringFromBytes: (bytes) => bytes && textOf(bytes),
  jsonFromBytes: (bytes) => {
    const text = bytes && textOf(bytes);
    return typeof text === "string" ? new JsonText(text) : text;
  },
  geometryFromBytes: (bytes) => bytes,
  geographyFromBytes: (bytes) => bytes,
};

/** Snappy is the library's own. */
export const PARQUET_DECOMPRESSORS: Compressors = {
  GZIP: (input) => gunzipSync(input),
  BROTLI: (input) => brotliDecompressSync(input),
};

/** What the library finds wrong, in our words. */
async function named<Result>({ path }: DataFile, work: () => Promise<Result>): Promise<Result> {
  try {
    return await work();
  } catch (error) {
    if (error instanceof ProtocolError || (error instanceof Error && error.name === "AbortError"))
      throw error;
    const said = messageOf(error);
    if (/unsupported|not supported/i.test(said)) {
      throw new BackendError(
        "unsupported",
        `${path}: ${said}. Parquet is read uncompressed or with Snappy, gzip or Brotli: let the job write one of these.`,
        { cause: error },
      );
    }
    throw new ProtocolError("corrupt", `${path} is no whole Parquet file: ${said}.`, { cause: error });
  }
}
