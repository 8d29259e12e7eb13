import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { HeadlessBed } from "../support/headless/headless-bed.ts";

let bed: HeadlessBed;
let orders: string[];

beforeAll(async () => {
  bed = await HeadlessBed.open("confirm");
  orders = [...bed.usual(), "--store", "orders", "--no-app"];
  await bed.inApplication(put(0, 150, 1));
});
afterAll(() => bed.close());

const put = (from: number, to: number, price: number): string => `
  const transaction = db.transaction("orders", "readwrite");
  for (let id = ${from}; id < ${to}; id++) transaction.objectStore("orders").put({ id, price: ${price} });
  await done(transaction);`;

const remove = (from: number, to: number): string => `
  const transaction = db.transaction("orders", "readwrite");
  transaction.objectStore("orders").delete(IDBKeyRange.bound(${from}, ${to - 1}));
  await done(transaction);`;

test("2 for what cannot be meant, with the next step", async () => {
  const wrong = async (args: readonly string[], words: string): Promise<void> => {
    const { exitCode, stderr } = await bed.run(...args);
    expect(stderr).toContain(words);
    expect(exitCode).toBe(2);
  };
  await wrong(["diff"], "--page");
  await wrong(["diff", ...orders, "--policy", "best"], "newest:FIELD");
  await wrong(["diff", ...orders, "--cdp", "http://127.0.0.1:1"], "exclude each other");
  await wrong(["diff", ...orders, "--job", "totals"], "--connection and it exclude each other");
  const nowhere = ["diff", "--page", bed.shop.url, "--database", "shop"];
  await wrong(nowhere, "Name the other side, one of --connection NAME, --job NAME and --bundle FILE.");
  await wrong([...nowhere, "--job", "totals"], 'There is no job "totals"');
  await wrong(["resolve", ...orders], "Say who wins");
  await wrong(["resolve", ...orders, "--key", "{}", "--take", "local"], "tagged JSON");
  await wrong(["diff", ...orders, "--connection", "nowhere"], 'the config file has "lab"');
  await wrong(["diff", ...bed.usual(), "--store", "bills", "--no-app"], 'has no store "bills", but');
  await wrong(["pull", ...orders], "`driftscope push` makes it");
  await wrong(["push", ...orders], "Give --yes");
  await wrong(["undo", ...orders], "no collection");
}, 600_000);

test("3 where page, browser or backend fail", async () => {
  const failing = async (args: readonly string[], words: string): Promise<void> => {
    const { exitCode, stderr } = await bed.run(...args);
    expect(stderr).toContain(words);
    expect(exitCode).toBe(3);
  };
  const usual = ["--database", "shop", "--connection", "lab"];
  await failing(["diff", "--page", "http://127.0.0.1:9/", ...usual], "could not be loaded");
  await failing(
    ["diff", "--page", bed.shop.url, "--cdp", "http://127.0.0.1:9", ...usual],
    "--remote-debugging-port",
  );
  await failing(["diff", ...orders, "--browser", "/nowhere"], "no browser at /nowhere");
  const context = await bed.browser("one");
  await failing(["diff", ...orders], "attach to it with --cdp");
  await context.close();
  writeFileSync(join(bed.folder, "lab.sqlite"), "this is no database, whatever its name says".repeat(50));
  await failing(["diff", ...orders], "lab.sqlite");
  writeFileSync(join(bed.folder, "lab.sqlite"), "");
});

test("0, 1 and 4: what was pushed, what is left, and what was rejected", async () => {
  expect(await bed.json("push", ...orders, "--dry-run")).toMatchObject({
    exitCode: 0,
    stores: [{ collectionExists: false, apply: { outcomes: { applied: 150 } } }],
  });
  expect(await bed.json("diff", ...orders)).toMatchObject({ exitCode: 1, stores: [{ left: 150 }] });
  expect((await bed.json("push", ...orders, "--yes")).exitCode).toBe(0);
  const again = await bed.run("push", ...orders);
  expect(again).toMatchObject({ exitCode: 0, stderr: "" });

  await bed.inApplication(`
    const key = await crypto.subtle.generateKey({ name: "AES-GCM", length: 128 }, false, ["encrypt"]);
    const transaction = db.transaction("orders", "readwrite");
    transaction.objectStore("orders").put({ id: 1000, key });
    await done(transaction);`);
  const rejected = await bed.json("push", ...orders, "--yes");
  expect(rejected).toMatchObject({
    exitCode: 4,
    stores: [{ apply: { outcomes: { rejected: 1 } }, left: 1 }],
  });
  await bed.inApplication(remove(1000, 1001));
});

test("deletes above the limit want the name of the place that loses them", async () => {
  await bed.inApplication(remove(0, 140));
  const kept = await bed.json("push", ...orders, "--yes");
  expect(kept).toMatchObject({
    exitCode: 1,
    stores: [{ emptied: [{ side: "local", gone: 140, reasons: ["manyGone"] }], left: 140 }],
  });
  expect(kept.stderr).toContain('with --confirm "shop.orders" it follows');
  const removed = await bed.json("push", ...orders, "--yes", "--confirm", "shop.orders");
  expect(removed).toMatchObject({ exitCode: 0, stores: [{ plan: { remote: { delete: 140 } }, left: 0 }] });
  const refused = await bed.run("undo", ...orders);
  expect(refused).toMatchObject({ exitCode: 2 });
  expect(refused.stderr).toContain("create 140");
  expect(await bed.json("undo", ...orders, "--yes")).toMatchObject({ exitCode: 0 });
  const before = await bed.json("pull", ...orders, "--yes", "--policy", "remote");
  expect(before.stores[0]?.emptied).toHaveLength(1);
  expect(await bed.json("pull", ...orders, "--yes", "--confirm", "orders")).toMatchObject({ exitCode: 1 });
});

test("a read-only connection is never written, whatever is confirmed", async () => {
  bed.configure("read-only");
  await bed.inApplication(put(500, 501, 9));
  const before = readFileSync(join(bed.folder, "lab.sqlite"));
  const { exitCode, stderr } = await bed.run("push", ...orders, "--yes");
  expect(exitCode).toBe(2);
  expect(stderr).toContain("read-only: its level in the config file says so");
  expect(readFileSync(join(bed.folder, "lab.sqlite"))).toEqual(before);
  expect((await bed.json("diff", ...orders)).exitCode).toBe(1);
  bed.configure("confirm");
});
