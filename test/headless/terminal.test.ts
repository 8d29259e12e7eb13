import { afterAll, beforeAll, expect, test } from "vitest";
import { HeadlessBed } from "../support/headless/headless-bed.ts";

let bed: HeadlessBed;
let orders: string[];

beforeAll(async () => {
  bed = await HeadlessBed.open("confirm");
  orders = [...bed.usual(), "--store", "orders", "--no-app"];
  await bed.inApplication(`
    const transaction = db.transaction("orders", "readwrite");
    for (let id = 0; id < 140; id++) transaction.objectStore("orders").put({ id, price: 1 });
    await done(transaction);`);
});
afterAll(() => bed.close());

const WRITE = "Write this? [y/N] ";
const ERASE = "\r\u001b[K";

test("on a terminal a command shows how far it is, and writes after a yes alone", async () => {
  const refused = await bed.onTerminal(["push", ...orders], { [WRITE]: "n" });
  expect(refused.exitCode).toBe(2);
  expect(refused.stderr).toContain('collection "shop.orders" of "lab": create 140');
  expect(refused.stderr).toContain("Nothing was written.");
  expect(await bed.json("diff", ...orders)).toMatchObject({ stores: [{ collectionExists: false }] });

  const written = await bed.onTerminal(["push", ...orders], { [WRITE]: "y" });
  expect(written.exitCode).toBe(0);
  // Drawn, and gone when something is to stay.
  expect(written.stderr).toMatch(/shop\/orders: comparing [\d,]+ of 140 rows/);
  expect(written.stderr.split(ERASE).length).toBeGreaterThan(1);
  expect(written.stdout).toContain("140 applied");
});

test("before it asks it tells what a person should know of the plan", async () => {
  const bare = [...orders, "--collection", "shop.bare", "--ignore", "price"];
  const { stderr, exitCode } = await bed.onTerminal(["push", ...bare], { [WRITE]: "n" });
  expect(stderr).toContain("140 created records will lack price, which this mapping ignores.");
  expect(exitCode).toBe(2);
});

test("elsewhere it is quiet, and asks nobody", async () => {
  const { exitCode, stderr } = await bed.run("push", ...orders);
  expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: "" });
});

test("many deletes want the name typed, of the place that loses the records", async () => {
  await bed.inApplication(`
    const transaction = db.transaction("orders", "readwrite");
    transaction.objectStore("orders").delete(IDBKeyRange.bound(0, 119));
    await done(transaction);`);
  const FOLLOW = "or press Enter to leave it as it is: ";
  const NAME = "Type its name to confirm: ";
  const left = await bed.onTerminal(["push", ...orders], {});
  expect(left.stderr).toContain("The page may have been emptied: 120 of 140 records");
  expect(left.exitCode).toBe(1);
  const wrong = await bed.onTerminal(["push", ...orders], { [FOLLOW]: "shop.orders", [NAME]: "orders" });
  expect(wrong.stderr).toContain('This deletes 120 records of the collection "shop.orders".');
  expect(wrong.stderr).toContain("That is not its name. Nothing was written.");
  expect(wrong.exitCode).toBe(2);
  expect(await bed.json("diff", ...orders)).toMatchObject({ stores: [{ rows: { remote: 140 } }] });
  const answers = { [FOLLOW]: "shop.orders", [NAME]: "shop.orders", [WRITE]: "y" };
  expect(await bed.onTerminal(["push", ...orders], answers)).toMatchObject({ exitCode: 0 });
  expect(await bed.json("diff", ...orders)).toMatchObject({
    exitCode: 0,
    stores: [{ rows: { remote: 20 } }],
  });
});

test("Ctrl+C while it asks ends it, with nothing written", async () => {
  await bed.inApplication(`
    const transaction = db.transaction("orders", "readwrite");
    transaction.objectStore("orders").put({ id: 500, price: 5 });
    await done(transaction);`);
  const { exitCode, stderr } = await bed.onTerminal(["push", ...orders], { [WRITE]: "\u0003" });
  expect(stderr).toContain("Cancelling");
  expect(exitCode).toBe(130);
  expect(await bed.json("diff", ...orders)).toMatchObject({ exitCode: 1, stores: [{ left: 1 }] });
});
