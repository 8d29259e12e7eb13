import { copyFileSync, existsSync, rmSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { HeadlessBed } from "../support/headless/headless-bed.ts";

let bed: HeadlessBed;
let orders: string[];

beforeAll(async () => {
  bed = await HeadlessBed.open();
  orders = [...bed.usual(), "--store", "orders", "--no-app"];
  await bed.inApplication(price(0, 30, 1));
});
afterAll(() => bed.close());

const price = (from: number, to: number, amount: number): string => `
  const transaction = db.transaction("orders", "readwrite");
  for (let id = ${from}; id < ${to}; id++) transaction.objectStore("orders").put({ id, price: ${amount} });
  await done(transaction);`;

const NAMES = ["lab.sqlite", "lab.sqlite-wal"];

/** As a backup is put back: the file as it was, and nothing of what came after it. */
function copyDatabase(from: (name: string) => string, to: (name: string) => string): void {
  for (const name of NAMES) {
    rmSync(to(name), { force: true });
    if (existsSync(from(name))) copyFileSync(from(name), to(name));
  }
  rmSync(to("lab.sqlite-shm"), { force: true });
}

test("the report says what was compared, and that a backup was put back under the command", async () => {
  const pushed = await bed.json("push", ...orders);
  expect(pushed).toMatchObject({ exitCode: 0, stores: [{ extent: { is: "full", because: "first" } }] });
  expect(await bed.json("diff", ...orders)).toMatchObject({ exitCode: 0 });
  const there = (name: string): string => join(bed.folder, name);
  const backup = (name: string): string => join(bed.folder, `backup-${name}`);
  copyDatabase(there, backup);
  await bed.inApplication(price(5, 8, 2));
  expect(await bed.json("push", ...orders)).toMatchObject({ exitCode: 0 });
  expect(await bed.json("diff", ...orders)).toMatchObject({
    exitCode: 0,
    stores: [{ extent: { because: "first" }, counts: { equal: 30 } }],
  });

  copyDatabase(backup, there);
  const after = await bed.json("diff", ...orders);
  expect(after).toMatchObject({
    exitCode: 1,
    stores: [
      {
        extent: { is: "full", because: "remoteGoneBack" },
        emptied: [{ side: "remote", reasons: ["wentBack"] }],
        counts: { equal: 27, changedThere: 3 },
      },
    ],
  });
  // Nobody follows a side that was put back before its name is given.
  expect(after.stores[0]?.drifts.map(({ decision }) => decision)).toEqual(["decide", "decide", "decide"]);
});

test("one record that is named is all that is looked at; what is only taken up again is not compared", async () => {
  const one = await bed.json("resolve", ...orders, "--key", "3", "--take", "local", "--yes");
  expect(one).toMatchObject({ stores: [{ extent: { is: "keys", keys: 1 } }] });
  const undone = await bed.json("undo", ...orders, "--dry-run");
  expect(undone.stores[0]).not.toHaveProperty("extent");
});
