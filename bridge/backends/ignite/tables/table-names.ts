/** Names of tables as people know them: those of PUBLIC by their own, others with their schema. */

/** Before the name of a cache whose texts are mapped without SQL. */
const CACHE = "cache:";

export const cacheTable = (cache: string): string => CACHE + cache;

/** Undefined for a table of SQL. */
export const cacheOf = (name: string): string | undefined =>
  name.startsWith(CACHE) ? name.slice(CACHE.length) : undefined;

export function tableName(schema: string, table: string): string {
  const isPlain = schema === "PUBLIC" && !table.includes(".") && cacheOf(table) === undefined;
  return isPlain ? table : `${schema}.${table}`;
}

export const quoted = (name: string): string => `"${name.replaceAll('"', '""')}"`;
