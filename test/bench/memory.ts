import { bareGetAll, barePut } from "./bed/bare-stages.ts";
import { Bed, DATABASE, type Inspection } from "./bed/bed.ts";
import { mapAll, openMapped, timedApply, timedCompare } from "./bed/steps.ts";
import type { Benchmark, Options } from "./benchmark.ts";
import { peakMegabytes, resetPeak } from "./measure/peak-memory.ts";
import { aboveReferenceAtMost, type Row, row, valueAtMost } from "./report/result.ts";

const EQUAL = "orders";
const WORKS = ["compare", "push", "pull"] as const;
type Work = (typeof WORKS)[number];

/** Peak resident memory in MB. */
interface Peaks {
  readonly page: number;
  readonly panel: number;
  readonly bridge: number;
}

type Run = Readonly<Record<Work, Peaks>> & { readonly bare: number };

/** Each measured in a tab of its own, so that page and panel start with fresh processes. */
export const memory: Benchmark = {
  name: "memory",
  run: (options) =>
    Bed.use(async (bed) => {
      await prepare(bed, options);
      const runs: Run[] = [];
      for (let run = 0; run < options.runs; run++) runs.push(await measure(bed, run, options.records));
      return { rows: rowsOf(runs, options.records), browserVersion: bed.browserVersion };
    }),
};

async function prepare(bed: Bed, { records, runs }: Options): Promise<void> {
  const numbers = Array.from({ length: runs }, (_, run) => run);
  const inspection = await bed.inspect([EQUAL, ...numbers.flatMap((run) => [pushed(run), pulled(run)])]);
  for (const store of [EQUAL, ...numbers.map(pushed)]) {
    await barePut(inspection.page, DATABASE, store, records);
  }
  const mapping = await openMapped(inspection, EQUAL);
  await mapAll(inspection, numbers.map(pulled), mapping);
  await timedCompare(inspection);
  await timedApply(inspection, "Push", records);
  await inspection.page.close();
}

async function measure(bed: Bed, run: number, records: number): Promise<Run> {
  return {
    bare: await barePeak(bed),
    compare: await peaksOf(bed, EQUAL, async (inspection) => {
      await timedCompare(inspection);
    }),
    push: await peaksOf(bed, pushed(run), async (inspection) => {
      await timedCompare(inspection);
      await timedApply(inspection, "Push", records);
    }),
    pull: await peaksOf(bed, pulled(run), async (inspection) => {
      await timedCompare(inspection);
      await timedApply(inspection, "Pull", records);
    }),
  };
}

/** Of the page's process, under nothing but a loop of getAll. */
async function barePeak(bed: Bed): Promise<number> {
  const { page, pid } = await bed.plainPage();
  resetPeak(pid);
  await bareGetAll(page, DATABASE, EQUAL);
  const peak = peakMegabytes(pid);
  await page.close();
  return peak;
}

async function peaksOf(
  bed: Bed,
  store: string,
  work: (inspection: Inspection) => Promise<void>,
): Promise<Peaks> {
  const inspection = await bed.inspectAgain();
  await openMapped(inspection, store);
  const { page, panel, bridge } = inspection.processes();
  for (const pid of [...page, ...panel, ...bridge]) resetPeak(pid);
  await work(inspection);
  const peakOf = (pids: readonly number[]) => pids.reduce((sum, pid) => sum + peakMegabytes(pid), 0);
  const peaks = { page: peakOf(page), panel: peakOf(panel), bridge: peakOf(bridge) };
  await inspection.page.close();
  return peaks;
}

function rowsOf(runs: readonly Run[], n: number): readonly Row[] {
  const bare = runs.map((run) => run.bare);
  const of = (work: Work, part: keyof Peaks) => runs.map((run) => run[work][part]);
  return WORKS.flatMap((work) => [
    row(
      `page's process, ${work} / bare getAll`,
      n,
      "MB",
      of(work, "page"),
      bare,
      aboveReferenceAtMost(50, "MB"),
    ),
    row(`panel's process, ${work}`, n, "MB", of(work, "panel"), undefined, valueAtMost(300, "MB")),
    row(`bridge with its child, ${work}`, n, "MB", of(work, "bridge"), undefined, valueAtMost(300, "MB")),
  ]);
}

const pushed = (run: number): string => `pushed-${run}`;
const pulled = (run: number): string => `pulled-${run}`;
