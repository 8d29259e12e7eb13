/** What SQLite says of the tables of a file. */
import type {
  ColumnDescription,
  ForeignKeyDescription,
  TableDescription,
} from "../../../../core/mapping/table-description.ts";
import { BackendError } from "../../backend-error.ts";
import { quoteIdentifier, type SqliteFile } from "../driver.ts";

/** Ours, SQLite's own, and the shadows of virtual tables are left out. */
const LIST = `SELECT name, type FROM sqlite_schema
  WHERE type IN ('table', 'view') AND name NOT LIKE 'sqlite\\_%' ESCAPE '\\'
    AND name NOT LIKE 'driftscope\\_%' ESCAPE '\\' ORDER BY name`;

export interface SqliteTableInfo extends TableDescription {
  /** Whether rows can be paged by `rowid`. */
  readonly hasRowid: boolean;
  /** The column that is another name of the rowid: it holds integers alone. */
  readonly rowidColumn?: string;
  /** Columns by which rows come in the order of their bytes without being sorted: those of the indexes. */
  readonly orders: readonly (readonly string[])[];
}

export function listTables(file: SqliteFile): { name: string; isView: boolean; rows?: number }[] {
  return file
    .statement(LIST)
    .all([])
    .map(([name, type]) => ({
      name: String(name),
      isView: type === "view",
      ...rowEstimate(file, String(name)),
    }));
}

/** @throws ProtocolError "unknown-table" */
export function describeTable(file: SqliteFile, name: string): SqliteTableInfo {
  const found = file
    .statement(
      "SELECT type, coalesce(sql, '') FROM sqlite_schema WHERE type IN ('table', 'view') AND name = ?",
    )
    .get([name]);
  if (found === undefined) {
    throw new BackendError("unknown-table", `The database has no table ${JSON.stringify(name)} (any more).`);
  }
  const [type, sql] = found.map(String) as [string, string];
  const rows = file.statement(`PRAGMA table_xinfo(${quoteIdentifier(name)})`).all([]);
  const keyed = rows.filter((row) => Number(row[5]) > 0).sort((a, b) => Number(a[5]) - Number(b[5]));
  const primaryKey = keyed.map((row) => String(row[1]));
  const collations = new Map(rows.map((row) => [String(row[1]), collationOf(file, name, String(row[1]))]));
  const isView = type === "view";
  const hasRowid = !isView && !/\)[^)]*\bWITHOUT\s+ROWID\b[^)]*$/i.test(sql) && isRowidFree(rows);
  const rowidColumn =
    hasRowid && keyed.length === 1 && String(keyed[0]?.[2]).toUpperCase() === "INTEGER"
      ? primaryKey[0]
      : undefined;
  return {
    name,
    isView,
    columns: rows.filter((row) => row[6] !== 1).map((row) => toColumn(row, rowidColumn, collations)),
    primaryKey,
    unique: uniqueIndexes(file, name),
    foreignKeys: foreignKeys(file, name),
    checks: checksOf(sql),
    ...(isView ? {} : rowEstimate(file, name)),
    hasRowid,
    orders: ordersOf(file, name, rowidColumn),
    ...(rowidColumn === undefined ? {} : { rowidColumn }),
  };
}

type PragmaRow = readonly unknown[];

/** A column of one of these names hides the rowid. */
function isRowidFree(rows: readonly PragmaRow[]): boolean {
  return !rows.some((row) => String(row[1]).toLowerCase() === "rowid");
}

/** A row of table_xinfo: cid, name, type, notnull, default, pk, hidden (2 and 3: generated). */
function toColumn(
  row: PragmaRow,
  rowidColumn: string | undefined,
  collations: ReadonlyMap<string, string | undefined>,
): ColumnDescription {
  const [, name, type, notNull, fallback, , hidden] = row;
  const compares = collations.get(String(name));
  return {
    name: String(name),
    type: String(type),
    nullable: notNull === 0 && name !== rowidColumn,
    ...(fallback === null ? {} : { default: String(fallback) }),
    ...(hidden === 2 || hidden === 3 ? { generated: true as const } : {}),
    ...(compares === undefined ? {} : { compares }),
  };
}

/** Undefined where texts are compared by their bytes. */
function collationOf(file: SqliteFile, table: string, column: string): string | undefined {
  // Of the indexes that make a key unique: that is where two texts may meet.
  for (const index of indexesOf(file, table)) {
    if (!index.isUnique) continue;
    for (const part of index.columns) {
      if (part.column === column && part.collation.toUpperCase() !== "BINARY") return part.collation;
    }
  }
  return undefined;
}

