import { bareGetAll, barePut, barePutLarge } from "./bed/bare-stages.ts";
import { Bed, DATABASE, type Inspection } from "./bed/bed.ts";
import { expectOnly, mapAll, openMapped, type Timed, timedApply, timedCompare } from "./bed/steps.ts";
import type { Benchmark, Options } from "./benchmark.ts";
import { takeLongest, watchLongTasks } from "./measure/long-tasks.ts";
import { peakMegabytes, resetPeak } from "./measure/peak-memory.ts";
import { aboveReferenceAtMost, type Row, row, valueAtMost } from "./report/result.ts";

const STEPS = ["compare of new records", "push", "compare of equal records", "pull"] as const;
type Step = (typeof STEPS)[number];

/** Of one step: its time, the highest memory of each process in MB, and the longest task of each main thread. */
interface Cost {
  readonly milliseconds: number;
  readonly page: number;
  readonly panel: number;
  readonly bridge: number;
  readonly pageTask: number;
  readonly panelTask: number;
}

interface Size {
  readonly records: number;
  /** Of the page's process, under nothing but a loop of getAll. */
  readonly barePage: number;
  readonly steps: Readonly<Record<Step, Cost>>;
}

/** Units of text of a large record, and how many of them come for one of the others. */
const LARGE_UNITS = 500_000;
const RECORDS_PER_LARGE = 500;
const LARGE_BATCH = 4;

/** The same work with a hundredth and a tenth of the records, with all of them, and with few large ones. */
export const scale: Benchmark = {
  name: "scale",
  full: { records: 1_000_000, runs: 1 },
  run: (options) =>
    Bed.use(async (bed) => {
      const rows: Row[] = [];
      const growth: Size[][] = [];
      for (const part of [100, 10, 1]) {
        const records = Math.ceil(options.records / part);
        const sizes = await repeated(options, (run) => measure(bed, `s${part}-${run}`, records, false));
        growth.push(sizes);
        rows.push(...costRows(sizes, records, `${records.toLocaleString("en")} records`));
      }
      const large = Math.ceil(options.records / RECORDS_PER_LARGE);
      const sizes = await repeated(options, (run) => measure(bed, `large-${run}`, large, true));
      rows.push(...exponents(growth), ...costRows(sizes, large, "records of 500 KB"));
      return { rows, browserVersion: bed.browserVersion };
    }),
};

async function repeated<T>({ runs }: Options, work: (run: number) => Promise<T>): Promise<T[]> {
  const results: T[] = [];
  for (let run = 0; run < runs; run++) results.push(await work(run));
  return results;
}

async function measure(bed: Bed, store: string, records: number, isLarge: boolean): Promise<Size> {
  const copy = `${store}-copy`;
  const first = bed.hasPaired ? await bed.inspectAnew([store, copy]) : await bed.inspect([store, copy]);
  if (isLarge) await barePutLarge(first.page, DATABASE, store, records, LARGE_UNITS);
  else await barePut(first.page, DATABASE, store, records);
  const mapping = await openMapped(first, store);
  await first.page.close();
  const barePage = await barePeak(bed, store, isLarge);
  // In a tab of its own each, so that every step starts with fresh processes.
  const step = async (name: Step, of: string, work: (inspection: Inspection) => Promise<Timed>) => {
    const cost = await costOf(bed, of, work);
    // It takes minutes until there is a table, and what was measured counts when a later step fails.
    console.error(`${records} records, ${name}: ${JSON.stringify(cost)}`);
    return cost;
  };
  const compareNew = await step(STEPS[0], store, (inspection) => compared(inspection, "onlyHere", records));
  const push = await step(STEPS[1], store, async (inspection) => {
    await timedCompare(inspection);
    return timedApply(inspection, "Push", records);
  });
  const compareEqual = await step(STEPS[2], store, (inspection) => compared(inspection, "equal", records));
  const mapper = await bed.inspectAgain();
  await mapAll(mapper, [copy], mapping);
  await mapper.page.close();
  const pull = await step(STEPS[3], copy, async (inspection) => {
    await timedCompare(inspection);
    return timedApply(inspection, "Pull", records);
  });
  const steps = {
    "compare of new records": compareNew,
    push,
    "compare of equal records": compareEqual,
    pull,
  };
  return { records, barePage, steps };
}

async function compared(
  inspection: Inspection,
  kind: Parameters<typeof expectOnly>[1],
  records: number,
): Promise<Timed> {
  const timed = await timedCompare(inspection);
  expectOnly(timed.summary, kind, records);
  return timed;
}

async function barePeak(bed: Bed, store: string, isLarge: boolean): Promise<number> {
  const { page, pid } = await bed.plainPage();
  resetPeak(pid);
  await bareGetAll(page, DATABASE, store, isLarge ? LARGE_BATCH : undefined);
  const peak = peakMegabytes(pid);
  await page.close();
  return peak;
}

async function costOf(
  bed: Bed,
  store: string,
  work: (inspection: Inspection) => Promise<Timed>,
): Promise<Cost> {
  const inspection = await bed.inspectAgain();
  await openMapped(inspection, store);
  const { page, panel, bridge } = inspection.processes();
  for (const pid of [...page, ...panel, ...bridge]) resetPeak(pid);
  await watchLongTasks(inspection.page);
  await watchLongTasks(inspection.frame);
  const { milliseconds } = await work(inspection);
  const peakOf = (pids: readonly number[]) => pids.reduce((sum, pid) => sum + peakMegabytes(pid), 0);
  const cost = {
    milliseconds,
    page: peakOf(page),
    panel: peakOf(panel),
    // The backend's process may have been started meanwhile.
    bridge: peakOf(inspection.processes().bridge),
    pageTask: await takeLongest(inspection.page),
    panelTask: await takeLongest(inspection.frame),
  };
  await inspection.page.close();
  return cost;
}

function costRows(sizes: readonly Size[], n: number, what: string): readonly Row[] {
  const bare = sizes.map(({ barePage }) => barePage);
  return STEPS.flatMap((step) => {
    const of = (part: keyof Cost) => sizes.map(({ steps }) => steps[step][part]);
    const id = (part: string) => `${step}, ${what}: ${part}`;
    return [
      row(id("time"), n, "ms", of("milliseconds")),
      row(id("page's memory"), n, "MB", of("page"), bare, aboveReferenceAtMost(50, "MB")),
      row(id("panel's memory"), n, "MB", of("panel"), undefined, valueAtMost(300, "MB")),
      row(id("bridge's memory"), n, "MB", of("bridge"), undefined, valueAtMost(300, "MB")),
      row(id("page's longest task"), n, "ms", of("pageTask"), undefined, valueAtMost(100, "ms")),
      row(id("panel's longest task"), n, "ms", of("panelTask"), undefined, valueAtMost(50, "ms")),
    ];
  });
}

/** By which power of the number of records a step's time grows, from each size to the next. */
function exponents(growth: readonly (readonly Size[])[]): readonly Row[] {
  return growth.slice(1).flatMap((sizes, i) => {
    const before = growth[i] ?? [];
    return STEPS.map((step) => {
      const powers = sizes.map(({ records, steps }, run) => {
        const smaller = before[run];
        if (smaller === undefined) return Number.NaN;
        const slower = steps[step].milliseconds / smaller.steps[step].milliseconds;
        return Math.log(slower) / Math.log(records / smaller.records);
      });
      const [from, to] = [before[0]?.records ?? 0, sizes[0]?.records ?? 0];
      const id = `${step}: exponent of growth from ${from.toLocaleString("en")}`;
      return row(id, to, "", powers);
    });
  });
}
