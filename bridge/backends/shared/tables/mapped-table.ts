/** What a mapping means for a table as it is now. */
import { checkColumns } from "../../../../core/mapping/check-columns.ts";
import { ColumnsCodec } from "../../../../core/mapping/columns-codec.ts";
import type { VersionColumn } from "../../../../core/mapping/columns-mapping.ts";
import type { ColumnDescription, TableDescription } from "../../../../core/mapping/table-description.ts";
import { type TableMapping, toRowMapping } from "../../../../core/mapping/table-mapping.ts";
import { BackendError } from "../../backend-error.ts";
import type { RowShape } from "./table-row.ts";

export class MappedTable<Table extends TableDescription = TableDescription> implements RowShape {
  readonly mapping: TableMapping;
  readonly table: Table;
  readonly codec: ColumnsCodec;
  readonly columns: readonly string[];
  readonly keyColumns: readonly string[];
  readonly keyCount: number;
  /** What is read of a row: `columns`, then others. */
  readonly read: readonly string[];
  /** What the mapping leaves out and can be written, the version's among them: put back with a deleted row. */
  readonly rest: readonly string[];
  readonly version: VersionColumn | undefined;
  readonly #mapped: ReadonlySet<string>;
  readonly #positions: ReadonlyMap<string, number>;
  readonly #described: ReadonlyMap<string, ColumnDescription>;

  /**
   * @param alsoRead Besides what is mapped.
   * @throws BackendError "mapping-mismatch" naming everything that does not fit.
   */
  constructor(mapping: TableMapping, table: Table, alsoRead: readonly string[] = []) {
    const { columns, scope } = mapping;
    const problems = checkColumns(columns, scope, table);
    if (problems.length > 0) throw new BackendError("mapping-mismatch", problems.join(" "));
    this.mapping = mapping;
    this.table = table;
    this.codec = new ColumnsCodec(toRowMapping(mapping));
    this.version = columns.version;
    const key = columns.key.map(({ column }) => column);
    const fields = columns.fields.map(({ column }) => column);
    const version = columns.version === undefined ? [] : [columns.version.column];
    this.columns = [...new Set([...key, ...fields, ...version])];
    this.keyCount = key.length;
    this.keyColumns = key;
    this.read = [...new Set([...this.columns, ...alsoRead])];
    this.#mapped = new Set([...key, ...fields]);
    this.rest = table.columns
      .filter(({ name, generated }) => generated !== true && !this.#mapped.has(name))
      .map(({ name }) => name);
    this.#positions = new Map(this.read.map((column, i) => [column, i]));
    this.#described = new Map(table.columns.map((column) => [column.name, column]));
  }

  /** Whether the key or a field is mapped to it. */
  isMapped(column: string): boolean {
    return this.#mapped.has(column);
  }

  positionOf(column: string): number {
    const position = this.#positions.get(column);
    if (position === undefined) throw new TypeError(`The column ${column} is not read`);
    return position;
  }

  describe(column: string): ColumnDescription | undefined {
    return this.#described.get(column);
  }
}
