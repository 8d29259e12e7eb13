/** Schedules that need a page: the bridge opens it without a window, on the profile that the config names. */
import { existsSync, readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import * as v from "valibot";
import { afterEach, beforeEach, expect, test } from "vitest";
import { ReportSchema } from "../../bridge/headless/report/report-schema.ts";
import type { ScheduleRun } from "../../core/protocol/schedule-frames.ts";
import { HeadlessBed } from "../support/headless/headless-bed.ts";

let bed: HeadlessBed;
let bridge: { close(): Promise<void> };

beforeEach(async () => {
  bed = await HeadlessBed.open();
  const page = (profile: string) => ({
    url: bed.shop.url,
    profile: bed.profile(profile),
    database: "shop",
    stores: ["orders"],
    connection: "lab",
  });
  const { profile: _profile, ...look } = page("one");
  const schedule = (task: object) => ({ cron: "@yearly", timeZone: "UTC", task });
  bed.configure("unattended", {
    schedules: {
      report: schedule({ do: "compare", ...page("one"), reports: "reports" }),
      strict: schedule({ do: "compare", ...page("one"), failOnDrift: true }),
      refresh: schedule({ do: "pull", ...page("two") }),
      backup: schedule({ do: "bundle", connection: "lab", keep: 2 }),
      elsewhere: schedule({
        do: "bundle",
        connection: "lab",
        collections: ["shop.missing"],
        folder: "bundles",
      }),
      look: schedule({ ...look, do: "compare", waitForPanel: true }),
      hanging: schedule({ do: "compare", ...page("one"), url: bed.shop.url, timeLimitMinutes: 0.01 }),
    },
  });
  bridge = await bed.bridge();
});
afterEach(async () => {
  await bridge.close();
  await bed.close();
});

const put = (id: number, price: number): string => `
  const transaction = db.transaction("orders", "readwrite");
  transaction.objectStore("orders").put({ id: ${id}, code: "c${id}", tags: [], price: ${price}, at: new Date(0) });
  await done(transaction);`;

async function run(name: string): Promise<ScheduleRun> {
  const { stdout, stderr } = await bed.run("schedule", "run", name, "--json");
  try {
    return JSON.parse(stdout) as ScheduleRun;
  } catch (error) {
    throw new Error(`schedule run ${name}: ${stdout}${stderr}`, { cause: error });
  }
}

const reportOf = ({ report = "" }: ScheduleRun) =>
  v.parse(v.pipe(v.string(), v.parseJson(), ReportSchema), readFileSync(report, "utf8"));

test("compares with a report, pulls into a profile, and says what failed", async () => {
  await bed.inApplication(put(1, 10));
  await bed.json("push", ...bed.usual(), "--store", "orders");

  const equal = await run("report");
  expect(equal).toMatchObject({ state: "succeeded", cause: "by-hand", said: "Compared: nothing differs." });
  expect(equal.report).toContain("/reports/compare-");
  expect(reportOf(equal)).toMatchObject({ exitCode: 0, stores: [{ counts: { equal: 1 } }] });

  await bed.inApplication(put(1, 20));
  const drifted = await run("report");
  expect(drifted).toMatchObject({ state: "succeeded", said: "Compared: 1 record differs." });
  expect(reportOf(drifted).stores[0]?.drifts).toMatchObject([{ key: 1, kind: "changedHere" }]);
  expect(await run("strict")).toMatchObject({
    state: "failed",
    problem: { message: expect.stringContaining("1 record differs") },
  });

  expect(await run("refresh")).toMatchObject({
    state: "succeeded",
    said: "1 record was pulled.",
  });
  const pulled = await bed.inApplication<{ price: number }>(
    'return done(db.transaction("orders").objectStore("orders").get(1));',
    "two",
  );
  expect(pulled.price).toBe(10);
});

test("one that takes too long is ended, with what to do about it", async () => {
  expect(await run("hanging")).toMatchObject({
    state: "failed",
    problem: { message: expect.stringMatching(/longer than 0.01 minutes.*"timeLimitMinutes"/) },
  });
});

test("pulls into a bundle, which is checked, and pulled from into a new profile", async () => {
  await bed.inApplication(put(1, 10));
  await bed.json("push", ...bed.usual(), "--store", "orders");
  const made = await run("backup");
  expect(made).toMatchObject({
    state: "succeeded",
    said: expect.stringMatching(/^It holds 1 record of 1 collection, \d+ bytes\.$/),
  });
  const { bundle = "" } = made;
  expect(statSync(bundle).mode & 0o077).toBe(0);
  expect(await bed.run("bundle", "show", bundle)).toMatchObject({
    exitCode: 0,
    stdout: expect.stringMatching(/: whole, .*lab, read from 20.*shop\.orders, of http:.*: 1 record\n/s),
  });

  // The backend goes on; the bundle is as it was.
  await bed.inApplication(put(1, 20));
  await bed.json("push", ...bed.usual(), "--store", "orders");
  const there = [...bed.usual("new").slice(0, -2), "--store", "orders", "--bundle", bundle];
  expect(await bed.json("pull", ...there, "--yes")).toMatchObject({ exitCode: 0, level: "confirm" });
  const price = 'return done(db.transaction("orders").objectStore("orders").get(1));';
  expect(await bed.inApplication<object>(price, "new")).toMatchObject({ price: 10 });
  // What a bundle teaches says nothing about the connection: without a base, nobody wins.
  expect((await bed.json("diff", ...bed.usual("new"), "--store", "orders")).stores[0]?.drifts).toMatchObject([
    { kind: "different", noBase: true },
  ]);
  expect(await bed.json("undo", ...there, "--yes")).toMatchObject({ exitCode: 0 });
  expect(await bed.inApplication<unknown>(price, "new")).toBeUndefined();
}, 300_000);

test("keeps so many bundles, uses none that was altered, and forgets them with their origin", async () => {
  await bed.inApplication(put(1, 10));
  await bed.json("push", ...bed.usual(), "--store", "orders");
  const paths: string[] = [];
  for (let i = 0; i < 3; i++) paths.push((await run("backup")).bundle ?? "");
  const [first = "", second = "", third = ""] = paths;
  const folder = dirname(first);
  const kept = (): string[] => readdirSync(folder).map((name) => join(folder, name));
  expect(kept()).toEqual([second, third]);
  const listed = await bed.run("bundle");
  expect(listed.stdout).toMatch(/^2 bundles, .*shop\.orders of lab/s);
  expect(listed.stdout).toContain(third);

  const text = readFileSync(third, "utf8");
  writeFileSync(third, text.replace('"token":"1.', '"token":"2.'));
  const refused = { code: "corrupt", message: expect.stringContaining("checksum") };
  const there = [...bed.usual("new").slice(0, -2), "--bundle", third];
  expect(await bed.json("pull", ...there, "--yes")).toMatchObject({ exitCode: 3, error: refused });
  const shown = await bed.run("bundle", "show", third, "--json");
  expect([shown.exitCode, JSON.parse(shown.stdout)]).toMatchObject([3, { error: refused }]);
  writeFileSync(third, text);

  expect(await run("elsewhere")).toMatchObject({
    state: "failed",
    problem: { message: expect.stringMatching(/earlier ones stay.*no collection "shop.missing"/) },
  });
  expect(existsSync(join(bed.folder, "bundles"))).toBe(false);

  // The origin's data is in them.
  await bridge.close();
  const forgotten = await bed.run("forget", new URL(bed.shop.url).origin, "--yes");
  expect(forgotten.stdout).toContain("2 bundles of schedules");
  expect(kept()).toEqual([]);
  bridge = await bed.bridge();
}, 300_000);

test("one that waits for a panel says so, also to the next bridge, until it is paused", async () => {
  const begun = await run("look");
  expect(begun).toMatchObject({ state: "waiting", cause: "by-hand" });
  expect(await bed.run("schedule", "run", "look")).toMatchObject({
    exitCode: 3,
    stderr: expect.stringContaining("waits already: it is done in a panel"),
  });
  await bridge.close();
  const waits = /look .*in a panel: it waits until one has a page of http:.*now +.*waiting, by command line/s;
  expect((await bed.run("schedule")).stdout).toMatch(waits);
  bridge = await bed.bridge();
  const listed = (await bed.run("schedule")).stdout;
  expect(listed).toMatch(waits);
  expect(listed).toMatch(/report .*headless, with the profile .*one/s);
  await bed.run("schedule", "pause", "look");
  expect((await bed.run("schedule", "history", "look")).stdout).toMatch(
    /cancelled .*It was paused by command line/,
  );
});
