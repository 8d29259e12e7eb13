/** SQL that every database reads alike: names in double quotes, and only literals that are written the same everywhere. */
import type { Cell } from "../../../../core/mapping/cell.ts";
import type { JdbcType } from "./jdbc-types.ts";

/** Of one list, and of one question: more would be beyond what some databases take. */
const VALUES_AT_A_TIME = 500;
const MAX_KEYS = 1000;

const NAMEABLE = /^[A-Za-z0-9 _.,:;/+=()[\]<>@!*#-]+$/;

/** Whether it can be said in ASCII, without what means something else to one database or to Sqoop. */
export const isNameable = (name: string): boolean => NAMEABLE.test(name);

/** @param name As the database spells it; nameable. */
export const quoted = (name: string): string => `"${name}"`;

/** Of a table, with its schema before the first point. */
export function tableSql(name: string): string {
  const { schema, table } = partsOf(name);
  return schema === undefined ? quoted(table) : `${quoted(schema)}.${quoted(table)}`;
}

export function partsOf(name: string): { readonly schema?: string; readonly table: string } {
  const point = name.indexOf(".");
  return point < 1 ? { table: name } : { schema: name.slice(0, point), table: name.slice(point + 1) };
}

interface KeyColumn {
  readonly name: string;
  readonly type: JdbcType | undefined;
}

/** The rows that have one of the keys, and perhaps some more; undefined = only reading all rows finds them. */
export function whereKeys(
  columns: readonly KeyColumn[],
  keys: readonly (readonly Cell[])[],
): string | undefined {
  if (keys.length > MAX_KEYS) return undefined;
  const literals: string[][] = [];
  for (const cells of keys) {
    const key = cells.map((cell, i) => columns[i]?.type?.literal?.(cell));
    if (!key.every((literal) => literal !== undefined)) return undefined;
    literals.push(key);
  }
  const [only] = columns;
  if (only !== undefined && columns.length === 1) {
    const lists: string[] = [];
    for (let from = 0; from < literals.length; from += VALUES_AT_A_TIME) {
      const values = literals.slice(from, from + VALUES_AT_A_TIME).flat();
      lists.push(`${quoted(only.name)} IN (${values.join(", ")})`);
    }
    return anyOf(lists);
  }
  return anyOf(
    literals.map((key) => {
      const parts = key.map((literal, i) => `${quoted(columns[i]?.name ?? "")} = ${literal}`);
      return `(${parts.join(" AND ")})`;
    }),
  );
}

/** Nested as a tree: a parser may go as deep as a chain is long. */
export function anyOf(conditions: readonly string[]): string {
  if (conditions.length <= 1) return conditions[0] ?? "1 = 0";
  const half = Math.ceil(conditions.length / 2);
  return `(${anyOf(conditions.slice(0, half))} OR ${anyOf(conditions.slice(half))})`;
}
