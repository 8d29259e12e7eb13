import type { Page } from "playwright";
import { Bed } from "./bed/bed.ts";
import type { Benchmark } from "./benchmark.ts";
import { type Row, ratioAtMost, row } from "./report/result.ts";

/** Writes of one loop with each state of the panel, in turn. */
const ROUNDS = 5;

interface Run {
  readonly closed: number;
  readonly open: number;
}

/** What an application's own writes cost while the panel is closed, and while it is open and nothing runs. */
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
      for (let run = 0; run < runs; run++) measured.push(await measure(plain, inspected.page, records));
      return { rows: rowsOf(measured, records), browserVersion: bed.browserVersion };
    }),
};

/** The loops alternate, so that what else the machine does meets both alike. */
async function measure(closed: Page, open: Page, records: number): Promise<Run> {
  const sums = { closed: 0, open: 0 };
  for (let round = 0; round < ROUNDS; round++) {
    sums.closed += await writeLoop(closed, records);
    sums.open += await writeLoop(open, records);
  }
  return { closed: sums.closed / ROUNDS, open: sums.open / ROUNDS };
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
  ];
}
