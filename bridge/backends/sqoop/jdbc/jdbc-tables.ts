/** Somebody's tables in whatever database has a JDBC driver, as shared/tables wants a server to be: read by imports, never written. */
import { type Cell, NotRepresentable } from "../../../../core/mapping/cell.ts";
import type { BoundScope } from "../../../../core/mapping/scope.ts";
import type { TableDescription } from "../../../../core/mapping/table-description.ts";
import { BackendError } from "../../backend-error.ts";
import { nextVersion } from "../../shared/tables/next-version.ts";
import { ServerPlan } from "../../shared/tables/server-plan.ts";
import type { ChangeResult, FoundRow, TableServer } from "../../shared/tables/table-server.ts";
import { QUERY, type Queries, queryOf } from "../queries.ts";
import type { SqoopProgram } from "../sqoop-program.ts";
import { Together } from "../together.ts";
import type { CatalogTable, JdbcCatalog } from "./jdbc-catalog.ts";
import { columnsOf, type JdbcColumn } from "./jdbc-columns.ts";
import type { JdbcImports, JdbcQuery, JdbcRow } from "./jdbc-imports.ts";
import { anyOf, isNameable, quoted, tableSql, whereKeys } from "./jdbc-sql.ts";
import { cellOf, type JdbcType, typeName, typeOf } from "./jdbc-types.ts";

export const READ_ONLY =
  "This database is read only here: to write to it safely takes a function of the database that merges what Sqoop exports under the condition that it is still what was seen, which there is for PostgreSQL alone.";

/** Characters of conditions of one import. */
const MAX_CONDITIONS_LENGTH = 1024 * 1024;

interface JdbcTable extends TableDescription {
  /** What stands behind FROM. */
  readonly from: string;
  readonly sqlTypes: ReadonlyMap<string, number>;
}

/** Rows of one table by their keys; without a condition all rows. */
interface Lookup {
  readonly from: string;
  readonly columns: readonly SelectedColumn[];
  readonly where: string | undefined;
}

interface SelectedColumn {
  readonly sql: string;
  readonly sqlType: number | undefined;
}

export class JdbcTables implements TableServer {
  readonly product: string;
  readonly changesAtATime = 1;
  readonly nextVersion = nextVersion;
  readonly #program: SqoopProgram;
  readonly #imports: JdbcImports;
  readonly #catalog: JdbcCatalog;
  readonly #queries: Queries;
  /** As they were seen last. Whatever is read of them is of the types that were seen, or an error. */
  readonly #seen = new Map<string, JdbcTable>();
  readonly #lookups: Together<Lookup, readonly JdbcRow[]>;

