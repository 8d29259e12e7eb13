import { afterEach, beforeEach, expect, test } from "vitest";
import { AttachableChromium } from "../support/headless/attachable-chromium.ts";
import { HeadlessBed, inPage } from "../support/headless/headless-bed.ts";
import { Watching } from "../support/headless/watching.ts";

let bed: HeadlessBed;
let chromium: AttachableChromium;
let watching: Watching | undefined;

beforeEach(async () => {
  bed = await HeadlessBed.open();
  chromium = await AttachableChromium.start(bed.profile(), bed.shop.url);
});
afterEach(async () => {
  await watching?.stop();
  watching = undefined;
  await chromium.close();
  await bed.close();
});

const put = (ids: readonly number[], price: number): string => `
  const transaction = db.transaction("orders", "readwrite");
  for (const id of ${JSON.stringify(ids)}) transaction.objectStore("orders").put({ id, price: ${price} });
  await done(transaction);`;

const remove = (ids: readonly number[]): string => `
  const transaction = db.transaction("orders", "readwrite");
  for (const id of ${JSON.stringify(ids)}) transaction.objectStore("orders").delete(id);
  await done(transaction);`;

const upTo = (count: number): number[] => Array.from({ length: count }, (_, id) => id);

async function inApplication(body: string): Promise<void> {
  await inPage(await chromium.page(bed.shop.url), body);
}

function watch(...more: string[]): Watching {
  const args = [
    ...bed.attached(chromium.endpoint),
    "--store",
    "orders",
    "--json",
    "--interval",
    "0.2",
    ...more,
  ];
  watching = new Watching(bed.start(["watch", ...args]));
  return watching;
}

/** From another machine, so to speak: a profile and a data folder of its own. */
async function elsewhere(body: string): Promise<void> {
  const where = [...bed.usual("two"), "--store", "orders", "--data", "elsewhere"];
  await bed.json("pull", ...where);
  await bed.inApplication(body, "two");
  expect(await bed.json("push", ...where, "--no-app")).toMatchObject({ exitCode: 0 });
}

test("what either side changes reaches the other; what both changed waits, and the policy can decide it", async () => {
  await inApplication(put(upTo(30), 1));
  const manual = watch();
  expect(await manual.next()).toMatchObject({
    store: "orders",
    is: "inSync",
    pushed: 30,
    pulled: 0,
    records: 30,
  });
  await inApplication(put([100], 1));
  expect(await manual.next()).toMatchObject({ is: "inSync", pushed: 1, pulled: 0, records: 31 });
  await elsewhere(put([200], 1));
  expect(await manual.next()).toMatchObject({ is: "inSync", pushed: 0, pulled: 1, records: 32 });
  expect(await manual.stop()).toBe(0);

  await inApplication(put([5], 2));
  await elsewhere(put([5], 3));
  const again = watch();
  expect(await again.next()).toMatchObject({ is: "behind", left: 1, kinds: { conflict: 1 } });
  expect(await again.stop()).toBe(0);
  expect(await watch("--policy", "local").next()).toMatchObject({ is: "inSync", pushed: 1, records: 32 });
});

test("a round that would take too much away is not run until the limit allows it", async () => {
  await inApplication(put(upTo(40), 1));
  const careful = watch();
  expect(await careful.next()).toMatchObject({ is: "inSync", pushed: 40 });
  await inApplication(put(upTo(15), 2));
  const paused = await careful.next();
  expect(paused).toMatchObject({ is: "paused" });
  expect(paused).toHaveProperty("reason", expect.stringContaining("delete or replace 15 of the 40 records"));
  await careful.stop();
  expect(await watch("--limit", "50").next()).toMatchObject({ is: "inSync", pushed: 15, records: 40 });
});

test("what an emptied store lacks is not taken away from the backend, whatever the limit", async () => {
  await inApplication(put(upTo(40), 1));
  const watching = watch("--limit", "100");
  expect(await watching.next()).toMatchObject({ is: "inSync", pushed: 40 });
  await inApplication(remove(upTo(40)));
  expect(await watching.next()).toMatchObject({
    is: "behind",
    pushed: 0,
    left: 40,
    kinds: { removedHere: 40 },
  });
});

test("where every apply wants to be confirmed it wants --yes", async () => {
  bed.configure("confirm");
  await inApplication(put(upTo(3), 1));
  await expect(watch().next()).rejects.toThrow(/ended with 2: .*--yes/s);
  expect(await watch("--yes").next()).toMatchObject({ is: "inSync", pushed: 3 });
});
