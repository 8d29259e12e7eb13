import { randomUUID } from "node:crypto";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { AgentClient } from "../../../../agent/client/agent-client.ts";
import { decodeValue } from "../../../../core/codec/decode-value.ts";
import { encodeValue } from "../../../../core/codec/encode-value.ts";
import { Digester } from "../../../../core/digest/digester.ts";
import { decodeKey } from "../../../../core/key/decode-key.ts";
import { encodeKey } from "../../../../core/key/encode-key.ts";
import { toHex } from "../../../../core/key/hex.ts";
import {
  type LocalStore,
  type LocalWrite,
  NOT_SENT,
  type WriteOutcome,
} from "../../../../core/session/ports.ts";
import { agentSource } from "../agent-source.ts";
import { hexOf, readAll, scanAll } from "../collect.ts";
import type { Lab, LabPage } from "../lab.ts";
import { appBody, appGet, countItems, holdItems, LET_ITEMS_GO, makeItems } from "../lab-data.ts";

const digester = new Digester();

function put(key: unknown, value: unknown, expect: Uint8Array | null): LocalWrite {
  return {
    opId: randomUUID(),
    key: encodeKey(key),
    expect,
    write: { body: encodeValue(value), digest: digester.digest(value) },
  };
}

function remove(key: unknown, expect: Uint8Array | null): LocalWrite {
  return { opId: randomUUID(), key: encodeKey(key), expect, write: "delete" };
}

async function digestOf(store: LocalStore, key: unknown): Promise<Uint8Array> {
  const [record] = await readAll(store, [encodeKey(key)]);
  if (record?.digest === undefined) throw new Error("no record");
  return record.digest;
}

const statuses = (outcomes: readonly WriteOutcome[]) => outcomes.map(({ status }) => status);
const codes = (outcomes: readonly WriteOutcome[]) =>
  outcomes.map((outcome) => (outcome.status === "rejected" ? outcome.code : outcome.status));

/** Firefox clones an Error with the stack of where it was made, whatever its property says. */
function withoutStack(body: string | undefined): string | undefined {
  return body?.replace(/"stack":"(?:[^"\\]|\\.)*"/, "");
}

