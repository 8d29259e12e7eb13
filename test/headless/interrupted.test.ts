import { once } from "node:events";
import { existsSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { AttachableChromium } from "../support/headless/attachable-chromium.ts";
import { ended, HeadlessBed, inPage } from "../support/headless/headless-bed.ts";

let bed: HeadlessBed;

beforeEach(async () => {
  bed = await HeadlessBed.open();
});
afterEach(() => bed.close());

/** Several of the windows that an apply works through. */
const MANY = 24_000;

const put = (from: number, to: number): string => `
  const transaction = db.transaction("orders", "readwrite");
  for (let id = ${from}; id < ${to}; id++) transaction.objectStore("orders").put({ id, n: 0 });
  await done(transaction);`;

/** The first operations of an apply are about to be sent. */
async function journalBegins(): Promise<void> {
  const folder = join(bed.dataDir, "journal", "lab");
  const isThere = () =>
    existsSync(folder) &&
    readdirSync(folder, { recursive: true, encoding: "utf8" }).some((name) => name.endsWith(".journal"));
  while (!isThere()) await new Promise((resolve) => setTimeout(resolve, 5));
}

test("Ctrl+C leaves a push that --resume ends, and nothing is written twice", async () => {
  await bed.inApplication(put(0, MANY));
  const orders = [...bed.usual(), "--store", "orders", "--no-app"];
  const child = bed.start(["push", ...orders, "--json"]);
  const end = ended(child);
  await journalBegins();
  child.kill("SIGINT");
  const cancelled = await end;
  expect(cancelled.exitCode).toBe(130);
  expect(cancelled.stderr).toContain("Once more ends at once, and --resume ");
  const report = JSON.parse(cancelled.stdout);
  expect(report).toMatchObject({ cancelled: true, stores: [{ apply: { complete: false } }] });
  const { applied, notRun } = report.stores[0].apply.outcomes;
  expect(applied + notRun).toBe(MANY);
  expect(notRun).toBeGreaterThan(0);
  const resume = /--resume ([^ .]+)/.exec(cancelled.stderr)?.[1] ?? "";

  const other = await bed.run("push", ...orders, "--resume", "no-such");
  expect(other).toMatchObject({ exitCode: 2, stderr: expect.stringContaining("No apply no-such") });
  expect(await bed.json("push", ...orders, "--resume", resume)).toMatchObject({
    exitCode: 0,
    stores: [{ apply: { complete: true, outcomes: { applied: MANY, notRun: 0 } } }],
  });
  expect(await bed.json("diff", ...orders)).toMatchObject({
    exitCode: 0,
    stores: [{ counts: { equal: MANY }, drifts: [] }],
  });
});

test("a second Ctrl+C ends at once, as a crash would, and --resume ends the push all the same", async () => {
  await bed.inApplication(put(0, MANY));
  const orders = [...bed.usual(), "--store", "orders", "--no-app"];
  const child = bed.start(["push", ...orders, "--json"]);
  const end = ended(child);
  await journalBegins();
  child.kill("SIGINT");
  await once(child.stderr as NodeJS.ReadableStream, "data");
  child.kill("SIGINT");
  const { exitCode, stdout, stderr } = await end;
  expect([exitCode, stdout]).toEqual([130, ""]);
  const resume = /--resume ([^ .]+)/.exec(stderr)?.[1] ?? "";
  expect(await bed.json("push", ...orders, "--resume", resume)).toMatchObject({
    exitCode: 0,
    stores: [{ apply: { complete: true, outcomes: { applied: MANY } } }],
  });
});

test("a bridge that runs on the folder is joined, and may be revoked and paired like any panel", async () => {
  await bed.inApplication(put(0, 20));
  const orders = [...bed.usual(), "--store", "orders", "--no-app"];
  const bridge = await bed.bridge();
  try {
    expect(await bed.json("push", ...orders)).toMatchObject({ exitCode: 0, stores: [{ left: 0 }] });
    const panels = await bed.run("panels");
    expect(panels.stdout).toContain("command line");
    const id = panels.stdout.split(" ")[0] ?? "";
    expect((await bed.run("revoke", id)).exitCode).toBe(0);
    expect(await bed.json("diff", ...orders)).toMatchObject({ exitCode: 0 });
  } finally {
    await bridge.close();
  }
  expect(await bed.json("undo", ...orders, "--confirm", "shop.orders")).toMatchObject({
    exitCode: 0,
    stores: [{ plan: { remote: { delete: 20 } } }],
  });
});

test("two commands at once work one after the other", async () => {
  await bed.inApplication(put(0, 500), "one");
  await bed.inApplication(put(500, 1000), "two");
  const both = await Promise.all(
    ["one", "two"].map((profile) => bed.json("push", ...bed.usual(profile), "--store", "orders", "--no-app")),
  );
  expect(both.map(({ exitCode, stores }) => [exitCode, stores[0]?.apply?.outcomes.applied])).toContainEqual([
    0, 500,
  ]);
  expect(both.reduce((sum, { stores }) => sum + (stores[0]?.plan?.remote.create ?? 0), 0)).toBe(1000);
  expect(both.some(({ stderr }) => stderr.includes("Waiting for the process"))).toBe(true);
});

test("a browser that runs is attached to and stays open, and its application may write all the while", async () => {
  const chromium = await AttachableChromium.start(bed.profile("live"), bed.shop.url);
  try {
    const page = await chromium.page(bed.shop.url);
    const orders = [...bed.attached(chromium.endpoint), "--store", "orders"];
    await inPage(page, put(0, 3000));
    const writing = inPage<number>(
      page,
      `let count = 0;
       document.documentElement.dataset.writing = "yes";
       while (document.documentElement.dataset.writing === "yes") {
         const transaction = db.transaction("orders", "readwrite");
         const store = transaction.objectStore("orders");
         for (let i = 0; i < 5; i++) {
           const id = (count * 37 + i * 611) % 3000;
           const record = await done(store.get(id));
           store.put({ ...record, n: record.n + 1 });
           count++;
         }
         await done(transaction);
       }
       return count;`,
    );
    const pushes = [];
    for (let i = 0; i < 2; i++) pushes.push(await bed.json("push", ...orders, "--no-fields"));
    for (const { exitCode, stores } of pushes) {
      // What moved meanwhile is a conflict or drift that is left: never a rejected or lost write.
      expect([0, 1]).toContain(exitCode);
      expect(stores[0]?.apply?.outcomes).toMatchObject({ rejected: 0, unknown: 0 });
    }
    await page.evaluate(() => {
      document.documentElement.dataset.writing = "no";
    });
    const count = await writing;
    await bed.json("push", ...orders, "--no-fields");
    expect(await bed.json("diff", ...orders)).toMatchObject({
      exitCode: 0,
      stores: [{ counts: { equal: 3000 } }],
    });
    const pulled = await bed.json("pull", ...bed.usual("copy"), "--store", "orders");
    expect(pulled).toMatchObject({ exitCode: 0, stores: [{ databaseCreated: true }] });
    const sum = `return (await done(db.transaction("orders").objectStore("orders").getAll())).reduce((all, { n }) => all + n, 0);`;
    expect(await bed.inApplication(sum, "copy")).toBe(count);
    expect(page.isClosed()).toBe(false);
    expect(await inPage(page, sum)).toBe(count);
  } finally {
    await chromium.close();
  }
});
