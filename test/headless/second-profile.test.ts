import { afterEach, beforeEach, expect, test } from "vitest";
import { type DemoServer, serveDemo } from "../../demo/server.ts";
import { findDifference } from "../property/codec/same-graph.ts";
import { HeadlessBed } from "../support/headless/headless-bed.ts";
import { readDatabase, type StoredDatabase } from "../support/headless/stored-records.ts";

let bed: HeadlessBed;

beforeEach(async () => {
  bed = await HeadlessBed.open();
});
afterEach(() => bed.close());

/** Values that structured cloning keeps and JSON does not, in every store, with deletions behind them. */
const FILL = `
  const shared = { x: 1 };
  const loop = { name: "loop" };
  loop.self = loop;
  const transaction = db.transaction(["orders", "notes", "tickets"], "readwrite");
  const orders = transaction.objectStore("orders");
  for (let id = 0; id < 200; id++) orders.put({ id, code: "c" + id, tags: ["a", id % 7], at: new Date(id * 1e9) });
  orders.put({ id: "text", code: undefined, map: new Map([[1, new Set([2n, -0, NaN])]]), re: /a\\u2028/giu });
  orders.put({ id: [1, new Date(5)], bytes: new Uint8Array([0, 1, 255]), view: new Float32Array([1.5]), err: new RangeError("r") });
  orders.put({ id: -Infinity, blob: new Blob(["\\0bytes"], { type: "x/y" }), file: new File(["f"], "f.txt", { lastModified: 7 }) });
  orders.put({ id: new Uint8Array([9]), twice: [shared, shared], loop, holes: [1, , 3], boxed: Object("s"), big: 2n ** 90n });
  const notes = transaction.objectStore("notes");
  for (let i = 0; i < 30; i++) notes.add("note " + i + " \\0");
  notes.delete(30); notes.delete(7);
  const tickets = transaction.objectStore("tickets");
  for (let i = 0; i < 5; i++) tickets.add({ a: i, b: -i });
  tickets.delete(5);
  await done(transaction);
`;

const ADD_KEY = `
  const key = await crypto.subtle.generateKey({ name: "AES-GCM", length: 128 }, false, ["encrypt"]);
  const transaction = db.transaction("notes", "readwrite");
  transaction.objectStore("notes").put({ key }, "secret");
  await done(transaction);
`;

async function stored(profile: string, url: string, database: string): Promise<StoredDatabase> {
  const context = await bed.browser(profile);
  try {
    const page = context.pages()[0] ?? (await context.newPage());
    await page.goto(url);
    return await readDatabase(context, database);
  } finally {
    await context.close();
  }
}

function expectSame(one: StoredDatabase, two: StoredDatabase, opaque: readonly string[] = []): void {
  expect(two.schema).toEqual(one.schema);
  expect([...two.stores.keys()]).toEqual([...one.stores.keys()]);
  for (const [store, records] of one.stores) {
    const others = two.stores.get(store);
    const wanted = [...records].filter(([, value]) => !String(value).startsWith("opaque: "));
    expect([...(others?.keys() ?? [])]).toEqual(wanted.map(([key]) => key));
    for (const [key, value] of wanted) {
      expect([store, key, findDifference(value, others?.get(key))]).toEqual([store, key, undefined]);
    }
    expect(records.size - wanted.length).toBe(opaque.filter((name) => name === store).length);
  }
}

test("a profile made by a pull is the first one, record by record, and the generators go on", async () => {
  await bed.inApplication(FILL);
  await bed.inApplication(ADD_KEY);
  const pushed = await bed.json("push", ...bed.usual());
  // What cannot be copied is listed.
  expect(pushed.exitCode).toBe(4);
  expect(pushed.stores.map(({ store }) => store)).toEqual(["notes", "orders", "tickets"]);
  expect(pushed.stores[0]?.apply?.notApplied).toMatchObject([{ key: "secret", status: "rejected" }]);
  expect(pushed.stores[1]).toMatchObject({ plan: { remote: { create: 204 } }, left: 0 });

  const dry = await bed.json("pull", ...bed.usual("two"), "--dry-run");
  expect(dry).toMatchObject({
    exitCode: 0,
    dryRun: true,
    stores: [{}, { plan: { local: { create: 204 } } }, {}],
  });
  const pulled = await bed.json("pull", ...bed.usual("two"));
  expect(pulled).toMatchObject({
    exitCode: 0,
    stores: [{ databaseCreated: true }, { left: 0 }, { left: 0 }],
  });

  const [one, two] = [await stored("one", bed.shop.url, "shop"), await stored("two", bed.shop.url, "shop")];
  expect(one.stores.get("orders")?.size).toBe(204);
  expectSame(one, two, ["notes"]);
  expect(one.schema?.stores.map(({ nextKey }) => nextKey)).toEqual([31, undefined, 6]);
  const add = `
    const transaction = db.transaction(["notes", "tickets"], "readwrite");
    const keys = [transaction.objectStore("notes").add("n"), transaction.objectStore("tickets").add({ a: 1, b: 2 })];
    await done(transaction);
    return keys.map((request) => request.result);`;
  expect(await bed.inApplication(add, "two")).toEqual([31, 6]);
  expect(await bed.json("diff", ...bed.usual("two"))).toMatchObject({
    exitCode: 1,
    stores: [{ drifts: [{ key: 31, kind: "addedHere" }] }, { drifts: [] }, { drifts: [{ key: 6 }] }],
  });
});

test("the demo's application goes on in a profile that a pull has made", async () => {
  const demo: DemoServer = await serveDemo();
  const inCatalogue = async <T>(profile: string, work: string): Promise<T> => {
    const context = await bed.browser(profile);
    try {
      const page = context.pages()[0] ?? (await context.newPage());
      await page.goto(demo.url);
      await page.getByText(/3,?20\d films/).waitFor();
      return await page.evaluate<T>(`(async () => { ${work} })()`);
    } finally {
      await context.close();
    }
  };
  try {
    const change =
      'await catalogue.change([...(await catalogue.search("", "", 3)).films][1].id, { stars: 5 });';
    await inCatalogue("one", change);
    const films = (profile: string) => bed.usual(profile, "film-catalogue", demo.url);
    expect(await bed.json("push", ...films("one"), "--no-fields")).toMatchObject({ exitCode: 0 });
    const pulled = await bed.json("pull", ...films("two"), "--no-fields");
    expect(pulled).toMatchObject({
      exitCode: 0,
      stores: [{ databaseCreated: true, plan: { local: { create: 3201 } } }, { left: 0 }],
    });
    expectSame(
      await stored("one", demo.url, "film-catalogue"),
      await stored("two", demo.url, "film-catalogue"),
    );
    const total = await inCatalogue<number>(
      "two",
      `${change} return (await catalogue.search("", "", 1)).total;`,
    );
    expect(total).toBe(3201);
    expect((await bed.json("diff", ...films("two"))).stores[0]?.counts).toMatchObject({ equal: 3201 });
  } finally {
    await demo.close();
  }
});
