import { describe, vi } from "vitest";
import type { BridgeFiles } from "../../e2e/shared/bed/bed.ts";
import { mappingAServerTable, type ServerItem } from "../../e2e/shared/mapping-a-server-table.ts";
import { pushingAndPulling } from "../../e2e/shared/pushing-and-pulling.ts";
import { freshBackend, freshPrefix, sqoopSettings } from "./fresh-tables.ts";
import { OWNER, PASSWORD } from "./postgresql-server.ts";
import { runSql } from "./run-sql.ts";

vi.setConfig({ testTimeout: 600_000 });

process.env.DRIFTSCOPE_TEST_PASSWORD = PASSWORD;

function connection(prefix: string): object {
  const { connect, command } = sqoopSettings();
  const credentials = { username: OWNER, password: { env: "DRIFTSCOPE_TEST_PASSWORD" } };
  return { backend: "sqoop", connect, command, credentials, prefix, tables: ["*"] };
}

/** A bridge whose one connection is set up. */
async function bridgeFiles(): Promise<BridgeFiles> {
  const prefix = freshPrefix();
  await (await freshBackend({}, undefined, prefix)).close();
  return { "driftscope.config.json": JSON.stringify({ connections: { far: connection(prefix) } }) };
}

const [forMapping, forPushing] = [await bridgeFiles(), await bridgeFiles()];

describe("the panel on PostgreSQL by Sqoop, mapping a table", async () => {
  const table = freshPrefix();
  await runSql(`CREATE TABLE ${table} (id text PRIMARY KEY, name text, price float8, shelf text)`);
  mappingAServerTable("chromium", () => ({
    files: forMapping,
    table,
    isCautious: true,
    put: async ({ id, name, price, shelf }) => {
      await runSql(
        `INSERT INTO ${table} (id, name, price, shelf) VALUES ($1, $2, $3, $4) ON CONFLICT (id)
         DO UPDATE SET name = $2, price = $3, shelf = coalesce($4, ${table}.shelf)`,
        [id, name, price, shelf ?? null],
      );
    },
    rows: async () => {
      const rows = await runSql(`SELECT id, name, price, shelf FROM ${table} ORDER BY id`);
      return rows.map(itemOf);
    },
  }));
});

describe("the panel on PostgreSQL by Sqoop, pushing and pulling", () => {
  pushingAndPulling("chromium", forPushing);
});

const itemOf = ([id, name, price, shelf]: readonly unknown[]): ServerItem => ({
  id: String(id),
  name: String(name),
  price: Number(price),
  ...(shelf === null ? {} : { shelf: String(shelf) }),
});
