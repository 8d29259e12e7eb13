/**
 * What of a plan can wait in the bridge's queue while the backend is away (decision 37): operations on the remote
 * that were certainly not sent. A merge is not among them, since only the panel can write its other half.
 */
import type { ApplyContext } from "./apply-context.ts";
import { rememberApply } from "./apply-memory.ts";
import { isAwayCode } from "./away.ts";
import { groupOperations, type OperationUnit } from "./operation-units.ts";
import { Outcomes } from "./outcomes.ts";
import type { OperationOutcome, Plan } from "./plan.ts";
import type { RemoteWrite } from "./ports.ts";
import { prepareWindow } from "./prepare-window.ts";
import { recordWindow } from "./record-window.ts";
import { onSide, SessionError } from "./session-error.ts";
import type { SessionPorts } from "./session-ports.ts";

/** Records that are read at a time. */
const WINDOW = 2000;

/** What came of handing a plan over. */
export interface QueuedPlan {
  /** How many operations wait in the queue. */
  readonly operations: number;
  /** Of those that do not wait. */
  readonly outcomes: Outcomes;
}

/** Takes the operations over durably; answers how many it has. */
export type Enqueue = (windows: AsyncIterable<readonly RemoteWrite[]>) => Promise<number>;

/** The operations that can be queued, by record. @param outcomes What is known of the plan. */
export function* queueableUnits(
  plan: Pick<Plan, "kind" | "operations">,
  outcomes: { get(opId: string): OperationOutcome | undefined },
): Generator<OperationUnit> {
  // An undo writes the base back, which only the panel that waits for it can.
  if (plan.kind === "undo") return;
  for (const unit of groupOperations(plan.operations)) {
    if (unit.remote && !unit.local && isUnsent(outcomes.get(unit.remote.opId))) yield unit;
  }
}

/** Whether it is certain that the operation never reached the backend. Not after a crash. */
function isUnsent(outcome: OperationOutcome | undefined): boolean {
  if (outcome === undefined || outcome.status === "notRun") return true;
  return isAway(outcome);
}

export function isAway(outcome: OperationOutcome): boolean {
  return outcome.status === "rejected" && isAwayCode(outcome.code);
}

/**
 * Hands the operations of a plan that can be queued to the queue, with what the page holds, as far as that is what
 * was planned. What the page has changed since becomes a conflict, as in an apply. The same plan may have run.
 *
 * @param enqueue Says only then that it has them when they are durable.
 * @throws SessionError "may-have-been-sent" after a crash: resume the apply first; "already-undone",
 *   "base-failed"; whatever the page or `enqueue` throws. The plan is as it was then.
 */
export async function queuePlan(
  ports: SessionPorts,
  plan: Plan,
  enqueue: Enqueue,
  clock: () => number,
): Promise<QueuedPlan> {
  const known = await onSide("base", "base-failed", "Reading the plan", () => ports.base.plan(plan.applyId));
  const memory = await rememberApply(ports.base, plan, known !== undefined, clock());
  if (memory.crashed) {
    throw new SessionError(
      "may-have-been-sent",
      "An earlier run of this plan ended in a crash, so its operations may have been sent. Continue it first.",
      { side: "remote" },
    );
  }
  const outcomes = withoutAway(plan, memory.outcomes);
  const { applyId } = plan;
  const context: ApplyContext = {
    ports,
    applyId,
    undo: false,
    dryRun: false,
    memory: { ...memory, outcomes },
    signal: undefined,
  };
  const units = [...queueableUnits(plan, outcomes)];
  try {
    return { operations: await enqueue(preparedWrites(context, units)), outcomes };
  } finally {
    // Without its counts a plan looks as if it had crashed.
    const counts = outcomes.counts();
    counts.notRun += plan.operations.length - outcomes.size;
    const { finishedAt: _, ...header } = memory.header;
    await onSide("base", "base-failed", "Saving the counts of the apply", () =>
      ports.base.savePlan({ ...header, counts }, memory.savedPlan),
    );
  }
}

/** As if what found the backend away had not run. */
export function withoutAway(plan: Pick<Plan, "operations">, outcomes: Outcomes): Outcomes {
  const others = new Outcomes(plan.operations);
  for (const outcome of outcomes.values()) if (!isAway(outcome)) others.set(outcome);
  return others;
}

async function* preparedWrites(
  context: ApplyContext,
  units: readonly OperationUnit[],
): AsyncGenerator<readonly RemoteWrite[]> {
  for (let from = 0; from < units.length; ) {
    const window = await prepareWindow(context, units.slice(from, from + WINDOW));
    from += window.taken;
    for (const outcome of window.outcomes.values()) context.memory.outcomes.set(outcome);
    await recordWindow(context, window);
    const writes: RemoteWrite[] = [];
    for (const { remoteWrite } of window.units) if (remoteWrite) writes.push(remoteWrite);
    if (writes.length > 0) yield writes;
  }
}
