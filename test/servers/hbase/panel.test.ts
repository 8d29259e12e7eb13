import { describe, inject } from "vitest";
import type { BridgeFiles } from "../../e2e/shared/bed/bed.ts";
import { mappingAServerTable, type ServerItem } from "../../e2e/shared/mapping-a-server-table.ts";
import { pushingAndPulling } from "../../e2e/shared/pushing-and-pulling.ts";
import { resolving } from "../../e2e/shared/resolving.ts";
import { freshBackend, freshTable } from "./fresh-table.ts";
import { double, int64 } from "./java-bytes.ts";
import { SomebodysTable } from "./somebodys-table.ts";

/** A bridge whose one connection is set up. */
async function bridgeFiles(): Promise<BridgeFiles> {
  const table = freshTable();
  const backend = await freshBackend({ table });
  await backend.close();
  const connections = { far: { backend: "hbase", url: inject("hbase"), table } };
  return { "driftscope.config.json": JSON.stringify({ connections }) };
}

// Tables of their own: the databases of both have the same names.
const [forPushing, forResolving] = [await bridgeFiles(), await bridgeFiles()];

describe("the panel on HBase, pushing and pulling", () => pushingAndPulling("chromium", forPushing));
describe("the panel on HBase, resolving", () => resolving("chromium", forResolving));

describe("the panel on HBase, mapping a table", async () => {
  const items = await SomebodysTable.make({ f: 1 });
  const connections = { shop: { backend: "hbase", url: inject("hbase"), tables: [items.name] } };
  const ids = ["p1", "p2", "p3"];
  mappingAServerTable("chromium", () => ({
    files: { "driftscope.config.json": JSON.stringify({ connections }) },
    table: items.name,
    versionColumn: "f:moves",
    put: async ({ id, name, price, shelf }) => {
      const version = (await items.bytes(id))?.["f:moves"]?.readBigInt64BE();
      await items.put(id, {
        "f:name": name,
        "f:price": double(price),
        ...(version === undefined ? {} : { "f:moves": int64(version + 1n) }),
        ...(shelf === undefined ? {} : { "f:shelf": shelf }),
      });
    },
    rows: async () => (await Promise.all(ids.map(rowOf))).filter((row) => row !== undefined),
  }));

  async function rowOf(id: string): Promise<ServerItem | undefined> {
    const cells = await items.bytes(id);
    const [name, price, shelf] = ["name", "price", "shelf"].map((column) => cells?.[`f:${column}`]);
    if (name === undefined || price === undefined) return undefined;
    const item = { id, name: name.toString("utf8"), price: price.readDoubleBE() };
    return shelf === undefined ? item : { ...item, shelf: shelf.toString("utf8") };
  }
});
