/** Writes a Parquet file anew with other rows. Values go as they are stored, whatever their types mean, so none is converted. */
import { gzipSync } from "node:zlib";
import { type DecodedArray, parquetScan, type SchemaElement } from "hyparquet";
import { ByteWriter, ParquetWriter } from "hyparquet-writer";
import { BackendError } from "../../../backend-error.ts";
import type { WebHdfs } from "../../webhdfs/webhdfs.ts";
import { openParquet, PARQUET_DECOMPRESSORS, type ParquetFile } from "../parquet-rows.ts";
import type { DataFile } from "../plain-files.ts";
import type { TextEdits } from "./json-edits.ts";
import { inOlderWords, type StoredValue, unwritableColumn } from "./parquet-cells.ts";

/** By columns; columns that are not named stay, or are NULL. */
export type ParquetCells = ReadonlyMap<string, StoredValue>;

/** As those that are there, within these; groups of a few rows would cost more than the rows. */
const [MIN_GROUP_ROWS, MAX_GROUP_ROWS] = [10_000, 1_000_000];

/** @throws BackendError "unsupported" where the file has columns that nothing here writes */
export async function editParquet(
  fs: WebHdfs,
  file: DataFile,
  { changed, added }: TextEdits<ParquetCells>,
  keepsRows: boolean,
): Promise<Uint8Array> {
  const opened = await openParquet(fs, file);
  const elements = opened.columns.map(({ element }) => element);
  for (const element of elements) requireWritable(file, element);
  const columnData = [];
  for (const element of elements) {
    const { name } = element;
    const values = keepsRows ? await storedValues(opened, name) : [];
    const kept = values.flatMap((value, row) => {
      const edit = changed.get(row);
      if (edit === "delete") return [];
      return [edit?.has(name) === true ? (edit.get(name) ?? null) : value];
    });
    columnData.push({ name, data: [...kept, ...added.map((cells) => cells.get(name) ?? null)] });
  }
  return written(opened, columnData);
}

function requireWritable({ path }: DataFile, element: SchemaElement): void {
  const why = unwritableColumn(element);
  if (why === undefined) return;
  throw new BackendError("unsupported", `${path} cannot be written back exactly, as its column ${why}.`);
}

/** Without what says what they mean. */
function plain({
  converted_type: _,
  logical_type: __,
  scale: ___,
  precision: ____,
  ...element
}: SchemaElement) {
  return element;
}

async function storedValues({ source, metadata }: ParquetFile, column: string): Promise<StoredValue[]> {
  const scan = await parquetScan({
    file: source,
    metadata: { ...metadata, schema: metadata.schema.map(plain) },
    columns: [column],
    useOffsetIndex: false,
    utf8: false,
    geoparquet: false,
    compressors: PARQUET_DECOMPRESSORS,
  });
  const all: StoredValue[] = [];
  for (const { rowStart, rowEnd } of scan.ranges) {
    const values: DecodedArray = await scan.readColumn({ column, rowStart, rowEnd });
    for (const value of values) all.push((value as StoredValue | undefined) ?? null);
  }
  return all;
}

function written(
  { metadata }: ParquetFile,
  columnData: readonly { readonly name: string; readonly data: StoredValue[] }[],
): Uint8Array {
  const [first] = metadata.row_groups;
  const bytes = new ByteWriter();
  const codec = first?.columns[0]?.meta_data?.codec ?? "SNAPPY";
  const writer = new ParquetWriter({
    writer: bytes,
    schema: metadata.schema.map(plain),
    // What cannot be packed the same way is packed in another one, which changes no value.
    codec: codec === "UNCOMPRESSED" || codec === "GZIP" ? codec : "SNAPPY",
    compressors: { GZIP: (input) => gzipSync(input) },
    // Of values without their types the least and the greatest would be others.
    statistics: false,
    ...(metadata.key_value_metadata === undefined ? {} : { kvMetadata: metadata.key_value_metadata }),
    createdBy: "driftscope",
  });
  const largest = Math.max(0, ...metadata.row_groups.map(({ num_rows }) => Number(num_rows)));
  const rowGroupSize = Math.min(MAX_GROUP_ROWS, Math.max(MIN_GROUP_ROWS, largest));
  void writer.write({ columnData: [...columnData], rowGroupSize });
  writer.schema = metadata.schema.map(inOlderWords);
  void writer.finish();
  return bytes.getBytes();
}