/** Conditional writes, in a worker and on the page's own thread. */
export function writingSuite(lab: () => Lab): void {
  describe.each(["plain", "strict"])("on a page that is %s", (path) => {
    let page: LabPage;
    let client: AgentClient;

    beforeAll(async () => {
      page = await lab().open(path);
      client = await AgentClient.connect(page.evaluate, { source: await agentSource() });
    });
    afterAll(async () => {
      await client.close();
      await page.close();
    });

    async function items(count: number): Promise<{ name: string; store: LocalStore }> {
      const name = `db-${randomUUID()}`;
      await page.app(makeItems(name, count));
      return { name, store: client.store({ bucket: "", database: name, store: "items" }) };
    }

    test("puts, replaces and deletes what is as expected, and shows what is not", async () => {
      const { name, store } = await items(5);
      const [zero, one, two] = await Promise.all([0, 1, 2].map((key) => digestOf(store, key)));
      const wrong = new Uint8Array(16);
      const operations = [
        put(10, { id: 10, email: "new@lab" }, null),
        put(0, { id: 0, email: "zero@lab" }, zero as Uint8Array),
        remove(1, one as Uint8Array),
        put(2, { id: 2 }, wrong),
        put(3, { id: 3 }, null),
        remove(4, wrong),
        put(77, { id: 77 }, wrong),
      ];
      const outcomes = await store.write(operations);
      expect(statuses(outcomes)).toEqual([
        "applied",
        "applied",
        "applied",
        "conflict",
        "conflict",
        "conflict",
        "conflict",
      ]);
      expect(outcomes.map(({ opId }) => opId)).toEqual(operations.map(({ opId }) => opId));
      const [, , , second, , , gone] = outcomes;
      if (second?.status !== "conflict" || gone?.status !== "conflict") throw new Error("no conflict");
      expect(hexOf(second.current.digest)).toBe(hexOf(two));
      expect(decodeValue(second.current.body ?? "")).toMatchObject({ email: "p2@lab" });
      expect(gone.current).toMatchObject({ state: "absent" });
      expect(await page.app(appGet(name, "items", "10"))).toEqual({ id: 10, email: "new@lab" });
      expect(await page.app(appGet(name, "items", "0"))).toEqual({ id: 0, email: "zero@lab" });
      expect(await page.app(appGet(name, "items", "1"))).toBeNull();
      expect(await page.app(appGet(name, "items", "2"))).toMatchObject({ email: "p2@lab" });
      // Every one of them again: what is there already is applied.
      expect(statuses(await store.write(operations.slice(0, 3)))).toEqual(["applied", "applied", "applied"]);
    });

    test("one refusal is one outcome: the index is named, the others are written", async () => {
      const { name, store } = await items(5);
      const zero = await digestOf(store, 0);
      const operations = [
        put(20, { id: 20, email: "a@lab" }, null),
        put(21, { id: 21, email: "p3@lab" }, null),
        put(0, { id: 0, email: "p1@lab" }, zero),
        put(22, { id: 23 }, null),
        put(24, { id: "24" }, null),
        { ...put(25, { id: 25 }, null), write: { body: encodeValue({ id: 25 }), digest: zero } },
        { ...put(26, { id: 26 }, null), write: { body: "nonsense", digest: zero } },
        put(27, { id: 27, email: "b@lab" }, null),
      ];
      for (const dryRun of [true, false]) {
        const outcomes = await store.write(operations, { dryRun });
        expect(codes(outcomes)).toEqual([
          "applied",
          "ConstraintError",
          "ConstraintError",
          "key-mismatch",
          "key-mismatch",
          "digest-mismatch",
          "malformed-value",
          "applied",
        ]);
        expect(outcomes[1]).toMatchObject({ reason: expect.stringContaining('"email"') });
        expect(await client.count({ bucket: "", database: name, store: "items" })).toBe(dryRun ? 5 : 7);
      }
      expect(await page.app(appGet(name, "items", "0"))).toMatchObject({ email: "p0@lab" });
    });

    test("keeps ignored fields, which new records lack, and leaves key generators alone", async () => {
      const name = `db-${randomUUID()}`;
      await page.app(
        appBody(`
          const db = await openAt("${name}", 1, (db) => db.createObjectStore("s", { keyPath: "id", autoIncrement: true }));
          const tx = db.transaction("s", "readwrite"), s = tx.objectStore("s");
          for (let i = 0; i < 3; i++) s.add({ n: i, seen: 100 + i });
          await finished(tx); db.close(); return 1;`),
      );
      const ref = { bucket: "", database: name, store: "s" };
      const store = client.store(ref, { ignore: ["seen"] });
      const first = await digestOf(store, 1);
      expect(hexOf(first)).toBe(hexOf(digester.digest({ id: 1, n: 0 })));
      const outcomes = await store.write([
        put(1, { id: 1, n: 50 }, first),
        {
          ...put(9, { id: 9, n: 9 }, null),
          write: { body: encodeValue({ id: 9, n: 9, seen: 1 }), digest: digester.digest({ id: 9, n: 9 }) },
        },
        remove(2, await digestOf(store, 2)),
      ]);
      expect(statuses(outcomes)).toEqual(["applied", "applied", "applied"]);
      expect(await page.app(appGet(name, "s", "1"))).toEqual({ id: 1, n: 50, seen: 100 });
      expect(await page.app(appGet(name, "s", "9"))).toEqual({ id: 9, n: 9 });
      const added = await page.app(
        appBody(`const db = await openAt("${name}"); const tx = db.transaction("s", "readwrite");
          const key = await done(tx.objectStore("s").add({ n: 1 })); await finished(tx); db.close(); return key;`),
      );
      expect(added).toBe(10);
    });

    test("every structured-clone type comes back as it was", async () => {
      const name = `db-${randomUUID()}`;
      const count = await page.app<number>(
        appBody(`
          const db = await openAt("${name}", 1, (db) => { db.createObjectStore("from"); db.createObjectStore("to"); });
          const shared = new ArrayBuffer(16), cyclic = { name: "c" }; cyclic.self = cyclic; cyclic.list = [cyclic, shared];
          const holes = [1, , 3]; holes.extra = "x";
          const proto = JSON.parse('{"__proto__": {"a": 1}, "constructor": 2}');
          let deep = null; for (let i = 0; i < 2000; i++) deep = { deep };
          const image = new ImageData(2, 1); image.data[5] = 9;
          const values = [undefined, null, true, false, 0, -0, NaN, Infinity, -Infinity, 1.5, 2n ** 70n, -3n, "", "text", "\\u0000\\ud800 \\u2028 😀",
            new Date(5), new Date(NaN), /a(b)/giu, new Boolean(false), new Number(-0), new String("s"), Object(7n), holes, [], {}, proto, { b: 1, a: 2 },
            new Map([[{ k: 1 }, new Set([1, "1"])], [NaN, undefined]]), new Set(), shared, new ArrayBuffer(4, { maxByteLength: 8 }),
            new Uint8Array(shared, 2, 3), [new Uint8Array(shared), new DataView(shared, 4), shared], new Float32Array([1.5, NaN]), new BigInt64Array([1n]), new Uint8ClampedArray([1]),
            new Error("e"), new RangeError("r", { cause: "c" }), cyclic, deep, { a: { b: [{ c: new Date(1) }] } },
            new Blob(["bytes"], { type: "text/plain" }), new File(["f"], "ä.txt", { type: "text/x", lastModified: 77 }), { files: [new Blob(["1"]), new Blob([])] }, image];
          const tx = db.transaction("from", "readwrite"); values.forEach((v, i) => tx.objectStore("from").put(v, i));
          await finished(tx); db.close(); return values.length;`),
      );
      const from = client.store({ bucket: "", database: name, store: "from" });
      const to = client.store({ bucket: "", database: name, store: "to" });
      const entries = await scanAll(from);
      const records = await readAll(
        from,
        entries.map(({ key }) => key),
      );
      expect(records.map(({ state, reason }) => reason ?? state)).toEqual(Array(count).fill("present"));
      expect(records.map(({ digest }) => hexOf(digest))).toEqual(entries.map(({ digest }) => hexOf(digest)));
      // The same digest from the text alone, without any of the page's objects.
      expect(records.map(({ body }) => hexOf(digester.digest(decodeValue(body ?? ""))))).toEqual(
        entries.map(({ digest }) => hexOf(digest)),
      );
      const outcomes = await to.write(
        records.map(({ key, body = "", digest = new Uint8Array() }) => ({
          opId: hexOf(key) as string,
          key,
          expect: null,
          write: { body, digest },
        })),
      );
      expect(codes(outcomes)).toEqual(Array(count).fill("applied"));
      const copies = await readAll(
        to,
        entries.map(({ key }) => key),
      );
      expect(copies.map(({ body }) => withoutStack(body))).toEqual(
        records.map(({ body }) => withoutStack(body)),
      );
      expect((await scanAll(to)).map(({ digest }) => hexOf(digest))).toEqual(
        entries.map(({ digest }) => hexOf(digest)),
      );
      // And once more over what is there: compares every type within a transaction.
      const again = await to.write(
        records.map(({ key, digest = null }) => ({
          opId: hexOf(key) as string,
          key,
          expect: digest,
          write: "delete" as const,
        })),
      );
      expect(codes(again)).toEqual(Array(count).fill("applied"));
      expect(await scanAll(to)).toEqual([]);
    });

    test("guards Blobs up to a size, and never overwrites what it cannot copy", async () => {
      const name = `db-${randomUUID()}`;
      await page.app(
        appBody(`
          const key = await crypto.subtle.generateKey({ name: "AES-GCM", length: 128 }, false, ["encrypt"]);
          const db = await openAt("${name}", 1, (db) => db.createObjectStore("s"));
          const tx = db.transaction("s", "readwrite"), s = tx.objectStore("s");
          s.put({ photo: new Blob([new Uint8Array(3_000_000).fill(7)]) }, "photo");
          s.put({ film: new Blob([new Uint8Array(9_000_000)]) }, "film");
          s.put({ key }, "key");
          await finished(tx); db.close(); return 1;`),
      );
      const store = client.store({ bucket: "", database: name, store: "s" });
      const [film, key, photo] = await readAll(store, ["film", "key", "photo"].map(encodeKey));
      expect(film).toMatchObject({
        state: "unreadable",
        reason: expect.stringContaining("too large to guard"),
      });
      expect(key).toMatchObject({ state: "present", blocked: expect.stringContaining("CryptoKey") });
      expect(photo?.state).toBe("present");
      expect((await scanAll(store)).map(({ token }) => token.includes("too large"))).toEqual([
        true,
        false,
        false,
      ]);
      const outcomes = await store.write([
        put("film", 1, new Uint8Array(16)),
        put("key", 1, key?.digest ?? null),
        put("photo", 1, photo?.digest ?? null),
        {
          opId: "copy",
          key: encodeKey("copy"),
          expect: null,
          write: { body: key?.body ?? "", digest: key?.digest ?? new Uint8Array() },
        },
      ]);
      expect(codes(outcomes)).toEqual(["too-large-to-guard", "blocked", "applied", "blocked"]);
    });

    test("loses no update of the page while it writes", async () => {
      const name = `db-${randomUUID()}`;
      await page.app(
        appBody(`
          const db = await openAt("${name}", 1, (db) => db.createObjectStore("s", { keyPath: "id" }));
          const tx = db.transaction("s", "readwrite");
          for (let id = 0; id < 20; id++) tx.objectStore("s").put({ id, page: 0, agent: 0 });
          await finished(tx);
          window.increments = (async () => {
            for (let i = 0; i < 60; i++) {
              const tx = db.transaction("s", "readwrite"), s = tx.objectStore("s");
              for (let id = 0; id < 20; id++) { const value = await done(s.get(id)); value.page++; s.put(value); }
              await finished(tx);
            }
            db.close();
          })();
          return 1;`),
      );
      const store = client.store({ bucket: "", database: name, store: "s" });
      const keys = Array.from({ length: 20 }, (_, id) => encodeKey(id));
      let applied = 0;
      for (let round = 0; round < 10; round++) {
        const records = await readAll(store, keys);
        const outcomes = await store.write(
          records.map(({ key, body = "", digest = null }) => {
            const value = decodeValue(body) as { agent: number };
            value.agent++;
            return put(decodeKey(key), value, digest);
          }),
        );
        for (const { status } of outcomes) if (status === "applied") applied++;
      }
      await page.app("await window.increments");
      const values = (await readAll(store, keys)).map(
        ({ body = "" }) => decodeValue(body) as { page: number; agent: number },
      );
      expect(values.every((value) => value.page === 60)).toBe(true);
      expect(values.reduce((sum, value) => sum + value.agent, 0)).toBe(applied);
    });

    test.each(["at once", "when it has come to the page"])(
      "cancelled %s while the page holds the store, a write answers and has written nothing",
      async (when) => {
        const { name, store } = await items(3);
        const operations = [put(0, { id: 0 }, await digestOf(store, 0)), put(9, { id: 9 }, null)];
        await page.app(holdItems(name));
        const cancel = new AbortController();
        const writing = store.write(operations, { signal: cancel.signal });
        // Another answer of the page: the write lies there by then.
        if (when !== "at once") await client.describePage();
        cancel.abort();
        expect(codes(await writing)).toEqual([NOT_SENT, NOT_SENT]);
        await page.app(LET_ITEMS_GO);
        expect(await scanAll(store)).toHaveLength(3);
        expect(await page.app(appGet(name, "items", "0"))).toMatchObject({ email: "p0@lab" });
        expect(statuses(await store.write(operations))).toEqual(["applied", "applied"]);
      },
    );

    test("cancelled in the middle of many, a write tells exactly what it wrote", async () => {
      const { name, store } = await items(0);
      const cancel = new AbortController();
      const operations = Array.from({ length: 20_000 }, (_, id) => put(id, { id }, null));
      const writing = store.write(operations, { signal: cancel.signal });
      await expect
        .poll(() => page.app<number>(countItems(name)), { timeout: 60_000, interval: 1 })
        .toBeGreaterThan(0);
      cancel.abort();
      const outcomes = codes(await writing);
      const applied = outcomes.filter((code) => code === "applied").length;
      expect(outcomes.filter((code) => code === NOT_SENT)).toHaveLength(20_000 - applied);
      expect(applied).toBeLessThan(20_000);
      const there = (await scanAll(store)).map(({ key }) => toHex(key));
      expect(there).toEqual(
        operations.filter((_, i) => outcomes[i] === "applied").map(({ key }) => toHex(key)),
      );
    });

    test("writes many records in bounded transactions, in any order, one key twice", async () => {
      const { store } = await items(0);
      const numbers = Array.from({ length: 5_000 }, (_, i) => (i * 7_919) % 5_000);
      const value = (id: number) => ({ id, email: `${id}@lab`, text: "x".repeat(100) });
      const outcomes = await store.write(numbers.map((id) => put(id, value(id), null)));
      expect(outcomes.every(({ status }) => status === "applied")).toBe(true);
      expect(await scanAll(store)).toHaveLength(5_000);
      const first = digester.digest(value(1));
      const second = digester.digest({ id: 1 });
      expect(
        statuses(await store.write([put(1, { id: 1 }, first), put(1, { id: 1, v: 3 }, second)])),
      ).toEqual(["applied", "applied"]);
      const aborted = new AbortController();
      aborted.abort();
      expect(codes(await store.write([put(9_999, { id: 9_999 }, null)], { signal: aborted.signal }))).toEqual(
        ["not-sent"],
      );
    });
  });

  test("wakes the live queries of a page that uses Dexie", async () => {
    const page = await lab().open("plain?script=dexie.js");
    await page.app(`
      const db = new Dexie("living"); db.version(1).stores({ items: "id, n" });
      await db.items.bulkPut([{ id: 1, n: 1 }, { id: 2, n: 20 }]);
      window.seen = [];
      Dexie.liveQuery(() => db.items.where("n").above(5).toArray()).subscribe((rows) => window.seen.push(rows.map((row) => row.n).join()));
      while (window.seen.length === 0) await new Promise((resolve) => setTimeout(resolve, 5));
      return 1;`);
    const client = await AgentClient.connect(page.evaluate, { source: await agentSource() });
    const store = client.store({ bucket: "", database: "living", store: "items" });
    const values = [
      { id: 1, n: 7 },
      { id: 3, n: 30 },
    ];
    const outcomes = await store.write([
      put(1, values[0], digester.digest({ id: 1, n: 1 })),
      put(3, values[1], null),
    ]);
    expect(statuses(outcomes)).toEqual(["applied", "applied"]);
    await expect.poll(() => page.app("return window.seen.at(-1)")).toBe("7,20,30");
    await client.close();
    await page.close();
  });
}