  constructor({
    program,
    imports,
    catalog,
    queries,
  }: {
    readonly program: SqoopProgram;
    readonly imports: JdbcImports;
    readonly catalog: JdbcCatalog;
    readonly queries: Queries;
  }) {
    this.product = program.settings.where;
    this.#program = program;
    this.#imports = imports;
    this.#catalog = catalog;
    this.#queries = queries;
    this.#lookups = new Together<Lookup, readonly JdbcRow[]>({
      run: (lookups) => this.#lookUp(lookups),
      maxSize: MAX_CONDITIONS_LENGTH,
      sizeOf: ({ where }) => where?.length ?? 0,
    });
  }

  async list(): Promise<{ name: string; isView: boolean }[]> {
    const tables = await this.#catalog.list();
    return [...tables, ...Object.keys(this.#queries).map((name) => ({ name: QUERY + name, isView: true }))];
  }

  /** As it was seen last, where it was: to ask is two runs of Sqoop. */
  async describe(name: string): Promise<JdbcTable> {
    return this.#seen.get(name) ?? this.describeNow(name);
  }

  /** @throws BackendError "unknown-table" */
  async describeNow(name: string): Promise<JdbcTable> {
    this.#seen.delete(name);
    const query = queryOf(this.#queries, name);
    if (query === undefined && !isNameable(name)) throw notNameable(name);
    const from = query === undefined ? tableSql(name) : `(${query})`;
    const known = query === undefined ? this.#catalog.find(name) : Promise.resolve(undefined);
    const [columns, catalog] = await Promise.all([columnsOf(this.#program, from), known]);
    const table = described(name, from, columns, catalog);
    this.#seen.set(name, table);
    return table;
  }

  async identity(name: string): Promise<string> {
    const { from } = await this.describe(name);
    return JSON.stringify([this.#program.settings.connect, from]);
  }

  async examine(plan: ServerPlan): Promise<{ reads: string; readOnly: string }> {
    requireMappable(plan);
    const part = conditionOf(plan) === undefined ? "all of the table" : "a part of the table by its scope";
    const seconds = (this.#program.lastRunMs / 1000).toFixed(1);
    return {
      reads: `${part}, by an import of Sqoop, which took ${seconds} s the last time`,
      readOnly: READ_ONLY,
    };
  }

  async *scan(
    plan: ServerPlan,
    columns: readonly string[],
    signal: AbortSignal,
  ): AsyncGenerator<readonly FoundRow[]> {
    const table = ownOf(plan);
    const selected = columns.map((column) => selectedColumn(table, column));
    const query = queryFor({ from: table.from, columns: selected, where: conditionOf(plan) });
    try {
      for await (const page of this.#imports.pages(query, signal)) {
        yield page.map((row) => foundRow(table, columns, row));
      }
    } catch (error) {
      throw await this.#afterFailure(plan, error);
    }
  }

  async find(
    plan: ServerPlan,
    columns: readonly string[],
    keys: readonly (readonly Cell[])[],
  ): Promise<(FoundRow | undefined)[]> {
    if (keys.length === 0) return [];
    const table = ownOf(plan);
    const key = plan.keyColumns.map((name) => ({ name, type: columnType(table, name) }));
    const selected = [...plan.keyColumns, ...columns].map((column) => selectedColumn(table, column));
    const where = whereKeys(key, keys);
    let rows: readonly JdbcRow[];
    try {
      rows = await this.#lookups.add({ from: table.from, columns: selected, where });
    } catch (error) {
      throw await this.#afterFailure(plan, error);
    }
    const places = new Map(keys.map((cells, place) => [keyText(cells), place]));
    const found: (FoundRow | undefined)[] = keys.map(() => undefined);
    for (const row of rows) {
      // Equal for the database may be another key of ours, such as 1.0 and 1.00; and others' lookups came along.
      const own = foundRow(table, plan.keyColumns, row.slice(0, plan.keyCount));
      const place = own.cells.some((cell) => cell instanceof NotRepresentable)
        ? undefined
        : places.get(keyText(own.cells as readonly Cell[]));
      if (place !== undefined) found[place] = foundRow(table, columns, row.slice(plan.keyCount));
    }
    return found;
  }

  refusalOf(): undefined {
    return undefined;
  }

  async change(): Promise<ChangeResult> {
    return { is: "rejected", code: "read-only", reason: READ_ONLY };
  }

  /** What is asked of the same columns of one table is one import. */
  async #lookUp(lookups: readonly Lookup[]): Promise<readonly (readonly JdbcRow[])[]> {
    const groups = new Map<string, Lookup[]>();
    for (const lookup of lookups) {
      const name = groupOf(lookup);
      groups.set(name, [...(groups.get(name) ?? []), lookup]);
    }
    const answers = new Map<string, readonly JdbcRow[]>();
    for (const [name, group] of groups) {
      const conditions = group.flatMap(({ where }) => where ?? []);
      const isOfAll = conditions.length < group.length;
      const [{ from, columns }] = group as [Lookup];
      const where = isOfAll ? undefined : anyOf([...new Set(conditions)]);
      answers.set(name, await this.#imports.all(queryFor({ from, columns, where })));
    }
    return lookups.map((lookup) => answers.get(groupOf(lookup)) ?? []);
  }

  /**
   * What a database says of a table or a column that is gone has as many words as there are databases: it is looked at anew.
   *
   * @returns BackendError "unknown-table"; "mapping-mismatch" naming what is gone; else the error itself.
   */
  async #afterFailure(plan: ServerPlan, error: unknown): Promise<unknown> {
    const { name } = plan.table;
    this.#seen.delete(name);
    const isTold = error instanceof BackendError && error.code === "backend-failed";
    if (!isTold) return error;
    try {
      new ServerPlan(plan.mapping, await this.describeNow(name));
      return error;
    } catch (reason) {
      return reason instanceof BackendError && reason.code !== "backend-failed" ? reason : error;
    }
  }
}

function described(
  name: string,
  from: string,
  columns: readonly JdbcColumn[],
  catalog: CatalogTable | undefined,
): JdbcTable {
  return {
    name,
    isView: catalog?.isView ?? name.startsWith(QUERY),
    columns: columns.map(({ name: column, sqlType, size, scale }) => {
      const suggested = typeOf(sqlType)?.suggested;
      return {
        name: column,
        type: typeName(sqlType, size, scale),
        nullable: catalog?.notNull.has(column) !== true,
        ...(suggested === undefined ? {} : { suggested }),
      };
    }),
    primaryKey: catalog?.primaryKey ?? [],
    unique: catalog?.unique ?? [],
    foreignKeys: [],
    checks: [],
    from,
    sqlTypes: new Map(columns.map(({ name: column, sqlType }) => [column, sqlType])),
  };
}

/** What `describe` gave. */
const ownOf = ({ table }: ServerPlan): JdbcTable => table as JdbcTable;

const columnType = ({ sqlTypes }: JdbcTable, column: string): JdbcType | undefined =>
  isNameable(column) ? typeOf(sqlTypes.get(column) ?? 0) : undefined;

/** @throws BackendError "mapping-mismatch" */
function requireMappable(plan: ServerPlan): void {
  const table = ownOf(plan);
  const other = plan.read.find((column) => columnType(table, column) === undefined);
  if (other === undefined) return;
  const type = table.columns.find(({ name }) => name === other)?.type;
  const why = isNameable(other) ? `is of the type ${type}` : "has a name that Sqoop cannot be told";
  throw new BackendError(
    "mapping-mismatch",
    `The column ${JSON.stringify(other)} ${why}, which cannot be mapped: leave it out, or map one of the "queries" of the config file that makes something else of it.`,
  );
}

/** Of what cannot be mapped only whether it is NULL, where even that can be asked. */
function selectedColumn(table: JdbcTable, column: string): SelectedColumn {
  if (columnType(table, column) !== undefined) {
    return { sql: quoted(column), sqlType: table.sqlTypes.get(column) };
  }
  const sql = isNameable(column) ? `CASE WHEN ${quoted(column)} IS NOT NULL THEN 'x' END` : "'x'";
  return { sql, sqlType: undefined };
}

function queryFor({ from, columns, where }: Lookup): JdbcQuery {
  const selected = columns.map(({ sql }, i) => `${sql} AS "c${i}"`).join(", ");
  const condition = where === undefined ? "" : `${where} AND `;
  return {
    sql: `SELECT ${selected} FROM ${from} t WHERE ${condition}$CONDITIONS`,
    sqlTypes: columns.map(({ sqlType }) => sqlType),
  };
}

const groupOf = ({ from, columns }: Lookup): string => JSON.stringify([from, columns]);

function foundRow(table: JdbcTable, columns: readonly string[], row: JdbcRow): FoundRow {
  const cells = columns.map((column, i): Cell | NotRepresentable => {
    const value = row[i] ?? null;
    if (value === null) return null;
    if (columnType(table, column) === undefined) {
      return new NotRepresentable(`the column ${column} is of a type that cannot be mapped`);
    }
    return cellOf(table.sqlTypes.get(column) ?? 0, value);
  });
  return { cells };
}

/** One text for each key: the class is part of a cell. */
const keyText = (cells: readonly Cell[]): string =>
  JSON.stringify(
    cells.map((cell) =>
      cell instanceof Uint8Array ? ["bytes", Buffer.from(cell).toString("hex")] : [typeof cell, String(cell)],
    ),
  );

const notNameable = (name: string): BackendError =>
  new BackendError(
    "unknown-table",
    `The name of the table ${JSON.stringify(name)} cannot be told to Sqoop: map one of the "queries" of the config file, or a view with a plainer name.`,
  );

/**
 * As much of a scope as every database decides just as core/mapping/scope-cells.ts does: the rows that it finds are all of the
 * scope's, and perhaps some more. Undefined = all rows.
 */
function conditionOf(plan: ServerPlan): string | undefined {
  const { scope } = plan.mapping;
  return scope && scopeSql(scope, plan);
}

function scopeSql(scope: BoundScope, plan: ServerPlan): string | undefined {
  if ("and" in scope) {
    const parts = scope.and.flatMap((each) => scopeSql(each, plan) ?? []);
    return parts.length === 0 ? undefined : `(${parts.join(" AND ")})`;
  }
  if (!("column" in scope)) return undefined;
  const { column, is, value } = scope;
  if (!isNameable(column)) return undefined;
  const name = quoted(column);
  if (is === "isNull") return `${name} IS NULL`;
  if (is === "isNotNull") return `${name} IS NOT NULL`;
  const cell = value === undefined ? undefined : plan.codec.cellOfLiteral(column, value);
  if (cell === undefined || is === "!=") return undefined;
  // Texts have an order of their own in every database.
  if (is !== "=" && typeof cell !== "bigint") return undefined;
  const literal = columnType(ownOf(plan), column)?.literal?.(cell);
  return literal === undefined ? undefined : `${name} ${is} ${literal}`;
}
