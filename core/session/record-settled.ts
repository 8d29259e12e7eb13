import { loadPlan } from "./load-plan.ts";
import { isFinal, type OperationUnit } from "./operation-units.ts";
import { Outcomes } from "./outcomes.ts";
import type { OperationOutcome, Plan, PlannedOperation } from "./plan.ts";
import type { BaseStore, RemoteWrite, WriteOutcome } from "./ports.ts";
import type { PreparedUnit, PreparedWindow } from "./prepare-unit.ts";
import { isAway } from "./queue-plan.ts";
import { recordWindow } from "./record-window.ts";
import { onSide } from "./session-error.ts";

/** An operation that somebody sent for us, exactly as it was sent, and what came of it. */
export interface SettledWrite {
  readonly write: RemoteWrite;
  readonly outcome: WriteOutcome;
}

export interface RecordedOutcomes {
  readonly plan: Plan;
  /** Everything that is known of it now. */
  readonly outcomes: Outcomes;
  /** What was not known before. */
  readonly fresh: Outcomes;
}

/**
 * Takes over what became of operations that the bridge's queue sent: base and history, as an apply does it. What is
 * on record already is passed over, so that the same answer can come any number of times.
 *
 * @returns Undefined where the plan is not in this store: it is another panel's.
 * @throws SessionError "base-failed", "malformed-plan"; whatever `settled` throws.
 */
export async function recordSettled(
  base: BaseStore,
  applyId: string,
  settled: AsyncIterable<readonly SettledWrite[]>,
  clock: () => number,
): Promise<RecordedOutcomes | undefined> {
  const saved = await loadPlan(base, applyId);
  if (saved === undefined) return undefined;
  const { plan, outcomes } = saved;
  const fresh = new Outcomes(plan.operations);
  const memory = { resuming: true, outcomes };
  for await (const some of settled) {
    const window = windowOf(plan, outcomes, some);
    if (window.outcomes.size === 0) continue;
    await recordWindow({ ports: { base }, applyId, undo: false, memory }, window);
    for (const outcome of window.outcomes.values()) {
      outcomes.set(outcome);
      fresh.set(outcome);
    }
  }
  await saveCounts(base, applyId, outcomes, clock);
  return { plan, outcomes, fresh };
}

/** Those of which something new is said, as an apply would have them once it had written. */
function windowOf(plan: Plan, known: Outcomes, settled: readonly SettledWrite[]): PreparedWindow {
  const units: PreparedUnit[] = [];
  const outcomes = new Map<string, OperationOutcome>();
  for (const { write, outcome } of settled) {
    const index = known.operations.indexOfId(outcome.opId);
    const operation = index === undefined ? undefined : plan.operations.at(index);
    if (operation === undefined || isKnown(known.get(outcome.opId), outcome)) continue;
    units.push({ unit: unitOf(operation), remoteWrite: write });
    outcomes.set(outcome.opId, outcome);
  }
  return { taken: units.length, units, outcomes };
}

function isKnown(known: OperationOutcome | undefined, told: OperationOutcome): boolean {
  if (known?.status === "unknown") return told.status === "unknown";
  return isFinal(known) && !isAway(known);
}

/** Nothing that is queued has another half. */
function unitOf(operation: PlannedOperation): OperationUnit {
  const { key } = operation;
  return { key, operations: [operation], remote: operation, local: undefined, base: undefined };
}

/** Also where nothing is new: a crash may have come between the outcomes and their counts. */
async function saveCounts(
  base: BaseStore,
  applyId: string,
  outcomes: Outcomes,
  clock: () => number,
): Promise<void> {
  const counts = outcomes.counts();
  let unsent = outcomes.operations.length - outcomes.size;
  for (const outcome of outcomes.values()) {
    if (!isAway(outcome)) continue;
    counts.rejected--;
    unsent++;
  }
  counts.notRun += unsent;
  await onSide("base", "base-failed", "Saving the counts of the apply", async () => {
    const saved = await base.plan(applyId);
    if (saved === undefined || isSame(counts, saved.header.counts)) return;
    const isDone = counts.notRun === 0 && counts.unknown === 0;
    const header = { ...saved.header, counts, ...(isDone ? { finishedAt: clock() } : {}) };
    await base.savePlan(header, saved.plan);
  });
}

function isSame(counts: Readonly<Record<string, number>>, saved: Readonly<Record<string, number>>): boolean {
  return Object.entries(counts).every(([status, count]) => saved[status] === count);
}
