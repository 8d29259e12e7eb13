import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { AgentClient } from "../../../../agent/client/agent-client.ts";
import type { Realm } from "../../../../agent/wire/page-description.ts";
import { EntryState } from "../../../../core/batch/entry-batch.ts";
import { decodeValue } from "../../../../core/codec/decode-value.ts";
import { Digester } from "../../../../core/digest/digester.ts";
import { encodeKey } from "../../../../core/key/encode-key.ts";
import { agentSource } from "../agent-source.ts";
import { entriesOf, hexOf, readAll, scanAll } from "../collect.ts";
import type { Lab, LabPage } from "../lab.ts";
import { appBody, makeItems } from "../lab-data.ts";

/** More than two of the parts that a scan reads side by side. */
const COUNT = 35_000;

/** Reading, in each realm that an agent can run in. */
export function readingSuite(lab: () => Lab): void {
  const realms: [path: string, realm: Realm][] = [
    ["plain", "worker"],
    ["workerless", "frame"],
    ["strict", "page"],
    ["trusted", "page"],
  ];

  for (const [path, realm] of realms) {
    describe(`on a page that is ${path}`, () => {
      let page: LabPage;
      let client: AgentClient;
      const items = { bucket: "", database: "shop", store: "items" };

      beforeAll(async () => {
        page = await lab().open(path);
        await page.app(makeItems("shop", realm === "worker" ? COUNT : 1_500));
        client = await AgentClient.connect(page.evaluate, { source: await agentSource() });
      });
      afterAll(async () => {
        await client.close();
        await page.close();
      });

      test(`describes databases, stores, indexes and counts, from a ${realm}`, async () => {
        const { frames } = await client.describePage();
        expect(frames).toHaveLength(1);
        expect(frames[0]?.realm).toBe(realm);
        expect(frames[0]?.storageKey).toBe(lab().origin);
        const database = frames[0]?.buckets[0]?.databases[0];
        expect(database).toMatchObject({ name: "shop", version: 3 });
        expect(database?.stores).toEqual([
          {
            name: "items",
            keyPath: "id",
            autoIncrement: false,
            count: realm === "worker" ? COUNT : 1_500,
            indexes: [
              { name: "email", keyPath: "email", unique: true, multiEntry: false },
              { name: "group", keyPath: "group", unique: false, multiEntry: false },
            ],
          },
        ]);
        const described = await client.store(items).describe();
        expect(described.databaseVersion).toBe(3);
        expect(described.schema.keyPath).toBe("id");
      });

      test("scans every record once, in order, with the digest of its body", async () => {
        const store = client.store(items);
        const entries = await scanAll(store);
        const count = realm === "worker" ? COUNT : 1_500;
        expect(entries.map(({ key }) => hexOf(key))).toEqual(
          Array.from({ length: count }, (_, i) => hexOf(encodeKey(i))),
        );
        expect(entries.every(({ state }) => state === EntryState.present)).toBe(true);
        const some = entries.filter((_, i) => i % 97 === 0);
        const records = await readAll(
          store,
          some.map(({ key }) => key),
        );
        const digester = new Digester();
        expect(records.map(({ digest }) => hexOf(digest))).toEqual(some.map(({ digest }) => hexOf(digest)));
        for (const record of records) {
          expect(hexOf(digester.digest(decodeValue(record.body ?? "")))).toBe(hexOf(record.digest));
        }
      });

      test("scans from a key on and within a range, in batches of any size", async () => {
        const store = client.store(items);
        const whole = await scanAll(store, { range: { lower: encodeKey(100), upper: encodeKey(700) } });
        expect(whole).toHaveLength(600);
        for (const batchSize of [1, 7, 1_000]) {
          const part = await scanAll(store, {
            after: encodeKey(650),
            range: { lower: encodeKey(100), upper: encodeKey(700) },
            batchSize,
          });
          expect(part).toEqual(whole.slice(551));
        }
        expect(await scanAll(store, { after: encodeKey("z") })).toEqual([]);
        expect(await scanAll(store, { range: { lower: encodeKey(5), upper: encodeKey(5) } })).toEqual([]);
      });

      test("looks up and reads keys, dense and scattered, and names the missing ones", async () => {
        const store = client.store(items);
        const numbers = [-5, 1, 2, 3, 4, 5, 700, 701.5, 1_400, 9e9];
        const keys = numbers.map((number) => encodeKey(number));
        const there = numbers.map((number) => Number.isInteger(number) && number >= 0 && number < 9e9);
        const looked = entriesOf(await store.lookup(keys));
        expect(looked.map(({ state }) => state === EntryState.present)).toEqual(there);
        const records = await readAll(store, keys);
        expect(records.map(({ state }) => state === "present")).toEqual(there);
        expect(decodeValue(records[3]?.body ?? "")).toMatchObject({ id: 3, name: "Päge 3" });
        expect(await store.lookup([])).toMatchObject({ count: 0 });
      });

      test("pages records by key and by a shared index key, both ways", async () => {
        const forward = await client.records(items, { limit: 3, maxBytes: 10_000 });
        expect(forward.rows.map(({ key }) => hexOf(key))).toEqual([0, 1, 2].map((i) => hexOf(encodeKey(i))));
        const { next } = forward;
        if (next === undefined) throw new Error("no next page");
        const second = await client.records(items, { limit: 2, maxBytes: 10_000, after: next });
        expect(second.rows.map(({ key }) => hexOf(key))).toEqual([3, 4].map((i) => hexOf(encodeKey(i))));
        const short = await client.records(items, { limit: 1, maxBytes: 10 });
        expect(short.rows[0]).toMatchObject({ truncated: true });
        expect(short.rows[0]?.body).toBeUndefined();

        for (const direction of ["next", "prev"] as const) {
          const seen: string[] = [];
          let after = undefined as Awaited<ReturnType<AgentClient["records"]>>["next"];
          do {
            const rest = after === undefined ? {} : { after };
            const page = await client.records(items, {
              index: "group",
              limit: 250,
              maxBytes: 100_000,
              direction,
              ...rest,
            });
            seen.push(...page.rows.map(({ key }) => hexOf(key) as string));
            after = page.next;
          } while (after !== undefined && seen.length < 1_500);
          expect(new Set(seen).size).toBe(seen.length);
          expect(seen.length).toBeGreaterThanOrEqual(1_500);
        }
        expect(await client.count(items)).toBe(realm === "worker" ? COUNT : 1_500);
        expect((await client.keys(items, { limit: 2, after: encodeKey(7) })).map(hexOf)).toEqual(
          [8, 9].map((i) => hexOf(encodeKey(i))),
        );
      });

      test("creates nothing by reading what is not there", async () => {
        const missing = client.store({ bucket: "", database: "nowhere", store: "x" });
        await expect(scanAll(missing)).rejects.toMatchObject({ code: "no-database" });
        await expect(client.count({ ...items, store: "x" })).rejects.toMatchObject({ code: "no-store" });
        await expect(client.count({ ...items, bucket: "attic" })).rejects.toMatchObject({
          code: "no-database",
        });
        expect(await page.app("return (await indexedDB.databases()).map((d) => d.name)")).toEqual(["shop"]);
      });
    });
  }

  test("reads out-of-line keys of every type in order, also where a record holds undefined", async () => {
    const page = await lab().open("plain");
    await page.app(
      appBody(`
        const db = await openAt("bag", 1, (db) => db.createObjectStore("s"));
        const tx = db.transaction("s", "readwrite"), s = tx.objectStore("s");
        const keys = [-Infinity, -1.5, 0, 1, new Date(0), new Date(5), "", "a", "\\ud83d", "\\uffff", new Uint8Array([0]), new Uint8Array([1, 2]), [], [1, "a"], [[]]];
        keys.forEach((key, i) => s.put(i === 3 ? undefined : { i }, key));
        await finished(tx); db.close(); return 1;`),
    );
    const client = await AgentClient.connect(page.evaluate, { source: await agentSource() });
    const store = client.store({ bucket: "", database: "bag", store: "s" });
    const entries = await scanAll(store);
    expect(entries).toHaveLength(15);
    const records = await readAll(
      store,
      entries.map(({ key }) => key),
    );
    expect(records.every(({ state }) => state === "present")).toBe(true);
    expect(decodeValue(records[3]?.body ?? "")).toBeUndefined();
    expect((await store.lookup([encodeKey(1), encodeKey(2)])).states).toEqual(
      new Uint8Array([EntryState.present, EntryState.absent]),
    );
    await client.close();
    await page.close();
  });

  test("finds storage buckets where the browser has them, and same-origin frames", async () => {
    const page = await lab().open("plain");
    const hasBuckets = await page.app<boolean>(
      appBody(`
        const frame = document.createElement("iframe"); frame.src = "/plain"; document.body.append(frame);
        const foreign = document.createElement("iframe"); foreign.src = "${lab().otherOrigin}/plain"; document.body.append(foreign);
        await Promise.all([frame, foreign].map((f) => new Promise((ok) => { f.onload = ok; })));
        const db = await openAt("top", 1, (db) => db.createObjectStore("s", { keyPath: "id" }));
        const tx = db.transaction("s", "readwrite"); tx.objectStore("s").put({ id: 1 }); await finished(tx); db.close();
        if (!navigator.storageBuckets) return false;
        const bucket = await navigator.storageBuckets.open("attic");
        const request = bucket.indexedDB.open("boxes", 1); request.onupgradeneeded = () => request.result.createObjectStore("s", { keyPath: "id" });
        (await done(request)).close();
        return true;`),
    );
    const client = await AgentClient.connect(page.evaluate, { source: await agentSource() });
    const { frames } = await client.describePage();
    expect(frames.map(({ path }) => path)).toEqual([[], [0], [1]]);
    expect(frames[1]?.buckets[0]?.databases[0]?.name).toBe("top");
    expect(frames[1]?.storageKey).toBe(lab().origin);
    expect(frames[2]?.unreachable).toMatch(/another origin/);
    const inFrame = client.store({ frame: [0], bucket: "", database: "top", store: "s" });
    expect(await scanAll(inFrame)).toHaveLength(1);
    if (hasBuckets) {
      expect(frames[0]?.buckets.map(({ name }) => name)).toEqual(["", "attic"]);
      expect(await client.count({ bucket: "attic", database: "boxes", store: "s" })).toBe(0);
    }
    await page.app(`document.querySelector("iframe").remove()`);
    await expect(scanAll(inFrame)).rejects.toMatchObject({
      code: expect.stringMatching(/navigated|frame-gone/),
    });
    await client.close();
    await page.close();
  });
}
