import pg from "pg";
import { inject } from "vitest";
import { login } from "./postgresql-server.ts";

/** As somebody with another client: rows as arrays of their values. */
export async function runSql(
  sql: string,
  values: readonly unknown[] = [],
  port = inject("postgresql"),
): Promise<unknown[][]> {
  const client = new pg.Client(login(port));
  await client.connect();
  try {
    const { rows } = await client.query<unknown[]>({ text: sql, values: [...values], rowMode: "array" });
    return rows;
  } finally {
    await client.end();
  }
}
