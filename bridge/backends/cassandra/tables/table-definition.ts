/** Somebody's table as system_schema has it. */
import type { ColumnDescription, TableDescription } from "../../../../core/mapping/table-description.ts";
import { BackendError } from "../../backend-error.ts";
import type { CassandraCluster, Statement } from "../cluster.ts";
import { TABLE_SHAPES } from "../schema.ts";
import { suggestedFor } from "./column-cells.ts";
import { type CqlType, isMultiCell, parseType } from "./cql-type.ts";

export type ColumnKind = "partition_key" | "clustering" | "static" | "regular";

export interface ColumnDefinition {
  readonly name: string;
  readonly type: CqlType;
  /** The type's text. */
  readonly said: string;
  readonly kind: ColumnKind;
  /** Each element is a cell of its own. */
  readonly isMultiCell: boolean;
}

export interface TableDefinition {
  readonly id: string;
  readonly isView: boolean;
  readonly isCounter: boolean;
  readonly columns: ReadonlyMap<string, ColumnDefinition>;
  /** In the key's order. */
  readonly partitionKey: readonly string[];
  readonly clustering: readonly string[];
  /** Seconds; 0 = rows stay. */
  readonly defaultTimeToLive: number;
}

/** Driftscope's own are left out. In the order of their names. */
export async function listTables(cluster: CassandraCluster): Promise<{ name: string; isView: boolean }[]> {
  const [tables, views] = await Promise.all([
    cluster.rows(inKeyspace(cluster, "SELECT table_name AS name FROM system_schema.tables")),
    cluster.rows(inKeyspace(cluster, "SELECT view_name AS name FROM system_schema.views")),
  ]);
  const named = [
    ...tables.map(({ name }) => ({ name: String(name), isView: false })),
    ...views.map(({ name }) => ({ name: String(name), isView: true })),
  ];
  return named
    .filter(({ name }) => !Object.hasOwn(TABLE_SHAPES, name))
    .sort((a, b) => (a.name < b.name ? -1 : 1));
}

/** @throws BackendError "unknown-table" */
export async function readDefinition(cluster: CassandraCluster, table: string): Promise<TableDefinition> {
  const ofTable = (select: string, column = "table_name"): Promise<readonly Record<string, unknown>[]> =>
    cluster.rows(inKeyspace(cluster, select, ` AND ${column} = ?`, table));
  const [[made], [view], columns, types] = await Promise.all([
    ofTable("SELECT id, default_time_to_live, flags FROM system_schema.tables"),
    ofTable("SELECT id, default_time_to_live FROM system_schema.views", "view_name"),
    ofTable("SELECT column_name, type, kind, position FROM system_schema.columns"),
    cluster.rows(inKeyspace(cluster, "SELECT type_name, field_names, field_types FROM system_schema.types")),
  ]);
  const found = made ?? view;
  if (found === undefined || columns.length === 0 || Object.hasOwn(TABLE_SHAPES, table)) {
    throw new BackendError(
      "unknown-table",
      `The keyspace ${JSON.stringify(cluster.settings.keyspace)} has no table ${JSON.stringify(table)} (any more): edit the mapping.`,
    );
  }
  const udts = new Map(types.map((row) => [String(row.type_name), fieldsOf(row)]));
  const defined = columns.map((row) => toColumn(row, (name) => udts.get(name)));
  const ofKind = (kind: ColumnKind): string[] =>
    defined
      .filter(({ column }) => column.kind === kind)
      .sort((a, b) => a.position - b.position)
      .map(({ column }) => column.name);
  return {
    id: String(found.id),
    isView: made === undefined,
    isCounter: Array.isArray(found.flags) && found.flags.includes("counter"),
    columns: new Map(defined.map(({ column }) => [column.name, column])),
    partitionKey: ofKind("partition_key"),
    clustering: ofKind("clustering"),
    defaultTimeToLive: Number(found.default_time_to_live ?? 0),
  };
}

function inKeyspace(cluster: CassandraCluster, select: string, more = "", ...params: string[]): Statement {
  return {
    query: `${select} WHERE keyspace_name = ?${more}`,
    params: [cluster.settings.keyspace, ...params],
  };
}

function fieldsOf({ field_names, field_types }: Record<string, unknown>): { name: string; type: string }[] {
  const [names, types] = [field_names as string[], field_types as string[]];
  return names.map((name, i) => ({ name, type: types[i] ?? "" }));
}

function toColumn(
  { column_name, type: text, kind, position }: Record<string, unknown>,
  udts: (name: string) => readonly { name: string; type: string }[] | undefined,
): { column: ColumnDefinition; position: number } {
  const type = parseType(String(text), udts);
  const column = {
    name: String(column_name),
    type,
    said: String(text),
    kind: kind as ColumnKind,
    isMultiCell: isMultiCell(type),
  };
  return { column, position: Number(position) };
}

/**
 * Key columns first, in the key's order, then the others by name.
 *
 * @param partitions About how many there are; undefined = nobody knows.
 */
export function toDescription(
  table: string,
  { columns, partitionKey, clustering, isView }: TableDefinition,
  partitions: number | undefined,
): TableDescription {
  const primaryKey = [...partitionKey, ...clustering];
  const inOrder = Array.from(columns.values()).sort((a, b) => (a.name < b.name ? -1 : 1));
  const position = ({ name }: ColumnDefinition): number =>
    primaryKey.includes(name) ? primaryKey.indexOf(name) : primaryKey.length;
  return {
    name: table,
    isView,
    columns: inOrder.sort((a, b) => position(a) - position(b)).map(toColumnDescription),
    primaryKey,
    unique: [],
    foreignKeys: [],
    checks: [],
    // A partition is a row where nothing orders rows within it; else nobody knows how many it has.
    ...(partitions === undefined || clustering.length > 0 ? {} : { rows: partitions }),
  };
}

function toColumnDescription({ name, type, said, kind }: ColumnDefinition): ColumnDescription {
  const suggested = suggestedFor(type);
  const isDecimal = type.is === "scalar" && type.name === "decimal";
  return {
    name,
    type: kind === "static" ? `${said} static` : said,
    nullable: kind === "static" || kind === "regular",
    ...(suggested === undefined ? {} : { suggested }),
    ...(isDecimal && kind === "clustering" ? { compares: "value, so that 1.5 is 1.50" } : {}),
  };
}
