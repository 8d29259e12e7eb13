/** What the database says of a table. */
import type { ColumnDescription, TableDescription } from "../../../../core/mapping/table-description.ts";
import { BackendError } from "../../backend-error.ts";
import { sqlName } from "../dialects/postgresql-text.ts";
import type { Answer } from "../questions.ts";
import { type ColumnType, typeOf } from "./column-types.ts";

export interface PostgresqlTable extends TableDescription {
  /** Quoted, with its schema. */
  readonly sql: string;
  readonly schema: string;
  /** Without its schema. */
  readonly ownName: string;
  readonly identity: string;
  /** Whether the function that merges rows is there. */
  readonly canMerge: boolean;
  readonly types: ReadonlyMap<string, ColumnType>;
}

const unknownTable = (name: string): BackendError =>
  new BackendError("unknown-table", `The database has no table ${JSON.stringify(name)} (any more).`);

/** @param answer Of describeQuery. @param query Of the config file, which names it. */
export function queryTableOf(name: string, query: string, answer: Answer): PostgresqlTable {
  const table = tableOf(name, answer);
  return { ...table, sql: `(${query})`, identity: JSON.stringify([table.identity, query]) };
}

/** @param answer Of describeTable. @throws BackendError "unknown-table" */
export function tableOf(name: string, answer: Answer): PostgresqlTable {
  const rows = (kind: string): (readonly unknown[])[] =>
    answer.filter(([is]) => is === kind).map(([, ...cells]) => cells);
  const [table] = rows("table");
  if (table === undefined) throw unknownTable(name);
  const [schema, ownName, isView, count, identity, canMerge] = table;
  const types = new Map<string, ColumnType>();
  const columns = rows("column").map((cells): ColumnDescription => {
    const [column, declared, base, notNull, fallback, generated] = cells;
    const type = typeof base === "string" ? typeOf(base) : undefined;
    if (type !== undefined) types.set(String(column), type);
    return {
      name: String(column),
      type: String(declared),
      nullable: notNull !== true,
      ...(typeof fallback === "string" ? { default: fallback } : {}),
      ...(generated === true ? { generated } : {}),
      ...(type?.suggested === undefined ? {} : { suggested: type.suggested }),
      ...(type?.compares === undefined ? {} : { compares: type.compares }),
    };
  });
  const constraints = rows("constraint");
  const of = (kind: string): (readonly unknown[])[] => constraints.filter(([is]) => is === kind);
  return {
    name,
    isView: isView === true,
    columns,
    primaryKey: of("p").flatMap(([, key]) => namesOf(key)),
    unique: of("u").map(([, key]) => namesOf(key)),
    foreignKeys: of("f").map(([, key, other, referenced]) => ({
      columns: namesOf(key),
      table: String(other),
      referenced: namesOf(referenced),
    })),
    checks: of("c").map(([, , , , definition]) => String(definition)),
    // Not known before the first ANALYZE.
    ...(typeof count === "number" && count >= 0 ? { rows: count } : {}),
    sql: `${sqlName(String(schema))}.${sqlName(String(ownName))}`,
    schema: String(schema),
    ownName: String(ownName),
    identity: String(identity),
    canMerge: canMerge === true,
    types,
  };
}

const namesOf = (names: unknown): string[] => (Array.isArray(names) ? names.map(String) : []);
