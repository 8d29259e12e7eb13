import { barePut } from "./bed/bare-stages.ts";
import { Bed, DATABASE, type Inspection } from "./bed/bed.ts";
import { mapAll, openMapped, timedCompare } from "./bed/steps.ts";
import type { Benchmark } from "./benchmark.ts";
import { pressUntil } from "./measure/press-until.ts";
import { row, valueAtMost } from "./report/result.ts";

const WORKS = ["compare", "push", "pull"] as const;
type Run = Readonly<Record<(typeof WORKS)[number], number>>;

const CANCEL = '[data-testid="cancel"]';
const STOPPED_COMPARE = '[data-testid="compare-status"][data-state="partial"]';
const STOPPED_APPLY = '[data-testid="outcomes"]';

/** From the press of "Stop" in the real panel to the state that says it stopped, amid a compare, a push, a pull. */
export const cancel: Benchmark = {
  name: "cancel",
  run: ({ records, runs }) =>
    Bed.use(async (bed) => {
      const measured: Run[] = [];
      for (let run = 0; run < runs; run++) measured.push(await measure(bed, `cancel-${run}`, records));
      const rows = WORKS.map((work) => {
        const values = measured.map((one) => one[work]);
        return row(`stop amid a ${work}`, records, "ms", values, undefined, valueAtMost(500, "ms"));
      });
      return { rows, browserVersion: bed.browserVersion };
    }),
};

async function measure(bed: Bed, store: string, records: number): Promise<Run> {
  const copy = `${store}-copy`;
  const stores = [store, copy];
  const inspection = bed.hasPaired ? await bed.inspectAnew(stores) : await bed.inspect(stores);
  await barePut(inspection.page, DATABASE, store, records);
  const mapping = await openMapped(inspection, store);
  const compare = await stopCompare(inspection);
  await timedCompare(inspection);
  const push = await stopApply(inspection, "Push");
  await inspection.panel.resume();
  await mapAll(inspection, [copy], mapping);
  await inspection.page.close();
  // The panel shows a mapping that it did not make itself once it is opened anew.
  const pulling = await bed.inspectAgain();
  await openMapped(pulling, copy);
  await timedCompare(pulling);
  const pull = await stopApply(pulling, "Pull");
  await pulling.page.close();
  return { compare, push, pull };
}

async function stopCompare({ frame, panel }: Inspection): Promise<number> {
  await panel.startCompare();
  await frame.waitForFunction(() => /[1-9]\S* differences so far/.test(document.body.textContent ?? ""));
  return pressUntil(frame, CANCEL, STOPPED_COMPARE);
}

async function stopApply({ frame, panel }: Inspection, decision: "Push" | "Pull"): Promise<number> {
  await panel.decideAllShown(decision);
  await panel.preview();
  await panel.startApply();
  await panel.waitForPartOfApply();
  return pressUntil(frame, CANCEL, STOPPED_APPLY);
}
