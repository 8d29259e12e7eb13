/** Schedules that need a page: the bridge opens it without a window, on the profile that the config names. */
import { readFileSync } from "node:fs";
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
  const schedule = (task: object) => ({ cron: "@yearly", timeZone: "UTC", task });
  bed.configure("unattended", {
    schedules: {
      report: schedule({ do: "compare", ...page("one"), reports: "reports" }),
      strict: schedule({ do: "compare", ...page("one"), failOnDrift: true }),
      refresh: schedule({ do: "pull", ...page("two") }),
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
