import type { MappingInfo } from "../../extension/panel/worker/api.ts";
import { bareGetAll, barePut } from "./bed/bare-stages.ts";
import { Bed, DATABASE, type Inspection } from "./bed/bed.ts";
import { expectOnly, mapAll, openMapped, type Timed, timedApply, timedCompare } from "./bed/steps.ts";
import type { Benchmark, Options } from "./benchmark.ts";
import { cpuRows } from "./report/breakdown.ts";
import { type Row, ratioAtMost, row } from "./report/result.ts";

const STORE = "orders";

/** Both sides hold the same records. */
export const compare: Benchmark = {
  name: "compare",
  run: (options) =>
    Bed.use(async (bed) => {
      const coldStores = Array.from({ length: options.runs }, (_, run) => `cold-${run}`);
      const inspection = await bed.inspect([STORE, ...coldStores]);
      const mapping = await pushAll(inspection, coldStores, options.records);
      const measured = await measure(bed, inspection, bed.tableOf(mapping), options);
      const cold: Timed[] = [];
      for (const store of coldStores) {
        await barePut(inspection.page, DATABASE, store, options.records);
        await openMapped(inspection, store);
        cold.push(await compareEqual(inspection, options.records));
      }
      return { rows: rowsOf(measured, cold, options.records), browserVersion: bed.browserVersion };
    }),
};

/** Fills the store and pushes it: then both sides are equal and the base is known. */
async function pushAll(
  inspection: Inspection,
  coldStores: readonly string[],
  records: number,
): Promise<MappingInfo> {
  await barePut(inspection.page, DATABASE, STORE, records);
  const mapping = await openMapped(inspection, STORE);
  await mapAll(inspection, coldStores, mapping);
  expectOnly((await timedCompare(inspection)).summary, "onlyHere", records);
  await timedApply(inspection, "Push", records);
  return mapping;
}

interface Measured {
  readonly compares: Timed[];
  /** The slower of the two bare loops, run at the same time. */
  readonly atOnce: number[];
  readonly getAll: number[];
  readonly scan: number[];
}

async function measure(
  bed: Bed,
  inspection: Inspection,
  source: { readonly file: string; readonly table: string },
  { records, runs }: Options,
): Promise<Measured> {
  const getAll = () => bareGetAll(inspection.page, DATABASE, STORE);
  const scan = async () => {
    const loop = await bed.sqlite.run({ do: "scan", ...source });
    if (loop.rows !== records) throw new Error(`the bridge's table holds ${loop.rows} rows`);
    return loop.milliseconds;
  };
  const measured: Measured = { compares: [], atOnce: [], getAll: [], scan: [] };
  // One of each before the clock counts: caches are warm for the product and for the bare loops alike.
  for (let run = -1; run < runs; run++) {
    const alone = { getAll: await getAll(), scan: await scan() };
    const atOnce = Math.max(...(await Promise.all([getAll(), scan()])));
    const compared = await compareEqual(inspection, records);
    if (run < 0) continue;
    measured.getAll.push(alone.getAll);
    measured.scan.push(alone.scan);
    measured.atOnce.push(atOnce);
    measured.compares.push(compared);
  }
  return measured;
}

async function compareEqual(inspection: Inspection, records: number): Promise<Timed> {
  const compared = await timedCompare(inspection);
  expectOnly(compared.summary, "equal", records);
  return compared;
}

function rowsOf(
  { compares, atOnce, getAll, scan }: Measured,
  cold: readonly Timed[],
  n: number,
): readonly Row[] {
  const times = compares.map(({ milliseconds }) => milliseconds);
  const slower = getAll.map((time, run) => Math.max(time, scan[run] ?? 0));
  return [
    row("compare / bare loops at the same time", n, "ms", times, atOnce, ratioAtMost(1.25)),
    row("compare / slower bare loop alone", n, "ms", times, slower, ratioAtMost(1.6)),
    row(
      "compare without a base / bare loops at the same time",
      n,
      "ms",
      cold.map(({ milliseconds }) => milliseconds),
      atOnce,
    ),
    row("bare getAll of 5,000 a call", n, "ms", getAll),
    row("bare scan of key, version, digest", n, "ms", scan),
    ...cpuRows(
      "compare",
      n,
      compares.map(({ cpu }) => cpu),
    ),
  ];
}
