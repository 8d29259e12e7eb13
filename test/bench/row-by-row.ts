import { serveRecords } from "./bare/record-server.ts";
import { barePut } from "./bed/bare-stages.ts";
import { Bed, DATABASE } from "./bed/bed.ts";
import { mapAll, openMapped, timedApply, timedCompare } from "./bed/steps.ts";
import type { Benchmark } from "./benchmark.ts";
import { type Row, ratioAtMost, row } from "./report/result.ts";

interface Run {
  readonly push: number;
  readonly pull: number;
  readonly putEach: number;
  readonly getEach: number;
}

/** Against the loop that tutorials show: one request a record, to a server that writes each into SQLite. */
export const rowByRow: Benchmark = {
  name: "row-by-row",
  full: { records: 20_000, runs: 3 },
  run: ({ records, runs }) =>
    Bed.use(async (bed) => {
      const names = (name: string) => Array.from({ length: runs }, (_, run) => `${name}-${run}`);
      const [sources, copies, naive] = [names("orders"), names("copy"), names("naive")];
      const inspection = await bed.inspect([...sources, ...copies, ...naive]);
      const { page } = inspection;
      const measured: Run[] = [];
      for (const [run, source] of sources.entries()) {
        const copy = copies[run] ?? "";
        await barePut(page, DATABASE, source, records);
        const mapping = await openMapped(inspection, source);
        await mapAll(inspection, [copy], mapping);
        const comparedHere = await timedCompare(inspection);
        const push = await timedApply(inspection, "Push", records);
        await openMapped(inspection, copy);
        const comparedThere = await timedCompare(inspection);
        const pull = await timedApply(inspection, "Pull", records);
        const server = await serveRecords(bed.folder, run);
        const there = [server.url, DATABASE, source] as const;
        const back = [server.url, DATABASE, naive[run] ?? ""] as const;
        const putEach = await page.evaluate((args) => bench.putEachTo(...args), there);
        const getEach = await page.evaluate((args) => bench.getEachFrom(...args), back);
        await server.close();
        measured.push({
          // The loop compares nothing, so what the product does in its place is counted whole.
          push: comparedHere.milliseconds + push.milliseconds,
          pull: comparedThere.milliseconds + pull.milliseconds,
          putEach: putEach.milliseconds,
          getEach: getEach.milliseconds,
        });
      }
      return { rows: rowsOf(measured, records), browserVersion: bed.browserVersion };
    }),
};

function rowsOf(runs: readonly Run[], n: number): readonly Row[] {
  const of = (part: keyof Run) => runs.map((run) => run[part]);
  const tenth = ratioAtMost(0.1);
  return [
    row("compare and push / one PUT a record", n, "ms", of("push"), of("putEach"), tenth),
    row("compare and pull / one GET a record", n, "ms", of("pull"), of("getEach"), tenth),
  ];
}
