/** A comparison that a schedule waits for: of mappings that a person made, and it writes nothing. */
import type { ComparedStore, PanelAnswer, WantedPage } from "../../../../core/protocol/schedule-frames.ts";
import type { CompareSummary, MappingInfo, WaitingRun } from "../api.ts";
import { PanelError } from "../panel-error.ts";
import { toWorkerError } from "../rpc.ts";

interface ScheduledCompareOptions {
  /** Those of the page. */
  readonly mappings: () => Promise<readonly MappingInfo[]>;
  /** Of the frame that the mapping's store is in. */
  readonly originOf: (mapping: MappingInfo) => string | undefined;
  /** All records of both sides. */
  readonly compare: (mappingId: string) => Promise<CompareSummary>;
  readonly answer: (name: string, runId: string, answer: PanelAnswer) => Promise<void>;
  readonly onCompared: (mappingId: string) => void;
}

/**
 * Compares every store that the schedule names, and tells the bridge what came of it, also why it failed.
 *
 * @throws PanelError "no-mapping" where one of them is not mapped, "cancelled": the schedule goes on waiting then;
 *   what the compare or the bridge throws
 */
export async function compareForSchedule(
  { name, runId, wants }: WaitingRun,
  options: ScheduledCompareOptions,
): Promise<void> {
  const mappings = wantedMappings(await options.mappings(), wants, options.originOf);
  const stores: ComparedStore[] = [];
  for (const mapping of mappings) {
    const summary = await compareOne(mapping, { name, runId, wants }, options);
    options.onCompared(mapping.id);
    if (!summary.complete) {
      throw new PanelError("cancelled", `It was cancelled: the schedule "${name}" goes on waiting.`);
    }
    stores.push(comparedStore(mapping, summary));
  }
  await options.answer(name, runId, { is: "compared", stores });
}

async function compareOne(
  mapping: MappingInfo,
  { name, runId }: WaitingRun,
  { compare, answer }: ScheduledCompareOptions,
): Promise<CompareSummary> {
  try {
    return await compare(mapping.id);
  } catch (error) {
    // What keeps this panel from it now says nothing about the schedule.
    if (error instanceof PanelError) throw error;
    const { message } = toWorkerError(error);
    await answer(name, runId, { is: "failed", message });
    throw error;
  }
}

/** At least one. @throws PanelError "no-mapping" */
function wantedMappings(
  mappings: readonly MappingInfo[],
  { url, database, stores, connection }: WantedPage,
  originOf: ScheduledCompareOptions["originOf"],
): readonly MappingInfo[] {
  const { origin } = new URL(url);
  const found = mappings.filter(
    (mapping) =>
      originOf(mapping) === origin &&
      mapping.ref.bucket === "" &&
      mapping.ref.database === database &&
      mapping.connection === connection,
  );
  const wanted = stores ?? found.map(({ ref }) => ref.store);
  const mapped = wanted.map((store) => found.find(({ ref }) => ref.store === store));
  const missing = wanted.filter((_store, i) => mapped[i] === undefined);
  if (missing.length === 0 && mapped.length > 0) return mapped.filter((mapping) => mapping !== undefined);
  const what = stores === undefined ? "No store" : missing.map((store) => `"${store}"`).join(", ");
  throw new PanelError(
    "no-mapping",
    `${what} of the database "${database}" ${missing.length > 1 ? "are" : "is"} mapped to "${connection}": ${stores === undefined ? "map one" : "map what is missing"} in the Sync tab, and compare then.`,
  );
}

function comparedStore({ ref, collection }: MappingInfo, summary: CompareSummary): ComparedStore {
  const { localRows, remoteRows, counts } = summary;
  return {
    database: ref.database,
    store: ref.store,
    collection,
    rows: { local: localRows, remote: remoteRows },
    counts: { ...counts },
  };
}
