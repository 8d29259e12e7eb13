/** Comparing, deciding, planning and applying for one mapping. */
import { applyPlan } from "../../../../core/session/apply-plan.ts";
import { buildPlan } from "../../../../core/session/build-plan.ts";
import { compare } from "../../../../core/session/compare.ts";
import type { CompareProgress } from "../../../../core/session/drift.ts";
import { loadPlan } from "../../../../core/session/load-plan.ts";
import { newIdMaker } from "../../../../core/session/new-ids.ts";
import type { ApplyProgress, Plan } from "../../../../core/session/plan.ts";
import { planUndo } from "../../../../core/session/plan-undo.ts";
import type { ApplyHeader } from "../../../../core/session/ports.ts";
import { readDrift } from "../../../../core/session/read-drift.ts";
import { refreshDrifts } from "../../../../core/session/refresh-drifts.ts";
import type { ApplySummary, CompareSummary, DriftDetail, DriftSummary, PlanSummary } from "../api.ts";
import type { MappingRecord } from "../mapping-store.ts";
import { PanelError } from "../panel-error.ts";
import { ComparisonState } from "./comparison-state.ts";
import { summarizeDrifts } from "./drift-summaries.ts";
import { countHalfApplied } from "./half-applied.ts";
import type { MappingPorts } from "./open-mapping.ts";
import { type PlanRegister, type RegisteredPlan, summarizePlan } from "./plan-register.ts";
import { takeOver } from "./take-over.ts";

export interface MappingSessionOptions {
  readonly record: MappingRecord;
  /** Ports to the page and the bridge as they are now. */
  readonly openPorts: () => Promise<MappingPorts>;
  readonly plans: PlanRegister;
  readonly clock: () => number;
  readonly onCompareProgress: (progress: CompareProgress, startedAt: number) => void;
  readonly onApplyProgress: (applyId: string, progress: ApplyProgress, startedAt: number) => void;
}

export interface ApplyOrder {
  readonly dryRun: boolean;
  readonly confirmed: readonly string[];
  readonly resume: boolean;
}

export class MappingSession {
  readonly #options: MappingSessionOptions;
  #comparison: ComparisonState | undefined;

  constructor(options: MappingSessionOptions) {
    this.#options = options;
  }

  get comparison(): ComparisonState | undefined {
    return this.#comparison;
  }

  /** @throws PanelError "no-comparison". */
  requireComparison(): ComparisonState {
    if (this.#comparison === undefined) {
      throw new PanelError("no-comparison", "Nothing has been compared yet. Compare first.");
    }
    return this.#comparison;
  }

  async compare(resume: boolean, signal: AbortSignal): Promise<CompareSummary> {
    const { clock, onCompareProgress } = this.#options;
    const ports = await this.#options.openPorts();
    const startedAt = clock();
    const resumeFrom = resume ? this.#comparison?.toComparison() : undefined;
    const onProgress = (progress: CompareProgress): void => onCompareProgress(progress, startedAt);
    const comparison = await compare(ports, { signal, clock, onProgress, resumeFrom });
    this.#comparison = new ComparisonState(comparison);
    return this.#comparison.summary();
  }

  /** Reads what is not read yet of these rows. */
  async summaries(indexes: readonly number[]): Promise<readonly (DriftSummary | undefined)[]> {
    const comparison = this.requireComparison();
    const unread = indexes.filter(
      (index) => comparison.table.has(index) && comparison.summaryOf(index) === undefined,
    );
    if (unread.length > 0) {
      const ports = await this.#options.openPorts();
      const drifts = unread.map((index) => comparison.table.driftAt(index));
      const summaries = await summarizeDrifts(ports, drifts);
      for (const [i, index] of unread.entries()) {
        const summary = summaries[i];
        if (summary !== undefined) comparison.setSummary(index, summary);
      }
    }
    return indexes.map((index) => comparison.summaryOf(index));
  }

