/** CQL for rows of somebody's table. Names are quoted, values always bound, as Cassandra's own bytes. */
import { type Cell, NotRepresentable } from "../../../../core/mapping/cell.ts";
import type { ServerPlan } from "../../shared/tables/server-plan.ts";
import type { RowChange } from "../../shared/tables/table-server.ts";
import type { Statement } from "../cluster.ts";
import { quoteIdentifier } from "../schema.ts";
import { type RowTimes, requireTimes } from "./cell-times.ts";
import { bytesOf, selection } from "./column-cells.ts";
import type { ColumnDefinition, TableDefinition } from "./table-definition.ts";

/** A table, and how it is named in a statement. */
export interface NamedTable {
  readonly definition: TableDefinition;
  /** Quoted, with the keyspace. */
  readonly name: string;
}

/** Columns as c0, c1, … */
export function selectRows(
  { definition, name }: NamedTable,
  columns: readonly string[],
  more: string[] = [],
): string {
  const cells = columns.map((column, i) => {
    const { type } = columnOf(definition, column);
    return `${selection(type, quoteIdentifier(column))} AS c${i}`;
  });
  return `SELECT ${[...cells, ...more].join(", ")} FROM ${name}`;
}

export function columnOf({ columns }: TableDefinition, name: string): ColumnDefinition {
  const column = columns.get(name);
  if (column === undefined) throw new TypeError(`The table has no column ${name}`);
  return column;
}

/** Column = ?, and what to bind; NotRepresentable where a column cannot hold its cell. */
interface Bound {
  readonly column: string;
  readonly bytes: Buffer | null;
}

function bind(
  definition: TableDefinition,
  cells: Iterable<readonly [string, Cell]>,
): Bound[] | NotRepresentable {
  const bound: Bound[] = [];
  for (const [column, cell] of cells) {
    const bytes = bytesOf(columnOf(definition, column).type, cell);
    if (bytes instanceof NotRepresentable) return new NotRepresentable(`${column}: ${bytes.reason}`);
    bound.push({ column, bytes });
  }
  return bound;
}

export interface KeyOf {
  /** Of the primary key, in the order of `params`. */
  readonly columns: readonly string[];
  /** " WHERE …", with a question mark for each of `params`. */
  readonly where: string;
  readonly params: readonly Buffer[];
  /** Names the partition, and the row. */
  readonly partition: string;
  readonly row: string;
}

/** @param key By position of `plan.keyColumns`, among which are those of the primary key. */
export function keyOf(
  definition: TableDefinition,
  plan: ServerPlan,
  key: readonly Cell[],
): KeyOf | NotRepresentable {
  const { partitionKey, clustering } = definition;
  const cells = [...partitionKey, ...clustering].map((column): [string, Cell] => [
    column,
    key[plan.keyColumns.indexOf(column)] ?? null,
  ]);
  const bound = bind(definition, cells);
  if (bound instanceof NotRepresentable) return bound;
  const params = bound.map(({ bytes }) => bytes ?? Buffer.alloc(0));
  const names = bound.map(({ bytes }) => bytes?.toString("hex") ?? "null");
  return {
    columns: bound.map(({ column }) => column),
    where: ` WHERE ${equal(bound)}`,
    params,
    partition: names.slice(0, partitionKey.length).join(" "),
    row: names.join(" "),
  };
}

/** @param keys Of one partition, at least one. */
export function rowsOfPartition(
  { partitionKey, clustering }: TableDefinition,
  keys: readonly KeyOf[],
): Pick<KeyOf, "where" | "params"> {
  const [first] = keys;
  if (first === undefined || keys.length === 1 || clustering.length === 0) {
    return { where: first?.where ?? "", params: first?.params ?? [] };
  }
  const length = partitionKey.length;
  const partition = partitionKey.map((column) => `${quoteIdentifier(column)} = ?`).join(" AND ");
  const names = clustering.map(quoteIdentifier).join(", ");
  const one = `(${clustering.map(() => "?").join(", ")})`;
  return {
    where: ` WHERE ${partition} AND (${names}) IN (${keys.map(() => one).join(", ")})`,
    params: [...first.params.slice(0, length), ...keys.flatMap(({ params }) => params.slice(length))],
  };
}

