/** Queries of the config file that are mapped as tables are. */

/** By name; each has $CONDITIONS, where Sqoop puts what is read of it. */
export type Queries = Readonly<Record<string, string>>;

/** How the names of queries begin where tables are named. */
export const QUERY = "query:";

/** Undefined where the name is a table's. */
export const queryOf = (queries: Queries, table: string): string | undefined =>
  table.startsWith(QUERY) ? queries[table.slice(QUERY.length)] : undefined;
