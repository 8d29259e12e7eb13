/** What there is to map: the families of the schema, and the columns that the first rows have. */
import type { ColumnDescription, TableDescription } from "../../../../core/mapping/table-description.ts";
import type { Row } from "../cell-set.ts";
import { columnBytes, columnName, familyOf, ROW_KEY } from "./column-names.ts";
import { suggestConversion, suggestKeyConversion } from "./suggest-conversion.ts";

/** Rows that are looked at. */
export const SAMPLE_ROWS = 30;
/** Columns that are listed; a family can have any number of them. */
const MAX_COLUMNS = 500;

/** @param rows The first ones of the table. */
export function describeSample(
  table: string,
  families: readonly string[],
  rows: readonly Row[],
): TableDescription {
  const cells = new Map<string, Uint8Array[]>();
  for (const row of rows) {
    for (const [column, cell] of row.cells) {
      const known = cells.get(column);
      if (known !== undefined) known.push(cell);
      else if (cells.size < MAX_COLUMNS) cells.set(column, [cell]);
    }
  }
  const columns = [...cells].sort(([a], [b]) => (a < b ? -1 : 1));
  const keys = rows.map(({ key }) => Uint8Array.from(Buffer.from(key, "latin1")));
  return describe(
    table,
    [
      described(ROW_KEY, suggestKeyConversion(keys)),
      ...columns.map(([column, some]) => described(columnName(column), suggestConversion(some))),
    ],
    `the first ${rows.length === 1 ? "row" : `${rows.length} rows`}; families: ${families.join(", ")}`,
  );
}

/** @param named Columns that a mapping names: they are there where their families are. */
export function describeNamed(
  table: string,
  families: readonly string[],
  named: Iterable<string>,
): TableDescription {
  const columns = [...new Set(named)].filter(
    (name) => families.includes(familyOf(name)) && columnName(columnBytes(name)) === name,
  );
  return describe(
    table,
    [ROW_KEY, ...columns].map((name) => described(name)),
    "the mapping",
  );
}

function described(name: string, suggested?: ColumnDescription["suggested"]): ColumnDescription {
  return {
    name,
    type: "",
    nullable: name !== ROW_KEY,
    ...(suggested === undefined ? {} : { suggested }),
  };
}

const describe = (
  name: string,
  columns: readonly ColumnDescription[],
  columnsOf: string,
): TableDescription => ({
  name,
  isView: false,
  columns,
  primaryKey: [ROW_KEY],
  unique: [],
  foreignKeys: [],
  checks: [],
  columnsOf,
});