const equal = (bound: readonly Bound[]): string =>
  bound.map(({ column }) => `${quoteIdentifier(column)} = ?`).join(" AND ");
const assigned = (bound: readonly Bound[]): string[] =>
  bound.map(({ column }) => `${quoteIdentifier(column)} = ?`);
const bytesIn = (bound: readonly Bound[]): (Buffer | null)[] => bound.map(({ bytes }) => bytes);

/** What a change is sent as: all or none. Nothing to send where nothing of the row changes. */
export type ChangeStatements =
  | { readonly statements: readonly Statement[]; readonly bytes: number }
  | { readonly refused: string; readonly code: string };

const refused = (code: string, reason: string): ChangeStatements => ({ code, refused: reason });

/** What `clock` puts into a column of each type. */
const CLOCKS: Readonly<Record<string, string>> = {
  timestamp: "toTimestamp(now())",
  bigint: "toUnixTimestamp(now())",
  timeuuid: "now()",
};

/** Undefined where the column has no type for a time of the server's. */
export const clockOf = ({ type }: ColumnDefinition): string | undefined =>
  type.is === "scalar" ? CLOCKS[type.name] : undefined;

export function insertStatements(
  { definition, name }: NamedTable,
  plan: ServerPlan,
  { key, set, clock }: RowChange,
): ChangeStatements {
  const cells: [string, Cell][] = plan.keyColumns.map((column, i) => [column, key[i] ?? null]);
  for (const [column, cell] of set) {
    // What lies beside a partition's rows is not this row's: putting it back would change it for the others.
    if (cell !== null && columnOf(definition, column).kind !== "static") cells.push([column, cell]);
  }
  const bound = bind(definition, cells);
  if (bound instanceof NotRepresentable) return refused("not-representable", bound.reason);
  const columns = bound.map(({ column }) => quoteIdentifier(column));
  const values = bound.map(() => "?");
  if (clock !== undefined) {
    columns.push(quoteIdentifier(clock.column));
    values.push(clockOf(columnOf(definition, clock.column)) ?? "null");
  }
  const query = `INSERT INTO ${name} (${columns.join(", ")}) VALUES (${values.join(", ")}) IF NOT EXISTS`;
  return sent([{ query, params: bytesIn(bound) }]);
}

export function deleteStatements(
  table: NamedTable,
  { where, params }: KeyOf,
  { from }: RowChange,
): ChangeStatements {
  const held = bind(table.definition, from);
  if (held instanceof NotRepresentable) return refused("not-representable", held.reason);
  const query = `DELETE FROM ${table.name}${where} ${condition(held)}`;
  return sent([{ query, params: [...params, ...bytesIn(held)] }]);
}

/**
 * Only what changes is written: a cell that stays keeps its own time. Cells that are not to stay are written with the
 * time that is left of them, those with the same in one statement; the first one carries the conditions of all.
 */
