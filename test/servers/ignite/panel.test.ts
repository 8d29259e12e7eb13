import { describe, inject } from "vitest";
import type { BridgeFiles } from "../../e2e/shared/bed/bed.ts";
import { mappingAServerTable, type ServerItem } from "../../e2e/shared/mapping-a-server-table.ts";
import { pushingAndPulling } from "../../e2e/shared/pushing-and-pulling.ts";
import { resolving } from "../../e2e/shared/resolving.ts";
import { freshBackend, freshPrefix } from "./fresh-tables.ts";
import { ONE_GROUP, runSql, someCache } from "./run-sql.ts";

/** A bridge whose one connection is set up. */
async function bridgeFiles(): Promise<BridgeFiles> {
  const prefix = freshPrefix();
  const backend = await freshBackend({ prefix });
  await backend.close();
  const connections = { far: { backend: "ignite", url: inject("ignite"), prefix } };
  return { "driftscope.config.json": JSON.stringify({ connections }) };
}

// Tables of their own: the databases of both have the same names.
const [forPushing, forResolving] = [await bridgeFiles(), await bridgeFiles()];

describe("the panel on Ignite, pushing and pulling", () => pushingAndPulling("chromium", forPushing));
describe("the panel on Ignite, resolving", () => resolving("chromium", forResolving));

describe("the panel on Ignite, mapping a table", async () => {
  const table = freshPrefix();
  const cache = await someCache();
  const columns = `"id" VARCHAR PRIMARY KEY, "name" VARCHAR, "price" DOUBLE, "shelf" VARCHAR`;
  await runSql(cache, `CREATE TABLE "${table}" (${columns}) WITH "${ONE_GROUP}"`);
  const connections = { shop: { backend: "ignite", url: inject("ignite"), tables: ["*"] } };
  mappingAServerTable("chromium", () => ({
    files: { "driftscope.config.json": JSON.stringify({ connections }) },
    table,
    put: async ({ id, name, price, shelf }) => {
      const values = `'${id}', '${name}', ${price}, ${shelf === undefined ? "NULL" : `'${shelf}'`}`;
      await runSql(cache, `MERGE INTO "${table}" ("id", "name", "price", "shelf") VALUES (${values})`);
    },
    rows: async () => {
      const rows = await runSql(cache, `SELECT "id", "name", "price", "shelf" FROM "${table}" ORDER BY "id"`);
      return rows.map(itemOf);
    },
  }));
});

const itemOf = ([id, name, price, shelf]: readonly unknown[]): ServerItem => ({
  id: String(id),
  name: String(name),
  price: Number(price),
  ...(shelf === null ? {} : { shelf: String(shelf) }),
});
