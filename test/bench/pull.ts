import { barePut } from "./bed/bare-stages.ts";
import { Bed, DATABASE, type Inspection } from "./bed/bed.ts";
import { expectOnly, mapAll, openMapped, type Timed, timedApply, timedCompare } from "./bed/steps.ts";
import type { Benchmark } from "./benchmark.ts";
import { cpuRows } from "./report/breakdown.ts";
import { type Row, ratioAtMost, row } from "./report/result.ts";

const SOURCE = "orders";

/** Most records of one transaction of the agent's. */
const AGENT_BATCH = 2_000;

interface Run {
  readonly pull: Timed & { readonly preview: number };
  readonly put: number;
  readonly putLikeAgent: number;
}

/** All records are new to the page, whose store is empty: from the click on Apply to the last outcome. */
export const pull: Benchmark = {
  name: "pull",
  run: ({ records, runs }) =>
    Bed.use(async (bed) => {
      const names = (name: string) => Array.from({ length: runs }, (_, run) => `${name}-${run}`);
      const [targets, bare, bareLikeAgent] = [names("pulled"), names("bare"), names("bare-like-agent")];
      const inspection = await bed.inspect([SOURCE, ...targets, ...bare, ...bareLikeAgent]);
      const { page } = inspection;
      await barePut(page, DATABASE, SOURCE, records);
      const mapping = await openMapped(inspection, SOURCE);
      await mapAll(inspection, targets, mapping);
      await timedCompare(inspection);
      await timedApply(inspection, "Push", records);
      const measured: Run[] = [];
      for (const [run, target] of targets.entries()) {
        const put = await barePut(page, DATABASE, bare[run] ?? "", records);
        const putLikeAgent = await barePut(page, DATABASE, bareLikeAgent[run] ?? "", records, AGENT_BATCH);
        const pull = await pullAll(inspection, target, records);
        measured.push({ pull, put, putLikeAgent });
      }
      return { rows: rowsOf(measured, records), browserVersion: bed.browserVersion };
    }),
};

async function pullAll(inspection: Inspection, store: string, records: number): Promise<Run["pull"]> {
  await openMapped(inspection, store);
  expectOnly((await timedCompare(inspection)).summary, "onlyThere", records);
  const pulled = await timedApply(inspection, "Pull", records);
  const count = await inspection.page.evaluate(([database, store]) => bench.count(database, store), [
    DATABASE,
    store,
  ] as const);
  if (count !== records) throw new Error(`the page holds ${count} records after the pull`);
  return pulled;
}

function rowsOf(runs: readonly Run[], n: number): readonly Row[] {
  const pulls = runs.map(({ pull }) => pull.milliseconds);
  const puts = runs.map(({ put }) => put);
  const likeAgent = runs.map(({ putLikeAgent }) => putLikeAgent);
  return [
    row("pull / bare put of 5,000 a transaction", n, "ms", pulls, puts, ratioAtMost(1.2)),
    row(`pull / bare put of ${AGENT_BATCH} a transaction`, n, "ms", pulls, likeAgent),
    row(
      "preview before the pull",
      n,
      "ms",
      runs.map(({ pull }) => pull.preview),
    ),
    ...cpuRows(
      "pull",
      n,
      runs.map(({ pull }) => pull.cpu),
    ),
  ];
}
