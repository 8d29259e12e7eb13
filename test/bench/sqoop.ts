/** Sqoop and a real PostgreSQL: a push and a pull through the panel, against the runs of Sqoop that they need at the least. */
import { randomUUID } from "node:crypto";
import { tokenAfter } from "../../bridge/backends/shared/tokens.ts";
import { toHex } from "../../core/key/hex.ts";
import { startBackend } from "../../demo/backends.ts";
import { barePut } from "./bed/bare-stages.ts";
import { Bed, DATABASE, type Inspection } from "./bed/bed.ts";
import { expectOnly, mapAll, openMapped, type Timed, timedApply, timedCompare } from "./bed/steps.ts";
import type { Benchmark, Options } from "./benchmark.ts";
import { storedRecord } from "./data/stored-record.ts";
import { timed } from "./measure/timed.ts";
import { cpuRows } from "./report/breakdown.ts";
import { type Row, ratioAtMost, row } from "./report/result.ts";
import type { StoredRow } from "./servers/bare-backend.ts";
import { BareSqoop } from "./servers/bare-sqoop.ts";

const CONNECTION = "sqoop";

interface Run {
  readonly push: Timed;
  readonly barePush: number;
  readonly pull: Timed;
  readonly barePull: number;
  readonly put: number;
}

export const sqoop: Benchmark = {
  name: "sqoop",
  run: async (options) => {
    const server = await startBackend(CONNECTION);
    try {
      const { command, connect } = server.connection as unknown as { command: string[]; connect: string };
      const bare = await BareSqoop.open(command, connect);
      try {
        return await Bed.use(
          async (bed) => ({
            rows: await measure(bed, bare, options),
            browserVersion: bed.browserVersion,
          }),
          { connections: { [CONNECTION]: server.connection } },
        );
      } finally {
        await bare.close();
      }
    } finally {
      await server.close();
    }
  },
};

async function measure(bed: Bed, bare: BareSqoop, { records, runs }: Options): Promise<Row[]> {
  const numbers = Array.from({ length: runs }, (_, run) => run);
  const stores = numbers.flatMap((run) => [storeOf(run), copyOf(run), bareOf(run)]);
  const inspection = await bed.inspect(stores);
  const rows = Array.from({ length: records }, (_, number) => bareRow(number));
  const measured: Run[] = [];
  for (const run of numbers) measured.push(await measureRun(inspection, bare, run, rows));
  return rowsOf(measured, records);
}

const storeOf = (run: number): string => `orders-${run}`;
const copyOf = (run: number): string => `pulled-${run}`;
const bareOf = (run: number): string => `bare-${run}`;

/** As the columns of text that Sqoop carries. */
function bareRow(number: number): StoredRow {
  const { key, digest, body } = storedRecord(number);
  return {
    key: toHex(key),
    version: tokenAfter(null, randomUUID()) ?? "",
    digest: toHex(digest),
    body: Buffer.from(body).toString("base64"),
  };
}

async function measureRun(
  inspection: Inspection,
  bare: BareSqoop,
  run: number,
  rows: readonly StoredRow[],
): Promise<Run> {
  const records = rows.length;
  await barePut(inspection.page, DATABASE, storeOf(run), records);
  const mapping = await openMapped(inspection, storeOf(run));
  await mapAll(inspection, [copyOf(run)], mapping);
  expectOnly((await timedCompare(inspection)).summary, "onlyHere", records);
  const push = await timedApply(inspection, "Push", records);
  const barePush = await timed(() => bare.push(rows));
  await openMapped(inspection, copyOf(run));
  expectOnly((await timedCompare(inspection)).summary, "onlyThere", records);
  const pull = await timedApply(inspection, "Pull", records);
  const barePull = await timed(() => bare.pull(records));
  const put = await barePut(inspection.page, DATABASE, bareOf(run), records);
  return { push, pull, put, barePush: barePush.milliseconds, barePull: barePull.milliseconds };
}

function rowsOf(runs: readonly Run[], n: number): Row[] {
  const of = (value: (run: Run) => number) => runs.map(value);
  return [
    row(
      "push / bare export, merge and import",
      n,
      "ms",
      of(({ push }) => push.milliseconds),
      of(({ barePush }) => barePush),
      ratioAtMost(1.3),
    ),
    row(
      "pull / bare import",
      n,
      "ms",
      of(({ pull }) => pull.milliseconds),
      of(({ barePull }) => barePull),
      ratioAtMost(1.3),
    ),
    row(
      "bare put",
      n,
      "ms",
      of(({ put }) => put),
    ),
    ...cpuRows(
      "push",
      n,
      runs.map(({ push }) => push.cpu),
    ),
    ...cpuRows(
      "pull",
      n,
      runs.map(({ pull }) => pull.cpu),
    ),
  ];
}