interface Index {
  readonly isUnique: boolean;
  readonly isPartial: boolean;
  readonly isPrimaryKey: boolean;
  readonly columns: readonly {
    /** Null for an expression. */
    readonly column: string | null;
    readonly collation: string;
    readonly isDescending: boolean;
  }[];
}

function indexesOf(file: SqliteFile, table: string): Index[] {
  return file
    .statement(`PRAGMA index_list(${quoteIdentifier(table)})`)
    .all([])
    .map((row) => {
      const [, name, unique, origin, partial] = row;
      const columns = file
        .statement(`PRAGMA index_xinfo(${quoteIdentifier(String(name))})`)
        .all([])
        .filter((part) => part[5] === 1)
        .map((part) => ({
          column: part[2] === null ? null : String(part[2]),
          collation: String(part[4]),
          isDescending: part[3] === 1,
        }));
      return { isUnique: unique === 1, isPartial: partial === 1, isPrimaryKey: origin === "pk", columns };
    });
}

/** Those over whole columns and all rows. */
function uniqueIndexes(file: SqliteFile, table: string): string[][] {
  return indexesOf(file, table)
    .filter(({ isUnique, isPartial, isPrimaryKey }) => isUnique && !isPartial && !isPrimaryKey)
    .map(({ columns }) => columns.map(({ column }) => column))
    .filter((columns): columns is string[] => !columns.includes(null));
}

function ordersOf(file: SqliteFile, table: string, rowidColumn: string | undefined): string[][] {
  const orders = indexesOf(file, table)
    .filter(({ isPartial }) => !isPartial)
    // An index can be read backwards, but not one part of it.
    .filter(({ columns }) => new Set(columns.map(({ isDescending }) => isDescending)).size === 1)
    .map(({ columns }) => {
      const end = columns.findIndex(
        ({ column, collation }) => column === null || collation.toUpperCase() !== "BINARY",
      );
      return columns.slice(0, end === -1 ? undefined : end).map(({ column }) => column ?? "");
    });
  return rowidColumn === undefined ? orders : [[rowidColumn], ...orders];
}

/** A row of foreign_key_list: id, seq, table, from, to, …; `to` is NULL where the parent's primary key is meant. */
function foreignKeys(file: SqliteFile, table: string): ForeignKeyDescription[] {
  const byId = new Map<unknown, { columns: string[]; table: string; referenced: string[] }>();
  const rows = file.statement(`PRAGMA foreign_key_list(${quoteIdentifier(table)})`).all([]);
  for (const [id, , parent, from, to] of rows) {
    const key = byId.get(id) ?? { columns: [], table: String(parent), referenced: [] };
    key.columns.push(String(from));
    if (to !== null) key.referenced.push(String(to));
    byId.set(id, key);
  }
  return Array.from(byId.values());
}

/** The CHECK constraints in the table's own words. SQLite keeps them nowhere else. */
function checksOf(sql: string): string[] {
  const checks: string[] = [];
  const start = /\bCHECK\s*\(/gi;
  for (let match = start.exec(sql); match !== null; match = start.exec(sql)) {
    const from = match.index + match[0].length;
    const to = closingParenthesis(sql, from);
    checks.push(sql.slice(from, to).trim());
    start.lastIndex = to;
  }
  return checks;
}

function closingParenthesis(sql: string, from: number): number {
  let depth = 1;
  let quote = "";
  for (let at = from; at < sql.length; at++) {
    const character = sql.charAt(at);
    if (quote !== "") {
      if (character === quote) quote = "";
    } else if (character === "'" || character === '"' || character === "`") {
      quote = character;
    } else if (character === "(") {
      depth++;
    } else if (character === ")" && --depth === 0) {
      return at;
    }
  }
  return sql.length;
}

/** The highest rowid: never less than the rows there are, but for deleted ones, and it costs nothing to look up. */
function rowEstimate(file: SqliteFile, table: string): { rows?: number } {
  try {
    const row = file.statement(`SELECT max(_rowid_) FROM ${quoteIdentifier(table)}`).get([]);
    const highest = row?.[0];
    return typeof highest === "number" && highest >= 0 ? { rows: highest } : { rows: 0 };
  } catch {
    // A view, or a table without rowids.
    return {};
  }
}
