import type { Page } from "playwright";
import { openDevToolsWindow } from "../support/chromium/open-devtools.ts";
import { Bed, DATABASE, type Inspection } from "./bed/bed.ts";
import type { Benchmark } from "./benchmark.ts";
import { cpuByThread } from "./measure/cpu-time.ts";
import { type Goal, type Row, ratioAtMost, row } from "./report/result.ts";

/** Loops of each state of the panel in a run. */
const ROUNDS = 10;

/** The page's realm is watched, whichever of its stores is named. */
const WATCHED = { frame: [], bucket: "", database: DATABASE, store: "orders" };

/** Of one loop. */
interface Cost {
  readonly milliseconds: number;
  /** Of the page's main thread, on which an application waits for what a recorder does. */
  readonly cpu: number;
}

/** Loops that ran one after the other, so that what else the machine does meets them alike. */
interface Round {
  readonly closed: Cost;
  readonly open: Cost;
  readonly watching: Cost;
}

interface WrittenPage {
  readonly page: Page;
  readonly pid: number;
}

/** What an application's own writes cost: panel closed, open with nothing running, and recording their keys. */
export const overhead: Benchmark = {
  name: "overhead",
  full: { records: 2_000, runs: 3 },
  run: ({ records, runs }) =>
    Bed.use(async (bed) => {
      const inspected = await bed.inspect(["orders"]);
      const closed = await bed.plainPage();
      // What DevTools itself costs the page is the same in all states.
      await openDevToolsWindow(bed.browser.context, closed.page);
      const [pid = Number.NaN] = inspected.processes().page;
      const open = { page: inspected.page, pid };
      // The first loop of a page makes its database and warms its code up.
      for (const written of [closed, open]) {
        await written.page.addScriptTag({ url: "/dexie-loop.js" });
        await costOfLoop(written, records);
      }
      const rounds: Round[] = [];
      for (let round = 0; round < runs * ROUNDS; round++) {
        rounds.push(await measure(round, closed, open, inspected, records));
      }
      return { rows: rowsOf(rounds, records), browserVersion: bed.browserVersion };
    }),
};

/** Every other round goes the other way round: what slows down with time slows neither state more. */
async function measure(
  round: number,
  closed: WrittenPage,
  open: WrittenPage,
  { tap }: Inspection,
  records: number,
): Promise<Round> {
  const costs: Partial<Record<keyof Round, Cost>> = {};
  const states: (keyof Round)[] = ["closed", "open", "watching"];
  for (const state of round % 2 === 0 ? states : states.toReversed()) {
    if (state === "watching") await tap.call("watchWrites", WATCHED, true);
    costs[state] = await costOfLoop(state === "closed" ? closed : open, records);
    if (state === "watching") await tap.call("watchWrites", WATCHED, false);
  }
  return costs as Round;
}

async function costOfLoop({ page, pid }: WrittenPage, records: number): Promise<Cost> {
  await page.bringToFront();
  const before = mainThreadTime(pid);
  const milliseconds = await page.evaluate((records) => dexieLoop.run(records), records);
  return { milliseconds, cpu: mainThreadTime(pid) - before };
}

const mainThreadTime = (pid: number): number => cpuByThread(pid).get("main") ?? 0;

function rowsOf(rounds: readonly Round[], n: number): readonly Row[] {
  const loop = "writes of a Dexie loop";
  const compared = (what: string, state: keyof Round, than: keyof Round, goal: Goal): Row[] => {
    const of = (which: keyof Round, how: keyof Cost) => rounds.map((round) => round[which][how]);
    return [
      row(`${loop}, ${what}`, n, "ms", of(state, "milliseconds"), of(than, "milliseconds"), goal),
      row(`${loop}, ${what}: CPU of the page's main thread`, n, "ms", of(state, "cpu"), of(than, "cpu")),
    ];
  };
  return [
    ...compared("panel open and idle / DevTools without it", "open", "closed", ratioAtMost(1.01)),
    ...compared("keys of writes recorded / panel idle", "watching", "open", ratioAtMost(1.05)),
  ];
}
