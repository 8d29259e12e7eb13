import { describe, expect, test } from "vitest";
import { AgentClient } from "../../../../agent/client/agent-client.ts";
import type { DatabaseSchema } from "../../../../core/session/ports.ts";
import { agentSource } from "../agent-source.ts";
import type { Lab, LabPage } from "../lab.ts";

/** Every kind of store and index, and generators that were used, never used, moved by hand and used up. */
const MAKE = `
  const opening = indexedDB.open("numbers", 7);
  opening.onupgradeneeded = () => {
    const db = opening.result;
    db.createObjectStore("plain", { keyPath: "id" }).createIndex("both", ["a", "b"], { unique: true });
    const used = db.createObjectStore("used", { keyPath: "meta.no", autoIncrement: true });
    used.createIndex("code", "code", { unique: true });
    used.createIndex("tags", "tags", { multiEntry: true });
    for (let i = 0; i < 4; i++) used.add({ code: i });
    used.delete(4);
    db.createObjectStore("fresh", { autoIncrement: true });
    db.createObjectStore("moved", { autoIncrement: true }).put("x", 41.5);
    db.createObjectStore("spent", { autoIncrement: true }).put("x", 2 ** 53);
    db.createObjectStore("pairs", { keyPath: ["x", "y"] });
    db.createObjectStore("\u{1f600} 'odd'", { keyPath: "" });
  };
  await new Promise((resolve, reject) => { opening.onsuccess = resolve; opening.onerror = () => reject(opening.error); });
  opening.result.close();
`;

/** What the application's own next records are called, and how many there are then. */
const USE = `
  const opening = indexedDB.open("numbers");
  await new Promise((resolve, reject) => { opening.onsuccess = resolve; opening.onerror = () => reject(opening.error); });
  const db = opening.result;
  const given = {};
  for (const name of ["used", "fresh", "moved", "spent"]) {
    const transaction = db.transaction(name, "readwrite");
    const request = transaction.objectStore(name).add({ code: "new" });
    given[name] = await new Promise((resolve) => {
      request.onsuccess = () => resolve(request.result);
      request.onerror = (event) => { event.preventDefault(); resolve(request.error.name); };
    });
  }
  db.close();
  return given;
`;

const index = { unique: false, multiEntry: false };
const SCHEMA: DatabaseSchema = {
  version: 7,
  stores: [
    { name: "fresh", keyPath: null, autoIncrement: true, indexes: [], nextKey: 1 },
    { name: "moved", keyPath: null, autoIncrement: true, indexes: [], nextKey: 42 },
    { name: "pairs", keyPath: ["x", "y"], autoIncrement: false, indexes: [] },
    {
      name: "plain",
      keyPath: "id",
      autoIncrement: false,
      indexes: [{ ...index, name: "both", keyPath: ["a", "b"], unique: true }],
    },
    { name: "spent", keyPath: null, autoIncrement: true, indexes: [], nextKey: null },
    {
      name: "used",
      keyPath: "meta.no",
      autoIncrement: true,
      indexes: [
        { ...index, name: "code", keyPath: "code", unique: true },
        { ...index, name: "tags", keyPath: "tags", multiEntry: true },
      ],
      nextKey: 5,
    },
    { name: "\u{1f600} 'odd'", keyPath: "", autoIncrement: false, indexes: [] },
  ],
};

/** A database described, and made again from its description. */
export function schemaSuite(lab: () => Lab): void {
  describe("the description of a whole database", () => {
    test("tells the numbers of key generators and leaves them as they are", async () => {
      const { page, client } = await open();
      await page.app(MAKE);
      const store = client.store({ bucket: "", database: "numbers", store: "plain" });
      for (let i = 0; i < 3; i++) expect((await store.describe({ database: true })).database).toEqual(SCHEMA);
      expect(await page.app(USE)).toEqual({ used: 5, fresh: 1, moved: 42, spent: "ConstraintError" });
      expect(await client.count({ bucket: "", database: "numbers", store: "used" })).toBe(4);
      await close(page, client);
    });

    test("makes the same database elsewhere, whose generators go on where these are", async () => {
      const { page, client } = await open();
      await client.createDatabase({ bucket: "", database: "numbers" }, SCHEMA);
      const store = client.store({ bucket: "", database: "numbers", store: "plain" });
      expect((await store.describe({ database: true })).database).toEqual(SCHEMA);
      const { frames } = await client.describePage();
      expect(frames[0]?.buckets[0]?.databases[0]?.stores.map(({ count }) => count)).toEqual(
        SCHEMA.stores.map(() => 0),
      );
      expect(await page.app(USE)).toEqual({ used: 5, fresh: 1, moved: 42, spent: "ConstraintError" });
      await close(page, client);
    });

    test("makes nothing where there is such a database, and all or nothing elsewhere", async () => {
      const { page, client } = await open();
      await page.app(MAKE);
      const place = { bucket: "", database: "numbers" };
      await expect(client.createDatabase(place, { ...SCHEMA, version: 9 })).rejects.toMatchObject({
        code: "database-exists",
      });
      const [first] = SCHEMA.stores;
      const twice = { version: 1, stores: [first, first] } as DatabaseSchema;
      await expect(client.createDatabase({ ...place, database: "twice" }, twice)).rejects.toThrow();
      const { frames } = await client.describePage();
      expect(frames[0]?.buckets[0]?.databases).toMatchObject([{ name: "numbers", version: 7 }]);
      await close(page, client);
    });
  });

  async function open(): Promise<{ page: LabPage; client: AgentClient }> {
    const page = await lab().open("plain");
    return { page, client: await AgentClient.connect(page.evaluate, { source: await agentSource() }) };
  }

  async function close(page: LabPage, client: AgentClient): Promise<void> {
    await client.close();
    await page.close();
  }
}
