import { barePut } from "./bed/bare-stages.ts";
import { Bed, DATABASE, type Inspection } from "./bed/bed.ts";
import type { Benchmark } from "./benchmark.ts";
import { type Row, row, valueAtMost } from "./report/result.ts";

/** What "10,000 rows scroll smoothly" is about, whatever else is measured with more records. */
const ROWS = 10_000;
/** Turns of a wheel from the first row to the last. */
const TURNS = 200;
/** The browser calls a task long from here on (milliseconds). */
const LONG_TASK = 50;

interface Run {
  readonly longest: number;
  readonly over: number;
  /** Pauses between two frames. */
  readonly p99: number;
  readonly worst: number;
}

/** The grid of records scrolled through by the wheel; nothing of the list was read before. */
export const scrolling: Benchmark = {
  name: "scrolling",
  run: ({ runs }) =>
    Bed.use(async (bed) => {
      const stores = Array.from({ length: runs }, (_, run) => `orders-${run}`);
      const inspection = await bed.inspect(stores);
      const measured: Run[] = [];
      for (const store of stores) measured.push(await measure(inspection, store));
      return { rows: rowsOf(measured), browserVersion: bed.browserVersion };
    }),
};

async function measure({ page, panel, frame }: Inspection, store: string): Promise<Run> {
  await barePut(page, DATABASE, store, ROWS);
  await panel.openTab("Data");
  await panel.openStore(DATABASE, store);
  await panel.driver.waitFor('[data-testid="record"][aria-rowindex="2"]', { timeout: 60_000 });
  const run = await frame.evaluate(scrollThrough, { turns: TURNS });
  // That the last row is really there is part of the measurement.
  await panel.driver.waitFor(`[data-testid="record"][aria-rowindex="${ROWS + 1}"]`);
  return run;
}

/** Runs in the panel's document. */
async function scrollThrough({ turns }: { turns: number }): Promise<Run> {
  const grid = document.querySelector(".gbody")?.parentElement;
  if (!grid) throw new Error("no grid is shown");
  const long: number[] = [];
  const observer = new PerformanceObserver((list) => {
    for (const entry of list.getEntries()) long.push(entry.duration);
  });
  observer.observe({ type: "longtask" });
  const nextFrame = () => new Promise<number>((resolve) => requestAnimationFrame(resolve));
  const gaps: number[] = [];
  const step = (grid.scrollHeight - grid.clientHeight) / turns;
  let last = await nextFrame();
  for (let turn = 1; turn <= turns; turn++) {
    grid.scrollTop = step * turn;
    const now = await nextFrame();
    gaps.push(now - last);
    last = now;
  }
  observer.takeRecords().forEach((entry) => {
    long.push(entry.duration);
  });
  observer.disconnect();
  gaps.sort((a, b) => a - b);
  return {
    longest: Math.max(0, ...long),
    over: long.length,
    p99: gaps[Math.floor(gaps.length * 0.99)] ?? 0,
    worst: gaps.at(-1) ?? 0,
  };
}

function rowsOf(runs: readonly Run[]): readonly Row[] {
  const of = (what: keyof Run) => runs.map((run) => run[what]);
  return [
    row(
      "longest task over 50 ms (0 = none)",
      ROWS,
      "ms",
      of("longest"),
      undefined,
      valueAtMost(LONG_TASK, "ms"),
    ),
    row("tasks over 50 ms", ROWS, "tasks", of("over"), undefined, valueAtMost(0, "tasks")),
    row("99 of 100 frames came after", ROWS, "ms", of("p99")),
    row("longest pause between frames", ROWS, "ms", of("worst")),
  ];
}
