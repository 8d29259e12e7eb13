import { rmSync } from "node:fs";
import { join } from "node:path";
import Database from "libsql";
import type { MappingInfo } from "../../extension/panel/worker/api.ts";
import { bareGetAll, barePut, bareTransfer } from "./bed/bare-stages.ts";
import { Bed, DATABASE, type Inspection } from "./bed/bed.ts";
import { expectOnly, openMapped, type Timed, timedApply, timedCompare } from "./bed/steps.ts";
import type { Benchmark } from "./benchmark.ts";
import type { CpuByRole } from "./measure/cpu-meter.ts";
import { cpuRows } from "./report/breakdown.ts";
import { type Row, ratioAtMost, row } from "./report/result.ts";

/** Operations of one frame to the bridge, which is one commit. */
const ROWS_PER_COMMIT = 2_000;

interface Run {
  readonly push: Timed & { readonly preview: number };
  /** The same records once more, each of them changed: the bridge reads and journals what was there. */
  readonly changed: Timed;
  readonly change: number;
  readonly compare: number;
  readonly getAll: number;
  readonly transfer: number;
  readonly write: number;
  readonly insert: number;
}

/** All records are new to the remote, then all are changed: from the click on Apply to the last outcome. */
export const push: Benchmark = {
  name: "push",
  run: ({ records, runs }) =>
    Bed.use(async (bed) => {
      const stores = Array.from({ length: runs }, (_, run) => `orders-${run}`);
      const inspection = await bed.inspect(stores);
      const measured: Run[] = [];
      for (const store of stores) measured.push(await measure(bed, inspection, store, records));
      return { rows: rowsOf(measured, records), browserVersion: bed.browserVersion };
    }),
};

async function measure(bed: Bed, inspection: Inspection, store: string, records: number): Promise<Run> {
  const { page, frame } = inspection;
  await barePut(page, DATABASE, store, records);
  const mapping = await openMapped(inspection, store);
  const compared = await timedCompare(inspection);
  expectOnly(compared.summary, "onlyHere", records);
  const push = await timedApply(inspection, "Push", records);
  const bare = {
    getAll: await bareGetAll(page, DATABASE, store),
    transfer: await bareTransfer(page, frame, bodyUnits(bed, mapping)),
    write: await bareWrite(bed, mapping, "write with a journal row"),
    insert: await bareWrite(bed, mapping, "write"),
    change: await bareWrite(bed, mapping, "change"),
  };
  await page.evaluate(([database, store]) => bench.change(database, store), [DATABASE, store] as const);
  expectOnly((await timedCompare(inspection)).summary, "changedHere", records);
  const changed = await timedApply(inspection, "Push", records);
  return { push, changed, compare: compared.milliseconds, ...bare };
}

/** How much text the push brought out of the page: keys, digests and bodies. */
function bodyUnits(bed: Bed, mapping: MappingInfo): number {
  const { file, table } = bed.tableOf(mapping);
  const database = new Database(file);
  const sum = database
    .prepare(`SELECT sum(length(key) + length(digest) + length(body)) FROM "${table}"`)
    .raw();
  const [units] = sum.get([]) as [number];
  database.close();
  return units;
}

async function bareWrite(
  bed: Bed,
  mapping: MappingInfo,
  what: "write" | "write with a journal row" | "change",
): Promise<number> {
  const target = join(bed.folder, "bare-write.db");
  const task = { ...bed.tableOf(mapping), target, batch: ROWS_PER_COMMIT };
  const loop = await bed.sqlite.run(
    what === "change" ? { do: what, ...task } : { do: "write", ...task, journal: what !== "write" },
  );
  for (const end of ["", "-wal", "-shm"]) rmSync(`${target}${end}`, { force: true });
  return loop.milliseconds;
}

function rowsOf(runs: readonly Run[], n: number): readonly Row[] {
  const of = (value: (run: Run) => number) => runs.map(value);
  const pushes = of(({ push }) => push.milliseconds);
  const slowest = of(({ getAll, transfer, write }) => Math.max(getAll, transfer, write));
  const inserts = of(({ insert }) => insert);
  const cpu: readonly CpuByRole[] = runs.map(({ push }) => push.cpu);
  const changes = of(({ changed }) => changed.milliseconds);
  const slowestOfChange = of(({ getAll, transfer, change }) => Math.max(getAll, transfer, change));
  return [
    row("push / slowest bare stage alone", n, "ms", pushes, slowest, ratioAtMost(1.5)),
    row("push / bare insert", n, "ms", pushes, inserts, ratioAtMost(2.5)),
    row("push of changed / slowest bare stage alone", n, "ms", changes, slowestOfChange, ratioAtMost(1.5)),
    row(
      "push of changed / bare read, journal and update",
      n,
      "ms",
      changes,
      of(({ change }) => change),
      ratioAtMost(2.5),
    ),
    row(
      "bare stage: getAll of 5,000 a call",
      n,
      "ms",
      of(({ getAll }) => getAll),
    ),
    row(
      "bare stage: inspectedWindow.eval of the same bytes",
      n,
      "ms",
      of(({ transfer }) => transfer),
    ),
    row(
      "bare stage: insert with its journal row",
      n,
      "ms",
      of(({ write }) => write),
    ),
    row("bare insert", n, "ms", inserts),
    row(
      "compare before the push",
      n,
      "ms",
      of(({ compare }) => compare),
    ),
    row(
      "preview before the push",
      n,
      "ms",
      of(({ push }) => push.preview),
    ),
    ...cpuRows("push", n, cpu),
    ...cpuRows(
      "push of changed",
      n,
      runs.map(({ changed }) => changed.cpu),
    ),
  ];
}
