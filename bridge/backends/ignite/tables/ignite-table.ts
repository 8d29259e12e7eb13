/** What Ignite's system views say of the tables of SQL. */
import type { ColumnDescription, TableDescription } from "../../../../core/mapping/table-description.ts";
import { BackendError } from "../../backend-error.ts";
import type { IgniteNode } from "../ignite-node.ts";
import { type ColumnType, typeOf } from "./column-types.ts";
import { quoted, tableName } from "./table-names.ts";

export interface IgniteTable extends TableDescription {
  /** Quoted, with its schema. */
  readonly sql: string;
  readonly cache: string;
  /** Of the Java classes that its rows are made of: generated anew with each table whose maker did not name them. */
  readonly classes: readonly string[];
  readonly types: ReadonlyMap<string, ColumnType>;
  readonly sizes: ReadonlyMap<string, ColumnSize>;
  /** The first column of each index. */
  readonly indexed: ReadonlySet<string>;
}

/** As declared; negative where it was not. */
interface ColumnSize {
  readonly precision: number;
  readonly scale: number;
}

interface ListedTable {
  readonly name: string;
  readonly schema: string;
  readonly table: string;
  readonly cache: string;
  readonly classes: readonly string[];
}

/** Those of Driftscope left out, in the order of their names. */
export async function listTables(node: IgniteNode): Promise<ListedTable[]> {
  const { collections, records } = node.tables;
  const rows = await node.systemRows(
    "SELECT SCHEMA_NAME, TABLE_NAME, CACHE_NAME, KEY_TYPE_NAME, VALUE_TYPE_NAME FROM SYS.TABLES",
  );
  return rows
    .map((row) => row.map(String) as [string, string, string, string, string])
    .filter(([, , cache]) => cache !== collections && cache !== records)
    .map(([schema, table, cache, ...classes]) => ({
      name: tableName(schema, table),
      schema,
      table,
      cache,
      classes,
    }))
    .sort((a, b) => (a.name < b.name ? -1 : 1));
}

/** @throws BackendError "unknown-table" */
export async function describeTable(node: IgniteNode, name: string): Promise<IgniteTable> {
  const named = (await listTables(node)).filter((one) => one.name === name);
  const [found] = named;
  if (found === undefined) throw unknownTable(name);
  if (named.length > 1) {
    throw new BackendError(
      "unknown-table",
      `The cluster has ${named.length} tables that are called ${JSON.stringify(name)} with their schemas: rename one to map the other.`,
    );
  }
  const { schema, table, cache, classes } = found;
  const [all, indexes] = await Promise.all([columnsOf(node, schema, table), indexesOf(node, schema, table)]);
  const columns = ownColumns(all);
  const keyed = columns.filter(({ isKey }) => isKey).map(({ name }) => name);
  const ofIndex = indexes.find(({ isPrimary, columns }) => isPrimary && isSameSet(columns, keyed))?.columns;
  const types = new Map<string, ColumnType>();
  for (const { name, type } of columns) if (type !== undefined) types.set(name, type);
  const [first] = keyed.length === 1 ? keyed : [];
  return {
    name,
    isView: false,
    columns: columns.map(({ description }) => description),
    primaryKey: ofIndex ?? keyed,
    unique: [],
    foreignKeys: [],
    checks: [],
    sql: `${quoted(schema)}.${quoted(table)}`,
    cache,
    classes,
    types,
    sizes: new Map(columns.map(({ name, size }) => [name, size])),
    indexed: new Set([
      ...(first === undefined ? [] : [first]),
      ...indexes.flatMap(({ columns }) => columns.slice(0, 1)),
    ]),
  };
}

export function unknownTable(name: string): BackendError {
  return new BackendError("unknown-table", `The cluster has no table ${JSON.stringify(name)} (any more).`);
}

/** Names for the whole key and the whole value, which every table has. */
const WHOLE_KEY = "_KEY";
const WHOLE_VALUE = "_VAL";

/** The whole key and value are columns of the person where they have no others. The key's come first: the views have no order. */
function ownColumns(all: readonly Column[]): Column[] {
  const named = all.filter(({ name }) => name !== WHOLE_KEY && name !== WHOLE_VALUE);
  const hasKey = named.some(({ isKey }) => isKey);
  const hasValue = named.some(({ isKey }) => !isKey);
  const whole = all.filter(
    ({ name, type }) =>
      type !== undefined && ((name === WHOLE_KEY && !hasKey) || (name === WHOLE_VALUE && !hasValue)),
  );
  const rank = ({ isKey, name }: Column): string => `${isKey ? 0 : 1}${name}`;
  return [...whole, ...named].sort((a, b) => (rank(a) < rank(b) ? -1 : 1));
}

interface Column {
  readonly name: string;
  readonly isKey: boolean;
  readonly type: ColumnType | undefined;
  readonly size: ColumnSize;
  readonly description: ColumnDescription;
}

async function columnsOf(node: IgniteNode, schema: string, table: string): Promise<Column[]> {
  const rows = await node.systemRows(
    `SELECT COLUMN_NAME, TYPE, NULLABLE, DEFAULT_VALUE, PK, "PRECISION", SCALE FROM SYS.TABLE_COLUMNS
     WHERE SCHEMA_NAME = ? AND TABLE_NAME = ?`,
    [schema, table],
  );
  return rows.map(([named, javaClass, nullable, fallback, pk, precision, scale]) => {
    const name = String(named);
    const type = typeOf(String(javaClass));
    const isKey = pk === true;
    const size = { precision: Number(precision), scale: Number(scale) };
    const description: ColumnDescription = {
      name,
      type: type === undefined ? `OTHER (${String(javaClass)})` : declared(type, size),
      nullable: nullable === true,
      ...(typeof fallback === "string" ? { default: fallback } : {}),
      ...(type?.suggested === undefined ? {} : { suggested: type.suggested }),
      ...(type?.compares === undefined ? {} : { compares: type.compares }),
    };
    return { name, isKey, type, size, description };
  });
}

function declared({ sql }: ColumnType, { precision, scale }: ColumnSize): string {
  const name = sql.replace("(9)", "");
  if (precision < 0) return name;
  return scale < 0 ? `${name}(${precision})` : `${name}(${precision}, ${scale})`;
}

interface Index {
  readonly isPrimary: boolean;
  readonly columns: readonly string[];
}

async function indexesOf(node: IgniteNode, schema: string, table: string): Promise<Index[]> {
  const rows = await node.systemRows(
    "SELECT IS_PK, COLUMNS FROM SYS.INDEXES WHERE SCHEMA_NAME = ? AND TABLE_NAME = ?",
    [schema, table],
  );
  return rows.map(([isPrimary, columns]) => ({
    isPrimary: isPrimary === true,
    columns: Array.from(String(columns).matchAll(/"(.*?)" (?:ASC|DESC)(?:, |$)/g), ([, name = ""]) => name),
  }));
}

const isSameSet = (a: readonly string[], b: readonly string[]): boolean =>
  a.length === b.length && a.every((name) => b.includes(name));
