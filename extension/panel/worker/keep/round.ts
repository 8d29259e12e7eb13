/** One round of keeping a mapping in sync: compare, decide, and apply by the same plan and journal as by hand. */
import { BOTH_WAYS, type Direction } from "../../../../core/session/direction.ts";
import type { Plan } from "../../../../core/session/plan.ts";
import { overLimit } from "../../../../core/session/safety-limit.ts";
import type { CompareSummary, ConnectionInfo } from "../api.ts";
import type { MappingSession } from "../sync/mapping-session.ts";
import type { PlanRegister } from "../sync/plan-register.ts";
import type { RoundSignals } from "../sync/run-slot.ts";
import { BrokenOffError } from "./away.ts";
import type { KeepSettings, Pause } from "./keep-state.ts";

export interface RoundOrder {
  readonly session: MappingSession;
  readonly plans: PlanRegister;
  readonly settings: KeepSettings;
  /** Of the connection, as the bridge says now. */
  readonly level: ConnectionInfo["level"];
  /** All records, also where the changed keys would do. */
  readonly all: boolean;
  readonly signals: RoundSignals;
  readonly onApply: (operations: number) => void;
}

export interface RoundEnd {
  readonly summary: CompareSummary;
  /** The list is not what it was before the round. */
  readonly changed: boolean;
  readonly pushed: number;
  readonly pulled: number;
  /** Why nothing was written, though there was something to write. */
  readonly pause?: Pause;
}

/** @throws the reason of `signals.look`; BrokenOffError; whatever a side throws. */
export async function runRound(order: RoundOrder): Promise<RoundEnd> {
  const { session, all, level, signals } = order;
  const before = session.comparison;
  await session.compare({ resume: false, all, byItself: true }, signals.look);
  const plan = await session.planByItself(directionOf(level));
  // From here on the policy's proposals are ordinary rows, and nothing is to be taken back.
  session.requireComparison().endBulk();
  // A person who came meanwhile goes first.
  signals.look.throwIfAborted();
  const summary = session.requireComparison().summary();
  const changed = before === undefined || !session.requireComparison().listsTheSameAs(before);
  if (plan.operations.length === 0) return { summary, changed, pushed: 0, pulled: 0 };
  const pause = whyNot(plan, summary, order);
  if (pause !== undefined) return { summary, changed, pushed: 0, pulled: 0, pause };
  order.onApply(plan.operations.length);
  await applyByItself(session, plan.applyId, false, signals.write);
  const refused = order.plans.rows(plan.applyId, { status: "rejected" }, 0, plan.operations.length);
  session.requireComparison().refuse(refused.rows.map(({ key }) => key));
  return {
    summary: session.requireComparison().summary(),
    changed: true,
    pushed: appliedOn("remote", plan, order.plans),
    pulled: appliedOn("local", plan, order.plans),
  };
}

/** @throws BrokenOffError, after which it resumes; SessionError before anything ran. */
export async function applyByItself(
  session: MappingSession,
  applyId: string,
  resume: boolean,
  signal: AbortSignal,
): Promise<void> {
  const { stopped } = await session.apply(applyId, { dryRun: false, confirmed: [], resume }, signal);
  if (stopped !== undefined) throw new BrokenOffError(applyId, stopped.side, stopped.reason);
}

function directionOf(level: ConnectionInfo["level"]): Direction {
  return level === "read-only" ? { local: true, remote: false } : BOTH_WAYS;
}

function whyNot(plan: Plan, summary: CompareSummary, { settings, level }: RoundOrder): Pause | undefined {
  const { applyId } = plan;
  const { counts } = plan;
  const writesRemote = counts.remote.create + counts.remote.replace + counts.remote.delete > 0;
  if (level === "confirm" && !settings.unasked && writesRemote) return { is: "wants-confirmation" };
  const [confirmation] = plan.confirmations;
  if (confirmation !== undefined) {
    const { name, deletes } = confirmation;
    return { is: "deletes", name, deletes, applyId };
  }
  const over = overLimit(plan, summary, settings.limitPercent / 100);
  return over === undefined ? undefined : { is: "limit", over, applyId };
}

function appliedOn(side: "local" | "remote", { applyId }: Plan, plans: PlanRegister): number {
  return plans.rows(applyId, { side, status: "applied" }, 0, 0).total;
}
