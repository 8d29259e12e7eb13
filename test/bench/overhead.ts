import type { Page } from "playwright";
import { Bed, DATABASE, type Inspection } from "./bed/bed.ts";
import type { Benchmark } from "./benchmark.ts";
import { type Row, ratioAtMost, row } from "./report/result.ts";

/** Writes of one loop with each state of the panel, in turn. */
const ROUNDS = 5;

/** The page's realm is watched, whichever of its stores is named. */
const WATCHED = { frame: [], bucket: "", database: DATABASE, store: "orders" };

interface Run {
  readonly closed: number;
  readonly open: number;
  readonly watching: number;
}

/** What an application's own writes cost: panel closed, open with nothing running, and recording their keys. */
export const overhead: Benchmark = {
  name: "overhead",
  full: { records: 10_000, runs: 3 },
  run: ({ records, runs }) =>
    Bed.use(async (bed) => {
      const inspected = await bed.inspect(["orders"]);
      const { page: plain } = await bed.plainPage();
      const measured: Run[] = [];
      // The first loop of a page makes its database and warms its code up.
      for (const page of [plain, inspected.page]) {
        await page.addScriptTag({ url: "/dexie-loop.js" });
        await writeLoop(page, records);
      }
      for (let run = 0; run < runs; run++) measured.push(await measure(plain, inspected, records));
      return { rows: rowsOf(measured, records), browserVersion: bed.browserVersion };
    }),
};

/** The loops alternate, so that what else the machine does meets all alike. */
async function measure(closed: Page, { page, tap }: Inspection, records: number): Promise<Run> {
  const sums = { closed: 0, open: 0, watching: 0 };
  for (let round = 0; round < ROUNDS; round++) {
    sums.closed += await writeLoop(closed, records);
    sums.open += await writeLoop(page, records);
    await tap.call("watchWrites", WATCHED, true);
    sums.watching += await writeLoop(page, records);
    await tap.call("watchWrites", WATCHED, false);
  }
  return { closed: sums.closed / ROUNDS, open: sums.open / ROUNDS, watching: sums.watching / ROUNDS };
}

async function writeLoop(page: Page, records: number): Promise<number> {
  await page.bringToFront();
  return page.evaluate((records) => dexieLoop.run(records), records);
}

function rowsOf(runs: readonly Run[], n: number): readonly Row[] {
  const closed = runs.map((run) => run.closed);
  return [
    row("writes of a Dexie loop, panel closed", n, "ms", closed),
    row(
      "writes of a Dexie loop, panel open and idle / closed",
      n,
      "ms",
      runs.map((run) => run.open),
      closed,
      ratioAtMost(1.01),
    ),
    row(
      "writes of a Dexie loop, keys of writes recorded / closed",
      n,
      "ms",
      runs.map((run) => run.watching),
      closed,
      ratioAtMost(1.05),
    ),
  ];
}
