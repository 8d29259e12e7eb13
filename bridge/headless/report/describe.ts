/** Plans, drifts and outcomes in the words of the report. */
import { decodeKey } from "../../../core/key/decode-key.ts";
import { toHex } from "../../../core/key/hex.ts";
import { type KeyJson, keyToJson } from "../../../core/key/key-json.ts";
import type { Comparison } from "../../../core/session/drift.ts";
import type { ApplyReport, OperationOutcome, Plan } from "../../../core/session/plan.ts";
import type { Decided } from "../sync/decide.ts";
import type { ApplyDescription, DriftReport, ExtentDescription, PlanDescription } from "./report-schema.ts";

type Status = OperationOutcome["status"];

/** From best to worst: of a merge's two operations the worse one counts. */
const SEVERITY: readonly Status[] = ["applied", "notRun", "superseded", "conflict", "rejected", "unknown"];

/** By key bytes: the worst status of its operations. */
export class StatusOfKey {
  readonly #statuses = new Map<string, Status>();

  add(key: Uint8Array, status: Status): void {
    const name = toHex(key);
    const before = this.#statuses.get(name);
    if (before === undefined || SEVERITY.indexOf(status) > SEVERITY.indexOf(before))
      this.#statuses.set(name, status);
  }

  get(key: Uint8Array): Status | undefined {
    return this.#statuses.get(toHex(key));
  }

  values(): IterableIterator<Status> {
    return this.#statuses.values();
  }
}

export function statusesByKey(plan: Plan | undefined, applied: ApplyReport | undefined): StatusOfKey {
  const statuses = new StatusOfKey();
  if (plan === undefined || applied === undefined) return statuses;
  plan.operations.forEach(({ key }, i) => {
    const status = applied.outcomes.at(i)?.status;
    if (status !== undefined) statuses.add(key, status);
  });
  return statuses;
}

const keyJson = (key: Uint8Array): KeyJson => keyToJson(decodeKey(key));

export function describeDrifts(
  decided: readonly Decided[],
  fields: ReadonlyMap<string, string[][]>,
  statuses: StatusOfKey,
): DriftReport[] {
  return decided.map(({ drift, decision, reason }): DriftReport => {
    const paths = fields.get(toHex(drift.key));
    const why = reason ?? drift.local.reason ?? drift.remote.reason;
    const outcome = statuses.get(drift.key);
    return {
      key: keyJson(drift.key),
      kind: drift.kind,
      ...(drift.noBase ? { noBase: true } : {}),
      ...(paths === undefined ? {} : { fields: paths }),
      proposal: drift.proposal.do,
      decision: decision.do,
      ...(why === undefined ? {} : { reason: why }),
      ...(outcome === undefined ? {} : { outcome }),
    };
  });
}

export function describeExtent({ extent, fullBecause, remoteAsOf, counts }: Comparison): ExtentDescription {
  if (extent === "full") {
    const detail = fullBecause?.detail;
    return {
      is: "full",
      because: fullBecause?.reason ?? "first",
      ...(detail === undefined ? {} : { detail }),
      ...(remoteAsOf === undefined ? {} : { remoteAsOf: new Date(remoteAsOf).toISOString() }),
    };
  }
  return { is: "keys", keys: Object.values(counts).reduce((sum, count) => sum + count, 0) };
}

export function describePlan(plan: Plan): PlanDescription {
  const { applyId, kind, undoes, counts, operations, notWritten, confirmations } = plan;
  return {
    applyId,
    kind,
    ...(undoes === undefined ? {} : { undoes }),
    local: { ...counts.local },
    remote: { ...counts.remote },
    renewals: operations.filter(({ side }) => side === "base").length,
    notWritten: { ...notWritten },
    confirmations: confirmations.map((confirmation) => ({ ...confirmation })),
  };
}

export function describeApply(plan: Plan, applied: ApplyReport): ApplyDescription {
  const { applyId, complete, counts, stopped } = applied;
  const notApplied: ApplyDescription["notApplied"] = [];
  plan.operations.forEach(({ key, side, action }, i) => {
    const outcome = applied.outcomes.at(i);
    if (outcome === undefined || outcome.status === "applied") return;
    notApplied.push({ key: keyJson(key), side, action, status: outcome.status, ...whyOf(outcome) });
  });
  return {
    applyId,
    complete,
    outcomes: { ...counts },
    notApplied,
    ...(stopped === undefined ? {} : { stopped: { ...stopped } }),
  };
}

function whyOf(outcome: OperationOutcome): { code?: string; reason?: string } {
  if (outcome.status === "rejected") return { code: outcome.code, reason: outcome.reason };
  return "reason" in outcome ? { reason: outcome.reason } : {};
}
