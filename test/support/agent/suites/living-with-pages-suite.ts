import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { AgentClient } from "../../../../agent/client/agent-client.ts";
import { decodeValue } from "../../../../core/codec/decode-value.ts";
import { encodeValue } from "../../../../core/codec/encode-value.ts";
import { Digester } from "../../../../core/digest/digester.ts";
import { encodeKey } from "../../../../core/key/encode-key.ts";
import type { LocalStore } from "../../../../core/session/ports.ts";
import { agentSource } from "../agent-source.ts";
import { readAll, scanAll } from "../collect.ts";
import type { Lab, LabPage } from "../lab.ts";
import { appBody, holdItems, makeItems } from "../lab-data.ts";

const items = { bucket: "", database: "shop", store: "items" };

/** More than an agent produces ahead of its client, thanks to long keys: a scan is still under way. */
const MANY = 12_000;

const makeMany = appBody(`
  const db = await openAt("shop", 3, (db) => db.createObjectStore("items", { keyPath: "id" }));
  const tx = db.transaction("items", "readwrite", { durability: "relaxed" }), store = tx.objectStore("items");
  for (let i = 0; i < ${MANY}; i++) store.put({ id: "a long key ".repeat(90) + String(i).padStart(6, "0"), n: i });
  await finished(tx);
  db.close(); return true;`);

