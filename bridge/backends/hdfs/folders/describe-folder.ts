/** What there is to map: the columns that the files declare, and those that the first rows have. */
import type { ConversionName } from "../../../../core/mapping/conversions.ts";
import type { ColumnDescription, TableDescription } from "../../../../core/mapping/table-description.ts";
import type { FolderState } from "./data-files.ts";
import { withPartitions } from "./file-rows.ts";
import type { FolderFacts, FolderSample } from "./folder-facts.ts";

export function describeSample(
  table: string,
  { columns: declared }: FolderFacts,
  { columns, rows }: FolderSample,
  count: number | undefined,
): TableDescription {
  return {
    ...describe(
      table,
      columns.map(({ name, suggested }) => described(name, declared?.get(name), suggested)),
    ),
    // Rows of JSON can have other columns, as no row of CSV and Parquet can.
    ...(declared === undefined ? { columnsOf: `the first ${rows === 1 ? "row" : `${rows} rows`}` } : {}),
    ...(count === undefined ? {} : { rows: count }),
  };
}

/** @param named Columns that a mapping names: any where rows name their own. */
export function describeNamed(
  table: string,
  { columns: declared }: FolderFacts,
  state: FolderState,
  named: Iterable<string>,
): TableDescription {
  if (declared !== undefined) {
    return describe(
      table,
      Array.from(declared, ([name, type]) => described(name, type)),
    );
  }
  const columns = withPartitions(named, state).map((name) => described(name));
  return { ...describe(table, columns), columnsOf: "the mapping" };
}

function described(name: string, type = "", suggested?: ConversionName): ColumnDescription {
  return { name, type, nullable: true, ...(suggested === undefined ? {} : { suggested }) };
}

const describe = (name: string, columns: readonly ColumnDescription[]): TableDescription => ({
  name,
  isView: false,
  columns,
  primaryKey: [],
  unique: [],
  foreignKeys: [],
  checks: [],
});