export function updateStatements(
  table: NamedTable,
  key: KeyOf,
  { from, set, clock, there }: RowChange,
): ChangeStatements {
  const { definition } = table;
  const held = bind(definition, from);
  const wanted = bind(definition, set);
  if (held instanceof NotRepresentable) return refused("not-representable", held.reason);
  if (wanted instanceof NotRepresentable) return refused("not-representable", wanted.reason);
  const before = new Map(held.map(({ column, bytes }) => [column, bytes]));
  const changed = wanted.filter(({ column, bytes }) => !areSame(before.get(column) ?? null, bytes));
  const times = requireTimes(there?.own);
  const groups = new Map<number | undefined, Bound[]>();
  for (const one of changed) {
    const left = timeToLive(table, times, one, before);
    if (left instanceof NotRepresentable) return refused("expiring", `${one.column}: ${left.reason}`);
    groups.set(left, [...(groups.get(left) ?? []), one]);
  }
  if (clock !== undefined && !groups.has(undefined)) groups.set(undefined, []);
  const statements = Array.from(groups, ([left, bound], i): Statement => {
    const now = clock === undefined || left !== undefined ? [] : [clockAssignment(definition, clock.column)];
    const ttl = left === undefined ? "" : " USING TTL ?";
    const query = `UPDATE ${table.name}${ttl} SET ${[...assigned(bound), ...now].join(", ")}${key.where}`;
    const params = [...(left === undefined ? [] : [left]), ...bytesIn(bound), ...key.params];
    if (i > 0) return { query, params };
    return { query: `${query} ${condition(held)}`, params: [...params, ...bytesIn(held)] };
  });
  if (statements.length === 0 || !leavesNothing(wanted, before, clock !== undefined)) return sent(statements);
  if (Array.from(times.of.values()).some(({ left }) => left.length > 0)) {
    return refused(
      "expiring",
      "its cells expire, and without any of them the row would either go at once or stay for ever",
    );
  }
  // A row that no INSERT has made is gone with its last cell.
  const columns = key.columns.map(quoteIdentifier);
  const marker = `INSERT INTO ${table.name} (${columns.join(", ")}) VALUES (${columns.map(() => "?").join(", ")})`;
  return sent([...statements, { query: marker, params: key.params }]);
}

const clockAssignment = (definition: TableDefinition, column: string): string =>
  `${quoteIdentifier(column)} = ${clockOf(columnOf(definition, column)) ?? "null"}`;

/** A comparison with null is true where there is no cell. */
const condition = (held: readonly Bound[]): string => (held.length === 0 ? "IF EXISTS" : `IF ${equal(held)}`);

const areSame = (a: Buffer | null, b: Buffer | null): boolean =>
  a === null || b === null ? a === b : a.equals(b);

/** Whether no mapped column would hold anything. */
function leavesNothing(
  wanted: readonly Bound[],
  before: ReadonlyMap<string, Buffer | null>,
  hasClock: boolean,
): boolean {
  if (hasClock) return false;
  const after = new Map(before);
  for (const { column, bytes } of wanted) after.set(column, bytes);
  return Array.from(after.values()).every((bytes) => bytes === null);
}

/** Seconds; 0 = it stays; undefined = as the table says. */
function timeToLive(
  { definition }: NamedTable,
  times: RowTimes,
  { column, bytes }: Bound,
  before: ReadonlyMap<string, Buffer | null>,
): number | undefined | NotRepresentable {
  if (bytes === null) return undefined;
  if ((before.get(column) ?? null) === null) return timeOfRow(times, before);
  const cell = times.of.get(column);
  if (cell === undefined) return undefined;
  if (!cell.isTold) {
    return new NotRepresentable(
      "whether elements of it expire is told by Cassandra 5 and later alone: change it where it was made",
    );
  }
  const [left] = cell.left;
  if (left === undefined) return definition.defaultTimeToLive > 0 ? 0 : undefined;
  if (!columnOf(definition, column).isMultiCell) return left;
  return new NotRepresentable(
    "its elements expire, each at its own time, which writing it anew would change",
  );
}

/** A new cell of a row that goes as a whole goes with the last of its others. */
function timeOfRow({ of }: RowTimes, before: ReadonlyMap<string, Buffer | null>): number | undefined {
  const there = Array.from(before).filter(([, bytes]) => bytes !== null);
  const left = there.map(([column]) => Math.max(0, ...(of.get(column)?.left ?? [])));
  return left.length > 0 && left.every((seconds) => seconds > 0) ? Math.max(...left) : undefined;
}

function sent(statements: readonly Statement[]): ChangeStatements {
  let bytes = 0;
  for (const { params } of statements) {
    for (const param of params) if (param instanceof Uint8Array) bytes += param.length;
  }
  return { statements, bytes };
}
