/** The plans that were previewed, applied or resumed since the worker started. */
import type { OperationHead } from "../../../../core/session/operation-columns.ts";
import { headsOf, type OperationList } from "../../../../core/session/operation-list.ts";
import {
  noOutcomes,
  type OutcomeList,
  Outcomes,
  statusOfOutcome,
} from "../../../../core/session/outcomes.ts";
import type { OperationOutcome, Plan, PlannedOperation } from "../../../../core/session/plan.ts";
import { queueableUnits } from "../../../../core/session/queue-plan.ts";
import type { PlanOutcomes, PlanRow, PlanSummary, Queueable } from "../api.ts";
import { PanelError } from "../panel-error.ts";

/** Plans that are kept, and operations of all but the newest; 100,000 operations take about 5 MB. */
const PLANS_KEPT = 3;
const OPERATIONS_KEPT = 300_000;

export interface PlanFilter {
  readonly side?: "local" | "remote";
  readonly action?: PlannedOperation["action"];
  readonly status?: OperationOutcome["status"];
}

export interface RegisteredPlan {
  readonly mappingId: string;
  readonly plan: Plan;
  /** By the operations' order; undefined before it ran. */
  outcomes: Outcomes | OutcomeList | undefined;
}

export class PlanRegister {
  readonly #plans = new Map<string, RegisteredPlan>();

  add(mappingId: string, plan: Plan, outcomes?: Outcomes | OutcomeList): void {
    this.#plans.delete(plan.applyId);
    this.#plans.set(plan.applyId, { mappingId, plan, outcomes });
    this.#forgetOld();
  }

  #forgetOld(): void {
    let kept = 0;
    let operations = 0;
    for (const [applyId, { plan }] of [...this.#plans].reverse()) {
      if (kept > 0 && (kept >= PLANS_KEPT || operations + plan.operations.length > OPERATIONS_KEPT)) {
        this.#plans.delete(applyId);
        continue;
      }
      kept++;
      operations += kept > 1 ? plan.operations.length : 0;
    }
  }

  find(applyId: string): RegisteredPlan | undefined {
    return this.#plans.get(applyId);
  }

  /** @throws PanelError "no-such-plan". */
  get(applyId: string): RegisteredPlan {
    const registered = this.find(applyId);
    if (registered === undefined) {
      throw new PanelError(
        "no-such-plan",
        "This plan is no longer held. Make a new one from the comparison.",
      );
    }
    return registered;
  }

  /** What could wait in the bridge's queue. */
  queueable(applyId: string): Queueable {
    const { plan, outcomes } = this.get(applyId);
    const known = outcomes instanceof Outcomes ? outcomes : new Outcomes(plan.operations, outcomes ?? []);
    let operations = 0;
    let foundAway = false;
    for (const { remote } of queueableUnits(plan, known)) {
      operations++;
      const outcome = remote && known.get(remote.opId);
      foundAway ||= outcome?.status === "rejected";
    }
    return { operations, foundAway };
  }

  rows(
    applyId: string,
    filter: PlanFilter,
    offset: number,
    limit: number,
  ): { rows: PlanRow[]; total: number } {
    const { plan, outcomes } = this.get(applyId);
    const { operations } = plan;
    const rowOf = (operation: PlannedOperation, index: number): PlanRow => {
      const { body: _body, ...row } = operation;
      const outcome = outcomes?.at(index);
      return outcome === undefined ? row : { ...row, outcome };
    };
    if (isOpen(filter)) {
      const shown = operations.slice(offset, offset + limit);
      return { rows: shown.map((operation, i) => rowOf(operation, offset + i)), total: operations.length };
    }
    const rows: PlanRow[] = [];
    let index = 0;
    let total = 0;
    for (const head of headsOf(operations)) {
      if (isShown(head, filter) && (!filter.status || statusAt(outcomes, index) === filter.status)) {
        const operation = total >= offset && total < offset + limit ? operations.at(index) : undefined;
        if (operation) rows.push(rowOf(operation, index));
        total++;
      }
      index++;
    }
    return { rows, total };
  }

  outcomes(applyId: string): PlanOutcomes {
    const { plan, outcomes } = this.get(applyId);
    const counted = { all: noOutcomes(), local: noOutcomes(), remote: noOutcomes() };
    let index = 0;
    for (const { side } of headsOf(plan.operations)) {
      const status = statusAt(outcomes, index++);
      if (status === undefined) continue;
      counted.all[status]++;
      if (side !== "base") counted[side][status]++;
    }
    return counted;
  }
}

/** Without making an object of each outcome: the person filters lists of a million. */
function statusAt(
  outcomes: RegisteredPlan["outcomes"],
  index: number,
): OperationOutcome["status"] | undefined {
  if (outcomes === undefined) return undefined;
  return outcomes instanceof Outcomes ? outcomes.statusAt(index) : statusOfOutcome(outcomes, index);
}

/** What a plan does not know of itself. */
type PlanContext = Pick<
  PlanSummary,
  "localName" | "remoteName" | "connection" | "undoUntil" | "estimate" | "warnings"
>;

export function summarizePlan(plan: Plan, context: PlanContext): PlanSummary {
  const { applyId, kind, undoes, createdAt, operations, counts, confirmations, notWritten } = plan;
  return {
    applyId,
    kind,
    ...(undoes === undefined ? {} : { undoes }),
    createdAt,
    operations: operations.length,
    counts,
    renewals: renewalsIn(operations),
    confirmations,
    notWritten,
    ...context,
  };
}

function renewalsIn(operations: OperationList): number {
  let renewals = 0;
  for (const { side } of headsOf(operations)) if (side === "base") renewals++;
  return renewals;
}

function isOpen({ side, action, status }: PlanFilter): boolean {
  return side === undefined && action === undefined && status === undefined;
}

function isShown(operation: OperationHead, { side, action }: PlanFilter): boolean {
  return (
    (side === undefined || operation.side === side) && (action === undefined || operation.action === action)
  );
}
