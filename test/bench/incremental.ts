import type { CompareSummary } from "../../extension/panel/worker/api.ts";
import { connectAsPanel } from "../support/bridge/connect-as-panel.ts";
import { RemoteRecords } from "../support/bridge/remote-records.ts";
import { barePut } from "./bed/bare-stages.ts";
import { Bed, DATABASE, type Inspection } from "./bed/bed.ts";
import { openMapped, timedApply } from "./bed/steps.ts";
import type { Benchmark, Options } from "./benchmark.ts";
import { benchRecord } from "./data/record.ts";
import { type Row, ratioAtMost, row, valueAtMost } from "./report/result.ts";

const STORE = "orders";
/** Half of them here, half there. */
const CHANGES = 100;

interface Times {
  readonly full: number[];
  readonly again: number[];
}

/** Comparing again after a few changes, with the page's writes watched and the remote's list of changes. */
export const incremental: Benchmark = {
  name: "incremental",
  full: { records: 1_000_000, runs: 3 },
  run: (options) =>
    Bed.use(async (bed) => {
      const inspection = await bed.inspect([STORE]);
      await barePut(inspection.page, DATABASE, STORE, options.records);
      const { connection, collection } = await openMapped(inspection, STORE);
      await inspection.panel.watchWrites();
      await inspection.panel.compare();
      await timedApply(inspection, "Push", options.records);
      const client = await connectAsPanel(await bed.bridge.pairing());
      try {
        const remote = new RemoteRecords(client.remoteStore(connection, collection));
        const times = await measure(inspection, remote, options);
        return { rows: rowsOf(times, options.records), browserVersion: bed.browserVersion };
      } finally {
        client.close();
      }
    }),
};

async function measure(
  inspection: Inspection,
  remote: RemoteRecords,
  { records, runs }: Options,
): Promise<Times> {
  const { panel, page } = inspection;
  // The list, after the apply; from here on each compare leaves another one to choose.
  await panel.compare();
  const times: Times = { full: [], again: [] };
  // A round before the clock counts.
  for (let round = -1; round < runs; round++) {
    const full = await timedWorkerCompare(inspection, "compareAll", "full");
    const numbers = numbersOf(round, records);
    const status = `changed ${round}`;
    await page.evaluate(
      ([database, store, numbers, status]) => bench.changeSome(database, store, numbers, status),
      [DATABASE, STORE, numbers.slice(CHANGES / 2), status] as const,
    );
    await remote.putAll(numbers.slice(0, CHANGES / 2).map((number) => ({ ...benchRecord(number), status })));
    const again = await timedWorkerCompare(inspection, "compare", "rechecked");
    const found = again.answer.counts;
    const expected = (CHANGES / 2) * (round + 2);
    if (found.changedHere !== expected || found.changedThere !== expected) {
      throw new Error(`the compare of changed keys found ${JSON.stringify(found)}`);
    }
    // It has the time until the next compare to itself; a person takes longer.
    await panel.waitForVerification({ surprises: 0 });
    if (round < 0) continue;
    times.full.push(full.milliseconds);
    times.again.push(again.milliseconds);
  }
  return times;
}

/** From the panel's call to its worker to the answer. */
async function timedWorkerCompare(
  { panel, tap }: Inspection,
  how: "compare" | "compareAll",
  extent: CompareSummary["extent"],
): Promise<{ readonly milliseconds: number; readonly answer: CompareSummary }> {
  await panel[how]();
  const { milliseconds, answer } = await tap.last("compare");
  if (answer.extent !== extent || !answer.complete) {
    throw new Error(`the compare was "${answer.extent}": ${JSON.stringify(answer.fullBecause)}`);
  }
  return { milliseconds, answer };
}

/** Records all over the store, others in each round. */
function numbersOf(round: number, records: number): number[] {
  const step = Math.floor(records / CHANGES);
  return Array.from({ length: CHANGES }, (_, i) => i * step + round + 1);
}

function rowsOf({ full, again }: Times, n: number): readonly Row[] {
  return [
    row(`compare again after ${CHANGES} changes`, n, "ms", again, undefined, valueAtMost(200, "ms")),
    row(`compare again after ${CHANGES} changes / full compare`, n, "ms", again, full, ratioAtMost(1 / 50)),
  ];
}
