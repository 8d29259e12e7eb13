import { describe, expect, test } from "vitest";
import { AgentClient } from "../../../../agent/client/agent-client.ts";
import type { WatchPosition, WriteWatch } from "../../../../agent/client/write-watch.ts";
import { encodeValue } from "../../../../core/codec/encode-value.ts";
import { Digester } from "../../../../core/digest/digester.ts";
import { decodeKey } from "../../../../core/key/decode-key.ts";
import { encodeKey } from "../../../../core/key/encode-key.ts";
import { agentSource } from "../agent-source.ts";
import type { Lab, LabPage } from "../lab.ts";
import { appBody, makeItems } from "../lab-data.ts";

const items = { bucket: "", database: "shop", store: "items" };

/** The record of a page's writes: which keys it holds, and that the page cannot tell the difference. */
export function watchingSuite(lab: () => Lab): void {
  async function watching(
    work: (page: LabPage, watch: WriteWatch, client: AgentClient) => Promise<void>,
    path = "plain",
  ): Promise<void> {
    const page = await lab().open(path);
    await page.app(makeItems("shop", 10));
    const client = await AgentClient.connect(page.evaluate, { source: await agentSource() });
    try {
      await work(page, await client.watchWrites(), client);
    } finally {
      await client.close();
      await page.close();
    }
  }

  const onItems = (body: string): string =>
    appBody(`
      const db = await openAt("shop");
      const tx = db.transaction("items", "readwrite"), store = tx.objectStore("items");
      ${body}
      db.close(); return true;`);

  async function keysOf(watch: WriteWatch, after?: WatchPosition): Promise<unknown> {
    const written = await watch.written(items, after);
    return "keys" in written
      ? written.keys.map((key) => decodeKey(key)).sort((a, b) => Number(a) - Number(b))
      : written.lost;
  }

  describe("the keys that a page wrote", () => {
    test("are those of committed transactions, by whatever call", async () => {
      await watching(async (page, watch) => {
        await page.app(
          onItems(`
            store.put({ id: 1, email: "a" }); store.add({ id: 100, email: "b" }); store.delete(2);
            store.delete(IDBKeyRange.only(3));
            const cursor = await done(store.openCursor(4)); cursor.update({ id: 4, email: "c" });
            const second = await done(store.openCursor(5)); second.delete();
            const byIndex = await done(store.index("email").openCursor("p6@lab")); byIndex.update({ id: 6, email: "d" });
            await finished(tx);`),
        );
        expect(await keysOf(watch)).toEqual([1, 2, 3, 4, 5, 6, 100]);
        expect(await watch.counts()).toEqual([{ database: "shop", store: "items", keys: 7 }]);
        await page.app(onItems(`store.put({ id: 7 }); tx.abort(); await finished(tx).catch(() => {});`));
        await page.app(
          onItems(`
            const request = store.add({ id: 8 }); request.onerror = (event) => event.preventDefault();
            store.put({ id: 9 }); await finished(tx);`),
        );
        expect(await keysOf(watch)).toEqual([1, 2, 3, 4, 5, 6, 9, 100]);
      });
    });

    test("come after a position only once, and those of other stores not at all", async () => {
      await watching(async (page, watch) => {
        const { position } = (await watch.written(items)) as { position: WatchPosition };
        await page.app(onItems(`store.put({ id: 1 }); await finished(tx);`));
        expect(await keysOf(watch, position)).toEqual([1]);
        const { position: later } = (await watch.written(items, position)) as { position: WatchPosition };
        await page.app(onItems(`store.put({ id: 2 }); await finished(tx);`));
        expect(await keysOf(watch, later)).toEqual([2]);
        expect(await keysOf(watch, position)).toEqual([1, 2]);
        expect(await watch.written({ ...items, store: "others" }, later)).toMatchObject({ keys: [] });
        expect(await watch.written(items, { watch: "another", at: 0 })).toEqual({ lost: "ended" });
      });
    });

    test("are of every type, and of key generators", async () => {
      await watching(async (page, watch) => {
        await page.app(
          appBody(`
            const db = await openAt("free", 1, (db) => db.createObjectStore("items", { autoIncrement: true }));
            const tx = db.transaction("items", "readwrite"), store = tx.objectStore("items");
            const moved = [1, "x"]; store.delete(moved); moved[0] = 2;
            store.put("one"); store.put("two", "text \\ud800\\0"); store.put("three", new Date(5));
            store.put("four", new Uint8Array([1, 2])); store.put("five", [[1], "b"]);
            await finished(tx); db.close(); return true;`),
        );
        const free = { ...items, database: "free" };
        const { position } = (await watch.written(free)) as { position: WatchPosition };
        expect(await watch.written(free)).toMatchObject({ lost: "upgraded" });
        await page.app(
          appBody(`
            const db = await openAt("free");
            const tx = db.transaction("items", "readwrite"), store = tx.objectStore("items");
            const moved = [1, "x"]; store.delete(moved); moved[0] = 2;
            store.put("one"); store.put("two", "text \\ud800\\0"); store.put("three", new Date(5));
            store.put("four", new Uint8Array([1, 2])); store.put("five", [[1], "b"]);
            await finished(tx); db.close(); return true;`),
        );
        const written = await watch.written(free, position);
        const keys = "keys" in written ? written.keys.map((key) => Buffer.from(key).toString("hex")) : [];
        const expected = [
          [1, "x"],
          2,
          "text \ud800\0",
          new Date(5),
          new Uint8Array([1, 2]).buffer,
          [[1], "b"],
        ];
        expect(keys.sort()).toEqual(
          expected.map((key) => Buffer.from(encodeKey(key)).toString("hex")).sort(),
        );
      });
    });

    test.each([
      ["clear", onItems(`store.clear(); await finished(tx);`), "cleared"],
      ["a deleted range", onItems(`store.delete(IDBKeyRange.bound(1, 3)); await finished(tx);`), "cleared"],
      ["an upgrade", appBody(`(await openAt("shop", 4)).close(); return true;`), "upgraded"],
      ["a deletion", appBody(`await done(indexedDB.deleteDatabase("shop")); return true;`), "deleted"],
      [
        "more than is held",
        onItems(`for (let i = 0; i < 20_001; i++) store.put({ id: i }); await finished(tx);`),
        "tooMany",
      ],
    ])("are not all known after %s", async (_what, body, lost) => {
      await watching(async (page, watch) => {
        const { position } = (await watch.written(items)) as { position: WatchPosition };
        await page.app(body);
        expect(await keysOf(watch, position)).toBe(lost);
        // From here on they are known again.
        const { position: later } = (await watch.written(items, position)) as { position: WatchPosition };
        expect(await keysOf(watch, later)).toEqual([]);
      });
    });

    test.each(["plain", "workerless", "strict"])(
      "are not those that we wrote, on a %s page",
      async (path) => {
        await watching(async (page, watch, client) => {
          const value = { id: 50, email: "ours" };
          const outcomes = await client.store(items).write([
            {
              opId: "1",
              key: encodeKey(50),
              expect: null,
              write: { body: encodeValue(value), digest: new Digester().digest(value) },
            },
          ]);
          expect(outcomes).toEqual([{ opId: "1", status: "applied" }]);
          await page.app(onItems("store.put({ id: 70 }); await finished(tx);"));
          expect(await keysOf(watch)).toEqual([70]);
        }, path);
      },
    );

    test("are not those of a worker", async () => {
      await watching(async (page, watch) => {
        await page.app(`
          const text = 'indexedDB.open("shop").onsuccess = (e) => { const tx = e.target.result.transaction("items", "readwrite"); tx.objectStore("items").put({ id: 60 }); tx.oncomplete = () => postMessage("done"); }';
          const worker = new Worker(URL.createObjectURL(new Blob([text])));
          await new Promise((ok) => { worker.onmessage = ok; });
          return true;`);
        await page.app(onItems("store.put({ id: 70 }); await finished(tx);"));
        expect(await keysOf(watch)).toEqual([70]);
      });
    });

    test("of a page that was reloaded are gone, and told so", async () => {
      await watching(async (page, watch) => {
        const { position } = (await watch.written(items)) as { position: WatchPosition };
        await page.goto(`${lab().origin}/plain`);
        expect(await watch.counts()).toBeUndefined();
        expect(await watch.written(items, position)).toEqual({ lost: "ended" });
      });
    });
  });

  describe("a watched page", () => {
    const DESCRIBE = `
      const told = [];
      for (const [name, methods] of [["IDBObjectStore", ["add", "put", "delete", "clear"]], ["IDBCursor", ["update", "delete"]],
          ["IDBDatabase", ["deleteObjectStore"]], ["IDBFactory", ["open", "deleteDatabase"]]])
        for (const method of methods) {
          const prototype = window[name].prototype, d = Object.getOwnPropertyDescriptor(prototype, method), f = d.value;
          told.push([name, method, typeof f, f.name, f.length, Object.getPrototypeOf(f) === Function.prototype, "prototype" in f,
            Reflect.ownKeys(f).sort().join(), d.writable, d.enumerable, d.configurable,
            /^function\\s*\\w*\\(\\)\\s*\\{\\s*\\[native code\\]\\s*\\}$/.test(Function.prototype.toString.call(f))]);
        }
      return told;`;

    test("sees natives, and has them back afterwards", async () => {
      const page = await lab().open("plain");
      await page.app(makeItems("shop", 1));
      await page.app(
        `window.before = [IDBObjectStore.prototype.put, IDBFactory.prototype.open]; return true;`,
      );
      const before = await page.app(DESCRIBE);
      const client = await AgentClient.connect(page.evaluate, { source: await agentSource() });
      const watch = await client.watchWrites();
      expect(await page.app(`return before[0] === IDBObjectStore.prototype.put`)).toBe(false);
      expect(await page.app(DESCRIBE)).toEqual(before);
      expect(await page.app(`return document.querySelectorAll("iframe").length`)).toBe(0);
      await watch.stop();
      const areBack = `return before[0] === IDBObjectStore.prototype.put && before[1] === IDBFactory.prototype.open`;
      expect(await page.app(areBack)).toBe(true);
      await client.watchWrites();
      await client.close();
      expect(await page.app(areBack)).toBe(true);
      await page.close();
    });

    test("meets the exceptions and results of the natives", async () => {
      const outcomes = onItems(`
        const told = [];
        const attempt = (name, work) => { try { told.push([name, String(work())]); } catch (e) { told.push([name, e.constructor === window[e.constructor.name], e.name, e.message]); } };
        attempt("no key", () => store.put({}));
        attempt("bad key", () => store.delete({}));
        attempt("not cloneable", () => store.put({ id: 1, f() {} }));
        attempt("wrong this", () => IDBObjectStore.prototype.put.call({}, {}));
        attempt("no arguments", () => store.put());
        attempt("as constructor", () => new store.put({}));
        attempt("result", () => store.put({ id: 1 }) instanceof IDBRequest);
        await finished(tx);
        attempt("finished", () => store.put({ id: 1 }));
        attempt("no name", () => indexedDB.open());
        attempt("bad version", () => indexedDB.open("x", 0));
        let asked = 0; const name = { toString() { asked++; return "asked"; } };
        await done(indexedDB.deleteDatabase(name));
        told.push(asked); window.told = told;`);
      await watching(async (page, watch) => {
        await page.app(outcomes);
        const watched = await page.app(`return window.told`);
        await watch.stop();
        await page.app(outcomes);
        expect(watched).toEqual(await page.app(`return window.told`));
        expect(watched).toHaveLength(11);
      });
    });

    test("that wraps the same functions itself keeps its own, over ours and under ours", async () => {
      await watching(async (page, watch) => {
        await page.app(`
          const ours = IDBObjectStore.prototype.put; window.calls = 0;
          IDBObjectStore.prototype.put = function (...args) { calls++; return ours.apply(this, args); }; return true;`);
        await page.app(onItems(`store.put({ id: 1 }); await finished(tx);`));
        expect(await keysOf(watch)).toEqual([1]);
        await watch.stop();
        await page.app(onItems(`store.put({ id: 2 }); await finished(tx);`));
        expect(await page.app(`return window.calls`)).toBe(2);
      });
    });

    test("whose functions are frozen is not watched, and told so", async () => {
      const page = await lab().open("plain");
      await page.app(`Object.freeze(IDBFactory.prototype); return true;`);
      const client = await AgentClient.connect(page.evaluate, { source: await agentSource() });
      await expect(client.watchWrites()).rejects.toMatchObject({ code: "interferes" });
      expect(
        await page.app(
          `return /native/.test(IDBObjectStore.prototype.put) && Object.isFrozen(IDBFactory.prototype)`,
        ),
      ).toBe(true);
      await client.close();
      await page.close();
    });

    test.each(["hostile.js", "quiet.js"])("with %s goes on as if nobody watched", async (script) => {
      const page = await lab().open("plain");
      await page.app(makeItems("shop", 5));
      const client = await AgentClient.connect(page.evaluate, { source: await agentSource() });
      const watch = await client.watchWrites();
      await page.app(
        `window.natives = [IDBObjectStore.prototype.put, IDBDatabase.prototype.transaction, IDBFactory.prototype.open, EventTarget.prototype.addEventListener]; return true;`,
      );
      await page.app(`
        window.work = (id) => {
          const { apply } = window.kept, put = natives[0], transaction = natives[1], open = natives[2];
          const request = apply(open, indexedDB, ["shop"]);
          request.onsuccess = () => {
            const tx = apply(transaction, request.result, ["items", "readwrite"]);
            apply(put, tx.objectStore("items"), [{ id }]);
            tx.oncomplete = () => { window.worked = "yes"; };
          };
        };
        window.kept = { apply: Reflect.apply }; return true;`);
      await page
        .app(`
        const script = document.createElement("script"); script.src = "/${script}";
        const loaded = new Promise((ok) => { script.onload = ok; }); document.head.append(script); await loaded; return true;`)
        .catch(() => undefined);
      await page.evaluate(`(work(77), "")`);
      await expect.poll(() => page.evaluate(`window.worked ?? ""`)).toBe("yes");
      expect(await keysOf(watch)).toEqual([77]);
      await client.close();
      await page.close();
    });
  });
}