  /** Both sides and the base as they are now; the row is classified anew when one of them moved. */
  async detail(index: number): Promise<DriftDetail> {
    const comparison = this.requireComparison();
    comparison.row(index);
    const ports = await this.#options.openPorts();
    let read = await readDrift(ports, comparison.table.driftAt(index));
    const refreshed = read.stale;
    if (refreshed) {
      const [drift] = await refreshDrifts(ports, [comparison.table.keyOf(index)]);
      if (drift !== undefined) comparison.replace(index, drift);
      read = await readDrift(ports, comparison.table.driftAt(index));
    }
    const { local, remote, base } = read;
    return { row: comparison.row(index), local, remote, base, refreshed };
  }

  async preview(): Promise<PlanSummary> {
    const comparison = this.requireComparison();
    const { record, clock } = this.#options;
    const plan = buildPlan({
      drifts: comparison.decided(),
      names: { local: record.store.store, remote: record.collection },
      newOpId: newIdMaker(),
      now: clock(),
      emptied: comparison.summary().emptied,
    });
    return this.#register(plan);
  }

  async previewUndo(applyId: string): Promise<PlanSummary> {
    const ports = await this.#options.openPorts();
    return this.#register(await planUndo(ports, applyId, newIdMaker(), this.#options.clock()));
  }

  /** @throws PanelError "no-such-plan". */
  async planSummary(applyId: string): Promise<PlanSummary> {
    return this.#summarize((await this.#planOf(applyId)).plan);
  }

  async apply(applyId: string, order: ApplyOrder, signal: AbortSignal): Promise<ApplySummary> {
    const { clock, onApplyProgress } = this.#options;
    const ports = await this.#options.openPorts();
    const registered = await this.#planOf(applyId);
    const { plan } = registered;
    const startedAt = clock();
    const onProgress = (progress: ApplyProgress): void => onApplyProgress(applyId, progress, startedAt);
    const report = await applyPlan(ports, plan, { ...order, signal, clock, onProgress });
    registered.outcomes.clear();
    for (const outcome of report.outcomes) registered.outcomes.set(outcome.opId, outcome);
    // Where the rows cannot be read again the list stays as it was: every write checks what is there anyway.
    if (!order.dryRun && this.#comparison) {
      await takeOver(this.#comparison, ports, plan, report).catch(() => undefined);
    }
    const { complete, counts, stopped } = report;
    const halfApplied = order.dryRun ? 0 : countHalfApplied(plan, registered.outcomes);
    return { applyId, dryRun: order.dryRun, complete, counts, halfApplied, ...(stopped ? { stopped } : {}) };
  }

  /** Goes on with a plan of this worker, or with one that was saved before a crash. */
  async resume(applyId: string, signal: AbortSignal): Promise<ApplySummary> {
    const { plan } = await this.#planOf(applyId);
    // It could only start because the names were typed.
    const confirmed = plan.confirmations.map((confirmation) => confirmation.name);
    return this.apply(applyId, { dryRun: false, confirmed, resume: true }, signal);
  }

  async history(): Promise<readonly ApplyHeader[]> {
    return (await this.#options.openPorts()).base.applies();
  }

  /** Makes a plan of an earlier run known to the register, for its rows; false when it is not of this mapping. */
  async recall(applyId: string): Promise<boolean> {
    const saved = await loadPlan((await this.#options.openPorts()).base, applyId);
    if (saved === undefined) return false;
    this.#options.plans.add(this.#options.record.id, saved.plan, [...saved.outcomes.values()]);
    return true;
  }

  /** @throws PanelError "no-such-plan". */
  async #planOf(applyId: string): Promise<RegisteredPlan> {
    const { plans } = this.#options;
    if (plans.find(applyId) === undefined) await this.recall(applyId);
    return plans.get(applyId);
  }

  async #register(plan: Plan): Promise<PlanSummary> {
    const { record, plans } = this.#options;
    plans.add(record.id, plan);
    return this.#summarize(plan);
  }

  async #summarize(plan: Plan): Promise<PlanSummary> {
    const { record, openPorts } = this.#options;
    return summarizePlan(plan, {
      localName: record.store.store,
      remoteName: record.collection,
      connection: record.connection,
      undoUntil: (await openPorts()).base.undoUntil(),
    });
  }
}
