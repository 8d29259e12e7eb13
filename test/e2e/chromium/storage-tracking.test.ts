/** What the browser itself tells of writes: held against every way to write that there is. */
import { afterAll, beforeAll, expect, test } from "vitest";
import { AgentClient } from "../../../agent/client/agent-client.ts";
import { StorageTracking } from "../../../bridge/headless/browser/storage-tracking.ts";
import { encodeKey } from "../../../core/key/encode-key.ts";
import type { LocalDescription } from "../../../core/session/ports.ts";
import { agentSource } from "../../support/agent/agent-source.ts";
import { ChromiumLab, type ChromiumLabPage } from "../../support/agent/chromium-lab.ts";
import { appBody, makeItems } from "../../support/agent/lab-data.ts";

let lab: ChromiumLab;
beforeAll(async () => {
  lab = await ChromiumLab.start();
});
afterAll(() => lab.close());

const items = { bucket: "", database: "shop", store: "items" };

const onStore = (store: string, body: string): string =>
  appBody(`
    const db = await openAt("shop");
    const tx = db.transaction("${store}", "readwrite"), store = tx.objectStore("${store}");
    ${body}
    await finished(tx).catch(() => {}); db.close(); return true;`);

interface Tracked {
  readonly page: ChromiumLabPage;
  readonly client: AgentClient;
  readonly tracking: StorageTracking;
  describe(): Promise<LocalDescription>;
}

async function tracked(work: (bed: Tracked) => Promise<void>): Promise<void> {
  const page = await lab.open("plain");
  await page.app(makeItems("shop", 10));
  await page.app(
    appBody(`
      const db = await openAt("shop", 4, (db) => db.createObjectStore("others")); db.close(); return true;`),
  );
  const client = await AgentClient.connect(page.evaluate, { source: await agentSource() });
  const tracking = await StorageTracking.start(page.cdp, `${lab.origin}/`);
  const describe = async (): Promise<LocalDescription> => {
    const { schema, ...rest } = await client.store(items).describe();
    return { ...rest, schema: { ...schema, count: await client.count(items) } };
  };
  try {
    await work({ page, client, tracking, describe });
  } finally {
    await tracking.stop();
    await client.close();
    await page.close();
  }
}

test.each([
  ["a put", onStore("items", "store.put({ id: 1 });")],
  ["a delete", onStore("items", "store.delete(1);")],
  ["a clear", onStore("items", "store.clear();")],
  ["a range", onStore("items", "store.delete(IDBKeyRange.bound(1, 3));")],
  ["a cursor", onStore("items", "const c = await done(store.openCursor()); c.update({ ...c.value, x: 1 });")],
  ["the same value again", onStore("items", "store.put(await done(store.get(1)));")],
  [
    "a put late in a long transaction",
    onStore("items", "for (let i = 0; i < 50; i++) await done(store.count()); store.put({ id: 2 });"),
  ],
  [
    "a worker",
    `const text = 'indexedDB.open("shop").onsuccess = (e) => { const tx = e.target.result.transaction("items", "readwrite"); tx.objectStore("items").put({ id: 60 }); tx.oncomplete = () => { e.target.result.close(); postMessage(1); } }';
     const worker = new Worker(URL.createObjectURL(new Blob([text])));
     await new Promise((ok) => { worker.onmessage = ok; }); return true;`,
  ],
  [
    "an upgrade that deletes the store",
    appBody(
      `(await openAt("shop", 5, (db) => { db.deleteObjectStore("items"); db.createObjectStore("items", { keyPath: "id" }); })).close(); return true;`,
    ),
  ],
  [
    "an upgrade that writes",
    appBody(
      `(await openAt("shop", 5, (_db, tx) => { tx.objectStore("items").put({ id: 1, x: 2 }); })).close(); return true;`,
    ),
  ],
  [
    "a deletion of the database, made anew and empty",
    appBody(
      `await done(indexedDB.deleteDatabase("shop")); (await openAt("shop", 4, (db) => { const items = db.createObjectStore("items", { keyPath: "id" }); items.createIndex("email", "email", { unique: true }); items.createIndex("group", "group"); db.createObjectStore("others"); })).close(); return true;`,
    ),
  ],
])("%s is told", async (_what, body) => {
  await tracked(async ({ page, tracking, describe }) => {
    const mark = await tracking.mark(await describe());
    await page.app(body);
    expect(await tracking.isUntouched(mark, await describe())).toBe(false);
  });
});

test("another tab is told", async () => {
  await tracked(async ({ page, tracking, describe }) => {
    const mark = await tracking.mark(await describe());
    const other = await lab.open("plain", page);
    await other.app(onStore("items", "store.put({ id: 3 });"));
    expect(await tracking.isUntouched(mark, await describe())).toBe(false);
    await other.page.close();
  });
});

test("what we write ourselves is told like any other write", async () => {
  await tracked(async ({ client, tracking, describe }) => {
    const store = client.store(items);
    const [read] =
      (
        await store
          .read([encodeKey(1)])
          [Symbol.asyncIterator]()
          .next()
      ).value ?? [];
    const mark = await tracking.mark(await describe());
    const write = { opId: "1", key: encodeKey(1), expect: read?.digest ?? null, write: "delete" } as const;
    expect(await store.write([write])).toEqual([{ opId: "1", status: "applied" }]);
    expect(await tracking.isUntouched(mark, await describe())).toBe(false);
  });
});

test("reads, scans, other stores and other databases leave a store untouched", async () => {
  await tracked(async ({ page, client, tracking, describe }) => {
    const mark = await tracking.mark(await describe());
    await page.app(onStore("items", "await done(store.getAll()); await done(store.openCursor());"));
    await page.app(onStore("others", `store.put(1, 1); store.clear();`));
    await page.app(makeItems("another", 5));
    for await (const batch of client.store(items).scan({})) expect(batch.count).toBe(10);
    expect(await tracking.isUntouched(mark, await describe())).toBe(true);
  });
});

test("a write that was under way when the mark was made is told, or seen by every read after it", async () => {
  await tracked(async ({ page, client, tracking, describe }) => {
    await page.app(`
      window.release = undefined; window.ended = undefined;
      indexedDB.open("shop").onsuccess = (e) => {
        const db = e.target.result, tx = db.transaction("items", "readwrite"), store = tx.objectStore("items");
        store.put({ id: 99 });
        const again = () => { if (window.release === undefined) store.count().onsuccess = again; };
        again(); tx.oncomplete = () => { db.close(); };
      };
      return true;`);
    // Ours waits for the transaction that is open, so what it counts includes that write.
    const describing = describe();
    await page.app("window.release = true; return true;");
    const mark = await tracking.mark(await describing);
    expect(await client.count(items)).toBe(11);
    expect(await tracking.isUntouched(mark, await describe())).toBe(true);
  });
});
