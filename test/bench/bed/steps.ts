/** The steps of a sync, done through the panel as a person does them, and timed. */
import type { CompareSummary, MappingInfo } from "../../../extension/panel/worker/api.ts";
import { type CpuByRole, CpuMeter } from "../measure/cpu-meter.ts";
import { DATABASE, type Inspection } from "./bed.ts";

/** Something that was done once, and what it took. */
export interface Timed {
  readonly milliseconds: number;
  readonly cpu: CpuByRole;
}

/** Shows the store's Sync view; makes its mapping where it has none. */
export async function openMapped(inspection: Inspection, store: string): Promise<MappingInfo> {
  const { panel, tap } = inspection;
  // The tree of stores stands beside the data only.
  await panel.openTab("Data");
  await panel.openStore(DATABASE, store);
  await panel.openTab("Sync");
  const known = (await tap.call("mappings")).find((mapping) => isOf(mapping, store));
  if (known) return known;
  await panel.createMapping();
  const made = (await tap.call("mappings")).find((mapping) => isOf(mapping, store));
  if (!made) throw new Error(`the panel made no mapping of ${store}`);
  return made;
}

/** Maps stores to a collection that is there already. The panel notices with its next compare. */
export async function mapAll(
  inspection: Inspection,
  stores: readonly string[],
  { ref, connection, collection }: MappingInfo,
): Promise<void> {
  for (const store of stores) {
    await inspection.tap.call("createMapping", { ...ref, store }, connection, collection);
  }
}

/** A compare of the store that is shown; its time is the session's own, from start to complete. */
export async function timedCompare(
  inspection: Inspection,
): Promise<Timed & { readonly summary: CompareSummary }> {
  const meter = new CpuMeter(inspection.processes());
  await inspection.panel.compare();
  const cpu = meter.read();
  const { answer: summary } = await inspection.tap.last("compare");
  return { milliseconds: summary.finishedAt - summary.startedAt, cpu, summary };
}

/** Decides all drift alike and applies it; every operation must have been applied. */
export async function timedApply(
  inspection: Inspection,
  decision: "Push" | "Pull",
  expected: number,
): Promise<Timed & { readonly preview: number }> {
  const { panel, tap } = inspection;
  await panel.decideAllShown(decision);
  await panel.preview();
  const preview = await tap.last("preview");
  const meter = new CpuMeter(inspection.processes());
  await panel.apply();
  const cpu = meter.read();
  const { answer, milliseconds } = await tap.last("apply");
  if (!answer.complete || answer.counts.applied !== expected) {
    throw new Error(`the ${decision} of ${expected} records ended with ${JSON.stringify(answer.counts)}`);
  }
  return { milliseconds, cpu, preview: preview.milliseconds };
}

/** Throws unless the compare found this many records of the kind and nothing else. */
export function expectOnly(
  summary: CompareSummary,
  kind: keyof CompareSummary["counts"],
  count: number,
): void {
  const found = Object.entries(summary.counts).filter(([, number]) => number > 0);
  if (summary.complete && found.length === 1 && summary.counts[kind] === count) return;
  throw new Error(
    `expected ${count} ${kind}, the compare found ${JSON.stringify(Object.fromEntries(found))}`,
  );
}

function isOf({ ref }: MappingInfo, store: string): boolean {
  return ref.database === DATABASE && ref.store === store;
}
