/** What a folder's table is like: its format, the columns that all rows can have, and those that the first rows have. */
import type { SchemaElement } from "hyparquet";
import type { ConversionName } from "../../../../core/mapping/conversions.ts";
import type { WebHdfs } from "../webhdfs/webhdfs.ts";
import type { FolderState } from "./data-files.ts";
import { type FileFormat, formatOf } from "./file-format.ts";
import { rowsOf, valueIn, withPartitions } from "./file-rows.ts";
import { openParquet } from "./parquet-rows.ts";
import { parquetTypeName } from "./parquet-types.ts";
import type { DataFile } from "./plain-files.ts";
import { suggestConversion } from "./suggest-conversion.ts";

/** Rows that are looked at. */
const SAMPLE_ROWS = 30;
/** Columns that are listed; objects can have any number of them. */
const MAX_COLUMNS = 500;
/** Files whose own counts of rows are added up. */
const MAX_COUNTED_FILES = 50;

export interface FolderFacts {
  /** Undefined where nothing is in the files. */
  readonly format: FileFormat | undefined;
  /** All that rows can have, with the type that the files declare ("" = none); undefined where rows name their own. */
  readonly columns: ReadonlyMap<string, string> | undefined;
  /** Of Parquet's columns, what they store. */
  readonly elements?: ReadonlyMap<string, SchemaElement>;
}

export interface FolderSample {
  readonly columns: readonly { readonly name: string; readonly suggested: ConversionName | undefined }[];
  readonly rows: number;
}

/** Of the newest file that has anything in it: where columns were added, it has them. */
export async function factsOf(fs: WebHdfs, state: FolderState): Promise<FolderFacts> {
  for (const file of newestFirst(state.files)) {
    const format = await formatOf(fs, file);
    if (format === undefined) continue;
    const { types, elements } = await columnsOf(fs, file, format);
    if (types === undefined) return { format, columns: undefined };
    const names = withPartitions(types.keys(), state);
    const columns = new Map(names.map((name) => [name, types.get(name) ?? ""]));
    return { format, columns, ...(elements === undefined ? {} : { elements }) };
  }
  return { format: undefined, columns: undefined };
}

const newestFirst = (files: readonly DataFile[]): DataFile[] =>
  [...files].sort((a, b) => b.modified - a.modified);

interface OwnColumns {
  readonly types?: ReadonlyMap<string, string>;
  readonly elements?: ReadonlyMap<string, SchemaElement>;
}

async function columnsOf(fs: WebHdfs, file: DataFile, format: FileFormat): Promise<OwnColumns> {
  switch (format.name) {
    case "Parquet": {
      const { columns } = await openParquet(fs, file);
      return {
        types: new Map(columns.map((column) => [column.element.name, parquetTypeName(column)])),
        elements: new Map(columns.map(({ element }) => [element.name, element])),
      };
    }
    case "CSV":
      return { types: new Map(format.header.map((name) => [name, ""])) };
    default:
      return {};
  }
}

/** What the first rows hold. */
export async function sampleOf(fs: WebHdfs, state: FolderState, facts: FolderFacts): Promise<FolderSample> {
  const held = new Map<string, unknown[]>(
    withPartitions(facts.columns?.keys() ?? [], state).map((name) => [name, []]),
  );
  let rows = 0;
  if (facts.format !== undefined) {
    sampling: for await (const { file, rows: some } of rowsOf(fs, facts.format, state.files)) {
      for (const row of some) {
        for (const name of Object.keys(row)) {
          if (!held.has(name) && held.size < MAX_COLUMNS) held.set(name, []);
        }
        for (const [name, values] of held) values.push(valueIn(file, row, name));
        if (++rows === SAMPLE_ROWS) break sampling;
      }
    }
  }
  const columns = Array.from(held, ([name, values]) => ({ name, suggested: suggestConversion(values) }));
  return { columns, rows };
}

/** Undefined where counting them costs a scan. */
export async function countRows(
  fs: WebHdfs,
  { files }: FolderState,
  { format }: FolderFacts,
): Promise<number | undefined> {
  const filled = files.filter(({ bytes }) => bytes > 0);
  if (format?.name !== "Parquet" || filled.length > MAX_COUNTED_FILES) return undefined;
  let rows = 0;
  for (const file of filled) rows += Number((await openParquet(fs, file)).metadata.num_rows);
  return rows;
}
