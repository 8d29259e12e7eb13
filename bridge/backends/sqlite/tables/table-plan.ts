/** What a mapping means for one table as it is now: statements, checked against the schema. */
import type { TableMapping } from "../../../../core/mapping/table-mapping.ts";
import { MappedTable } from "../../shared/tables/mapped-table.ts";
import { type TableRow, toTableRow } from "../../shared/tables/table-row.ts";
import { quoteIdentifier, type SqliteFile } from "../driver.ts";
import { describeTable, type SqliteTableInfo } from "./introspect.ts";
import { CellBinder, CellReader, selectCells, type TextEncoding } from "./row-cells.ts";
import { type SqlCondition, scopeSql } from "./scope-sql.ts";

const ENCODINGS: readonly TextEncoding[] = ["UTF-8", "UTF-16le", "UTF-16be"];

export class TablePlan extends MappedTable<SqliteTableInfo> {
  /** The table's name in statements. */
  readonly quotedName: string;
  readonly reader: CellReader;
  readonly binder: CellBinder;
  readonly encoding: TextEncoding;
  readonly scope: SqlCondition | undefined;
  /** What is selected of a row: its classes and cells, and whether it is in the scope. */
  readonly selection: SqlCondition;

  /** @throws BackendError "unknown-table"; "mapping-mismatch" naming everything that does not fit. */
  constructor(file: SqliteFile, mapping: TableMapping) {
    const { columns, scope } = mapping;
    super(mapping, describeTable(file, columns.table));
    this.quotedName = quoteIdentifier(columns.table);
    this.encoding = encodingOf(file);
    this.reader = new CellReader(this.encoding);
    this.binder = new CellBinder(this.encoding);
    this.scope =
      scope && scopeSql(scope, this.binder, (column, literal) => this.codec.cellOfLiteral(column, literal));
    const cells = selectCells(this.columns.map(quoteIdentifier));
    this.selection = {
      sql: `${cells}, ${this.scope?.sql ?? "1"}`,
      parameters: this.scope?.parameters ?? [],
    };
  }

  /** @param row What `selection` selects. */
  toRow(row: readonly unknown[]): TableRow {
    const count = this.columns.length;
    return toTableRow(this, this.reader.cells(row, count), row[count + 1] === 1n);
  }
}

function encodingOf(file: SqliteFile): TextEncoding {
  const told = file.statement("PRAGMA encoding").get([])?.[0];
  return ENCODINGS.find((encoding) => encoding === told) ?? "UTF-8";
}
