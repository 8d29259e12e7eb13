import { afterAll, describe, inject } from "vitest";
import type { BridgeFiles } from "../../e2e/shared/bed/bed.ts";
import { mappingAServerTable, type ServerItem } from "../../e2e/shared/mapping-a-server-table.ts";
import { pushingAndPulling } from "../../e2e/shared/pushing-and-pulling.ts";
import { resolving } from "../../e2e/shared/resolving.ts";
import { setUpBackendOn } from "./fresh-backend.ts";
import { freshKeyspace } from "./fresh-keyspace.ts";
import { Owner } from "./tables/owner.ts";

/** A bridge whose one connection is a keyspace that is set up. */
async function bridgeFiles(): Promise<BridgeFiles> {
  const keyspace = await freshKeyspace();
  const contactPoints = [inject("cassandra")];
  const backend = await setUpBackendOn(keyspace);
  await backend.close();
  const connections = { far: { backend: "cassandra", contactPoints, keyspace } };
  return { "driftscope.config.json": JSON.stringify({ connections }) };
}

// A keyspace each: the databases of both have the same names.
const [forPushing, forResolving] = [await bridgeFiles(), await bridgeFiles()];

describe("the panel on Cassandra, pushing and pulling", () => pushingAndPulling("chromium", forPushing));
describe("the panel on Cassandra, resolving", () => resolving("chromium", forResolving));

describe("the panel on Cassandra, mapping a table", async () => {
  const keyspace = await freshKeyspace();
  const owner = new Owner(keyspace);
  afterAll(() => owner.close());
  await owner.run("CREATE TABLE items (id text PRIMARY KEY, name text, price double, shelf text)");
  const connections = {
    shop: {
      backend: "cassandra",
      contactPoints: [inject("cassandra")],
      keyspace,
      serialConsistency: "SERIAL",
      tables: ["items"],
    },
  };
  mappingAServerTable("chromium", () => ({
    files: { "driftscope.config.json": JSON.stringify({ connections }) },
    table: "items",
    isCautious: true,
    put: async ({ id, name, price, shelf }) => {
      const columns = shelf === undefined ? [id, name, price] : [id, name, price, shelf];
      const names = ["id", "name", "price", "shelf"].slice(0, columns.length);
      await owner.run(
        `INSERT INTO items (${names.join(", ")}) VALUES (${names.map(() => "?").join(", ")})`,
        columns,
      );
    },
    rows: async () => {
      const rows = await owner.run("SELECT id, name, price, shelf FROM items");
      return rows.map(itemOf).sort((a, b) => (a.id < b.id ? -1 : 1));
    },
  }));
});

const itemOf = ([id, name, price, shelf]: readonly unknown[]): ServerItem => ({
  id: String(id),
  name: String(name),
  price: Number(price),
  ...(shelf === null ? {} : { shelf: String(shelf) }),
});