/** The agent beside pages that patch, upgrade, reload and leave. */
export function livingWithPagesSuite(lab: () => Lab): void {
  async function connect(page: LabPage, panelId?: string): Promise<AgentClient> {
    const source = await agentSource();
    return AgentClient.connect(page.evaluate, panelId === undefined ? { source } : { source, panelId });
  }

  async function agentNames(page: LabPage): Promise<string[]> {
    const names = await page.app<string[]>(
      `return Object.getOwnPropertyNames(window).filter((name) => name.startsWith("driftscope"))`,
    );
    return names;
  }

  describe("a page that changes its built-ins", () => {
    test.each([
      ["plain", "hostile.js", "worker"],
      ["workerless", "wrapping.js", "frame"],
      ["strict", "wrapping.js", "page"],
      ["trusted", "wrapping.js", "page"],
    ])("%s with %s is read and written rightly from a %s", async (path, script) => {
      const page = await lab().open(path);
      await page.app(makeItems("shop", 700));
      await page.goto(`${lab().origin}/${path}?script=${script}`);
      expect(await page.evaluate("String(window.patched)")).toBe("true");
      const client = await connect(page);
      const store = client.store(items);
      expect(await scanAll(store)).toHaveLength(700);
      const value = { id: 9_000, name: "new" };
      const outcomes = await store.write([
        {
          opId: "1",
          key: encodeKey(9_000),
          expect: null,
          write: { body: encodeValue(value), digest: new Digester().digest(value) },
        },
      ]);
      expect(outcomes).toEqual([{ opId: "1", status: "applied" }]);
      const [record] = await readAll(store, [encodeKey(9_000)]);
      expect(decodeValue(record?.body ?? "")).toEqual(value);
      const { frames } = await client.describePage();
      expect(frames).toHaveLength(1);
      expect(frames[0]?.buckets[0]?.databases[0]?.stores[0]?.count).toBe(701);
      await client.close();
      await page.close();
    });

    test("one that leaves the agent no sound realm is told to interfere", async () => {
      const page = await lab().open("strict");
      await page.app(makeItems("shop", 10));
      await page.goto(`${lab().origin}/strict?script=quiet.js`);
      await expect(connect(page)).rejects.toMatchObject({
        code: expect.stringMatching(/interferes|malformed-answer/),
      });
      await page.close();
    });
  });

  describe("a page that upgrades and deletes", () => {
    test("is never held up: the scan ends, the page goes on", async () => {
      const page = await lab().open("plain");
      await page.app(makeMany);
      const client = await connect(page);
      const scan = client.store(items).scan({})[Symbol.asyncIterator]();
      await scan.next();
      const wasBlocked = await page.app(
        appBody(`
          const request = indexedDB.open("shop", 4); let blocked = false;
          request.onblocked = () => { blocked = true; };
          (await done(request)).close(); return blocked;`),
      );
      expect(wasBlocked).toBe(false);
      const rest = async () => {
        while ((await scan.next()).done !== true);
      };
      await expect(rest()).rejects.toMatchObject({ code: "upgrading" });
      expect(await client.count(items)).toBe(MANY);
      const deleted = page.app(appBody(`await done(indexedDB.deleteDatabase("shop")); return true;`));
      expect(await deleted).toBe(true);
      await expect(client.count(items)).rejects.toMatchObject({ code: "no-database" });
      await client.close();
      await page.close();
    });

    test("a database that somebody blocks is told as blocked, the others are listed", async () => {
      const page = await lab().open("plain");
      await page.app(makeItems("shop", 3));
      await page.app(
        appBody(`
          const other = await openAt("other", 1, (db) => db.createObjectStore("s")); other.close();
          window.holder = await openAt("shop");
          window.upgrade = openAt("shop", 9);
          return 1;`),
      );
      const client = await connect(page);
      const [{ frames }] = await Promise.all([
        client.describePage(),
        expect(client.count(items)).rejects.toMatchObject({ code: "blocked" }),
      ]);
      expect(frames[0]?.buckets[0]?.databases.map(({ name, problem }) => [name, problem])).toEqual([
        ["other", undefined],
        ["shop", "blocked"],
      ]);
      await page.app("window.holder.close(); (await window.upgrade).close();");
      expect(await client.count(items)).toBe(3);
      await client.close();
      await page.close();
    });
  });

  describe("a page that reloads and leaves", () => {
    let page: LabPage;
    let client: AgentClient;
    beforeAll(async () => {
      page = await lab().open("plain");
      await page.app(makeMany);
      client = await connect(page);
    });
    afterAll(async () => {
      await client.close();
      await page.close();
    });

    test("ends the task as navigated, and the client goes on in the new document", async () => {
      const scan = client.store(items).scan({})[Symbol.asyncIterator]();
      await scan.next();
      await page.goto(`${lab().origin}/plain`);
      const rest = async () => {
        while ((await scan.next()).done !== true);
      };
      await expect(rest()).rejects.toMatchObject({ code: "navigated" });
      expect(await client.count(items)).toBe(MANY);
    });

    test("ends as navigated also while it polls", async () => {
      // The page holds the store: whoever scans it asks again and again.
      await page.app(holdItems("shop"));
      let asked = 0;
      const evaluate: typeof page.evaluate = (code) => {
        asked++;
        return page.evaluate(code);
      };
      const waiting = await AgentClient.connect(evaluate, { source: await agentSource() });
      const before = asked;
      const scanning = Promise.all([0, 1].map(() => scanAll(waiting.store(items))));
      const ended = expect(scanning).rejects.toMatchObject({ code: "navigated" });
      await expect.poll(() => asked).toBeGreaterThan(before + 4);
      await page.goto(`${lab().origin}/plain`);
      await ended;
      await waiting.close();
      expect(await client.count(items)).toBe(MANY);
    });

    test("never takes a database of another origin for the one it knew", async () => {
      const store = client.store(items);
      await page.goto(`${lab().otherOrigin}/plain`);
      await page.app(makeItems("shop", 4));
      await expect(scanAll(store)).rejects.toMatchObject({ code: "other-origin" });
      const outcomes = await store.write([{ opId: "1", key: encodeKey(1), expect: null, write: "delete" }]);
      expect(outcomes[0]).toMatchObject({ status: "rejected", code: "other-origin" });
      await client.describePage();
      expect(await client.count(items)).toBe(4);
      await page.goto(`${lab().origin}/plain`);
      await client.describePage();
    });

    test("cancelling stops the scan", async () => {
      const controller = new AbortController();
      const scan = client.store(items).scan({ signal: controller.signal })[Symbol.asyncIterator]();
      await scan.next();
      controller.abort(new Error("enough"));
      const rest = async () => {
        while ((await scan.next()).done !== true);
      };
      await expect(rest()).rejects.toThrow("enough");
      expect(await client.count(items)).toBe(MANY);
    });

    test("two panels work side by side", async () => {
      const second = await connect(page);
      const [one, two] = await Promise.all(
        [client, second].map((each: AgentClient) => scanAll(each.store(items) as LocalStore)),
      );
      expect(one).toHaveLength(MANY);
      expect(two?.length).toBe(MANY);
      expect(await agentNames(page)).toHaveLength(2);
      await second.close();
      expect(await agentNames(page)).toHaveLength(1);
      expect(await client.count(items)).toBe(MANY);
    });
  });

  test("asks nothing while idle, holds its lease for a slow reader, and leaves nothing behind", async () => {
    const page = await lab().open("plain");
    const slowPage = await lab().open("plain");
    await page.app(makeItems("shop", 100));
    await slowPage.app(makeMany);
    let calls = 0;
    const client = await AgentClient.connect(
      (code) => {
        calls++;
        return page.evaluate(code);
      },
      { source: await agentSource(), panelId: "one" },
    );
    const slow = await connect(slowPage, "slow");
    const scan = slow.store(items).scan({})[Symbol.asyncIterator]();
    await scan.next();
    await scanAll(client.store(items));
    const callsBefore = calls;
    expect(await agentNames(page)).toEqual(["driftscope one"]);
    expect(await page.app(`return Object.keys(window).includes("driftscope one")`)).toBe(false);
    const names = () => agentNames(page);
    await expect.poll(names, { timeout: 60_000, interval: 250 }).toEqual([]);
    expect(calls).toBe(callsBefore);
    expect(await page.app("return window.length")).toBe(0);
    expect(
      await page.app(
        appBody(`
          const request = indexedDB.deleteDatabase("shop"); let blocked = false;
          request.onblocked = () => { blocked = true; };
          await done(request); return blocked;`),
      ),
    ).toBe(false);
    // The slow reader's agent is still there, though its client took no part for longer than the lease.
    let rows = 0;
    for (let next = await scan.next(); next.done !== true; next = await scan.next()) rows += next.value.count;
    expect(rows).toBeGreaterThan(MANY / 2);
    // A client whose agent has left puts it back.
    await page.app(makeItems("shop", 2));
    expect(await client.count(items)).toBe(2);
    await slow.close();
    await client.close();
    await expect(client.count(items)).rejects.toMatchObject({ code: "closed" });
    await page.close();
    await slowPage.close();
  });
}
