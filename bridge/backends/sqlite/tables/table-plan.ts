/** What a mapping means for one table as it is now: statements, checked against the schema. */
import { checkColumns } from "../../../../core/mapping/check-columns.ts";
import { ColumnsCodec } from "../../../../core/mapping/columns-codec.ts";
import type { VersionColumn } from "../../../../core/mapping/columns-mapping.ts";
import type { ColumnDescription } from "../../../../core/mapping/table-description.ts";
import { type TableMapping, toRowMapping } from "../../../../core/mapping/table-mapping.ts";
import { BackendError } from "../../backend-error.ts";
import { quoteIdentifier, type SqliteFile } from "../driver.ts";
import { describeTable, type SqliteTableInfo } from "./introspect.ts";
import { CellBinder, CellReader, selectCells, type TextEncoding } from "./row-cells.ts";
import { type SqlCondition, scopeSql } from "./scope-sql.ts";

const ENCODINGS: readonly TextEncoding[] = ["UTF-8", "UTF-16le", "UTF-16be"];

export class TablePlan {
  readonly mapping: TableMapping;
  readonly info: SqliteTableInfo;
  /** Quoted. */
  readonly table: string;
  readonly codec: ColumnsCodec;
  readonly reader: CellReader;
  readonly binder: CellBinder;
  readonly encoding: TextEncoding;
  /** Key columns first, then those of the fields, then the version's; each once. */
  readonly columns: readonly string[];
  readonly keyColumns: readonly string[];
  /** How many of `columns` are the key's. */
  readonly keyCount: number;
  /** All others that can be written: what the mapping leaves out. */
  readonly restColumns: readonly string[];
  readonly scope: SqlCondition | undefined;
  /** What is selected of a row: its classes and cells, and whether it is in the scope. */
  readonly selection: SqlCondition;
  readonly version: VersionColumn | undefined;
  readonly #positions: ReadonlyMap<string, number>;
  readonly #described: ReadonlyMap<string, ColumnDescription>;

  /** @throws BackendError "unknown-table"; "mapping-mismatch" naming everything that does not fit. */
  constructor(file: SqliteFile, mapping: TableMapping) {
    const { columns, scope } = mapping;
    this.mapping = mapping;
    this.info = describeTable(file, columns.table);
    const problems = checkColumns(columns, scope, this.info);
    if (problems.length > 0) throw new BackendError("mapping-mismatch", problems.join(" "));
    this.table = quoteIdentifier(columns.table);
    this.codec = new ColumnsCodec(toRowMapping(mapping));
    this.encoding = encodingOf(file);
    this.reader = new CellReader(this.encoding);
    this.binder = new CellBinder(this.encoding);
    this.version = columns.version;
    const used = [
      ...columns.key.map(({ column }) => column),
      ...columns.fields.map(({ column }) => column),
      ...(columns.version === undefined ? [] : [columns.version.column]),
    ];
    this.columns = [...new Set(used)];
    this.keyCount = columns.key.length;
    this.keyColumns = this.columns.slice(0, this.keyCount);
    this.#positions = new Map(this.columns.map((column, i) => [column, i]));
    this.#described = new Map(this.info.columns.map((column) => [column.name, column]));
    this.restColumns = this.info.columns
      .filter(({ name, generated }) => generated !== true && !isMappedValue(name, this))
      .map(({ name }) => name);
    this.scope =
      scope && scopeSql(scope, this.binder, (column, literal) => this.codec.cellOfLiteral(column, literal));
    const cells = selectCells(this.columns.map(quoteIdentifier));
    this.selection = {
      sql: `${cells}, ${this.scope?.sql ?? "1"}`,
      parameters: this.scope?.parameters ?? [],
    };
  }

  positionOf(column: string): number {
    const position = this.#positions.get(column);
    if (position === undefined) throw new TypeError(`The column ${column} is not selected`);
    return position;
  }

  describe(column: string): ColumnDescription | undefined {
    return this.#described.get(column);
  }
}

/** The version is no part of the record: it is put back with the rest. */
function isMappedValue(name: string, { columns, version }: TablePlan): boolean {
  return columns.includes(name) && name !== version?.column;
}

function encodingOf(file: SqliteFile): TextEncoding {
  const told = file.statement("PRAGMA encoding").get([])?.[0];
  return ENCODINGS.find((encoding) => encoding === told) ?? "UTF-8";
}
