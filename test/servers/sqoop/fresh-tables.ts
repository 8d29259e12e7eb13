import { randomBytes } from "node:crypto";
import { inject } from "vitest";
import { PostgresqlDialect } from "../../../bridge/backends/sqoop/dialects/postgresql.ts";
import { SqoopBackend } from "../../../bridge/backends/sqoop/sqoop-backend.ts";
import type { SqoopSettings } from "../../../bridge/backends/sqoop/sqoop-program.ts";
import { OWNER, PASSWORD } from "./postgresql-server.ts";
import { sqoopCommand } from "./sqoop-command.ts";

/** How the names of a test's own tables begin. */
export const freshPrefix = (): string => `test_${randomBytes(6).toString("hex")}`;

/** @param port Of PostgreSQL; absent = that of the project. */
export function sqoopSettings(
  changed: Partial<SqoopSettings> = {},
  port = inject("postgresql"),
): SqoopSettings {
  const connect = `jdbc:postgresql://127.0.0.1:${port}/postgres`;
  return {
    where: `Sqoop on ${connect}`,
    command: sqoopCommand(),
    environment: {},
    connect,
    credentials: { username: OWNER, password: () => PASSWORD },
    timeLimitMs: 120_000,
    ...changed,
  };
}

/** With its tables made. */
export async function freshBackend(
  changed: Partial<SqoopSettings> = {},
  port?: number,
  prefix = freshPrefix(),
  queries: Readonly<Record<string, string>> = {},
): Promise<SqoopBackend> {
  const backend = new SqoopBackend(sqoopSettings(changed, port), new PostgresqlDialect(prefix), queries);
  await backend.setUp?.run();
  return backend;
}
