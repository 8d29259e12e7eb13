/** Comparing, deciding, planning and applying for one mapping. */

import type { WatchPosition } from "../../../../agent/client/write-watch.ts";
import type { Policy } from "../../../../core/mapping/mapping-settings.ts";
import type { BridgeQueue } from "../../../../core/protocol/client/bridge-queue.ts";
import { applyPlan } from "../../../../core/session/apply-plan.ts";
import { buildPlan } from "../../../../core/session/build-plan.ts";
import { toGoOnFrom } from "../../../../core/session/compare.ts";
import { compareAgain } from "../../../../core/session/compare-again.ts";
import type { Direction } from "../../../../core/session/direction.ts";
import type { CompareProgress, Comparison, Decision, Drift } from "../../../../core/session/drift.ts";
import { estimateTime } from "../../../../core/session/estimate-time.ts";
import { loadPlan } from "../../../../core/session/load-plan.ts";
import { newIdMaker } from "../../../../core/session/new-ids.ts";
import type { ApplyProgress, Plan } from "../../../../core/session/plan.ts";
import { planUndo } from "../../../../core/session/plan-undo.ts";
import { findPlanWarnings, type PlanWarning } from "../../../../core/session/plan-warnings.ts";
import { proposeByPolicy } from "../../../../core/session/policy.ts";
import type { CustomPolicy } from "../../../../core/session/policy-custom.ts";
import type { ApplyHeader } from "../../../../core/session/ports.ts";
import { type Enqueue, queuePlan, withoutAway } from "../../../../core/session/queue-plan.ts";
import { readDrift } from "../../../../core/session/read-drift.ts";
import type { RecordedOutcomes } from "../../../../core/session/record-settled.ts";
import { refreshDrifts } from "../../../../core/session/refresh-drifts.ts";
import { recallComparison, whatContradicts } from "../../../../core/session/stopped-compare.ts";
import { verifyRange, withVerification } from "../../../../core/session/verify-range.ts";
import type { DexieBaseStore } from "../../../local/base-store.ts";
import type {
  ApplySummary,
  BulkResult,
  BulkStep,
  CompareSummary,
  DriftDetail,
  DriftFilter,
  DriftSummary,
  PlanSummary,
  StoppedSummary,
} from "../api.ts";
import { type MappingRecord, settingsOf } from "../mapping-store.ts";
import { PanelError } from "../panel-error.ts";
import { type LeftOut, leaveOut, withLeftOut } from "../queue/leave-out.ts";
import { queueAboutOf, whileQueued } from "../queue/queue-about.ts";
import { toWorkerError } from "../rpc.ts";
import type { Watched } from "../watch/write-watcher.ts";
import { CompareKeeper } from "./compare-keeper.ts";
import { ComparisonState } from "./comparison-state.ts";
import { summarizeDrifts } from "./drift-summaries.ts";
import { GoOn } from "./go-on.ts";
import { countHalfApplied } from "./half-applied.ts";
import type { MappingPorts } from "./open-mapping.ts";
import { type PlanRegister, type RegisteredPlan, summarizePlan } from "./plan-register.ts";
import { RecentReads } from "./recent-reads.ts";
import { rereadRows, takeOver } from "./take-over.ts";

const DAY = 24 * 60 * 60 * 1000;

export interface MappingSessionOptions {
  /** The mapping as it is now: its settings may change while a comparison is open. */
  readonly record: () => MappingRecord;
  /** A policy function that the mapping's bridge runs. @throws PanelError "not-connected" or "other-bridge". */
  readonly customPolicy: (name: string) => CustomPolicy;
  /** Ports to the page and the bridge as they are now. */
  readonly openPorts: () => Promise<MappingPorts>;
  /** The same without asking the backend, which may be away. */
  readonly openPortsAway: () => Promise<MappingPorts>;
  /** What is remembered, without asking the bridge. */
  readonly openBase: () => Promise<DexieBaseStore>;
  /** Keys of records that wait in the bridge's queue, in hexadecimal. */
  readonly queuedKeys: () => Promise<ReadonlySet<string>>;
  /** Whether operations of the apply wait in the bridge's queue. */
  readonly isQueued: (applyId: string) => boolean;
  /** What the page wrote after a position, as far as it is watched. */
  readonly written: (after: WatchPosition | undefined) => Promise<Watched>;
  readonly plans: PlanRegister;
  /** How many days the bridge keeps what was there before; undefined when it did not tell. */
  readonly undoDays: () => number | undefined;
  readonly clock: () => number;
  readonly onCompareProgress: (progress: CompareProgress, startedAt: number) => void;
  readonly onProposeProgress: (progress: { readonly done: number; readonly of: number }) => void;
  readonly onApplyProgress: (applyId: string, progress: ApplyProgress, startedAt: number) => void;
}

/** How long a plan is tried beforehand, in milliseconds. */
const WARNINGS_TIMEOUT_MS = 3000;

const MANUAL: Policy = { is: "manual" };

export interface ApplyOrder {
  readonly dryRun: boolean;
  readonly confirmed: readonly string[];
  readonly resume: boolean;
}

export interface CompareOrder {
  /** Goes on where the last one was stopped. */
  readonly resume: boolean;
  /** All records, also where the changed keys would do. */
  readonly all: boolean;
  /** For a person who looks: what the remote keeps of its last scan will do. */
  readonly keptWillDo?: boolean;
  /** For a round that nobody asked for: a person's drafts stay, and nothing is shown of a compare that was ended. */
  readonly byItself?: boolean;
}

export class MappingSession {
  readonly #options: MappingSessionOptions;
  #comparison: ComparisonState | undefined;
  #goOn = new GoOn(undefined);
  readonly #recent: RecentReads;

  constructor(options: MappingSessionOptions) {
    this.#options = options;
    this.#recent = new RecentReads(options.clock);
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

  /** @throws the signal's reason, where nobody asked for it; whatever the sides throw. */
  async compare(
    { resume, all, keptWillDo = false, byItself = false }: CompareOrder,
    signal: AbortSignal,
  ): Promise<CompareSummary> {
    const { clock, onCompareProgress, written } = this.#options;
    const ports = await this.#options.openPorts();
    const startedAt = clock();
    const earlier = this.#comparison?.toComparison();
    const stopped = resume ? (earlier ?? (await this.#recallStopped(ports, signal))) : undefined;
    const resumeFrom = stopped?.complete === false ? toGoOnFrom(stopped) : stopped;
    const keeper = new CompareKeeper(ports.base, clock, resumeFrom);
    const onProgress = (progress: CompareProgress): void => onCompareProgress(progress, startedAt);
    const watched = written(this.#goOn.position);
    const comparison = await compareAgain(ports, {
      signal,
      clock,
      onProgress,
      resumeFrom,
      keptWillDo,
      earlier,
      onPart: keeper.onPart,
      local: watched.then(({ local }) =>
        all ? { unknown: "asked" } : "keys" in local ? this.#goOn.with(local) : local,
      ),
    }).catch(async (error: unknown) => {
      await keeper.end(false);
      throw error;
    });
    await keeper.end(comparison.complete);
    if (byItself) signal.throwIfAborted();
    // Cancelled, and what was found before still holds.
    if (comparison === earlier) return this.requireComparison().summary();
    // A comparison that was stopped and goes on knows the writes since its first part only.
    if (resumeFrom?.complete !== false) this.#goOn = new GoOn((await watched).position);
    const state = new ComparisonState(comparison, this.#comparison, byItself);
    this.#comparison = state;
    this.#recent.clear();
    const { policy = MANUAL } = settingsOf(this.#options.record());
    const { localRows, remoteRows } = comparison;
    const found = { localRows, remoteRows, drifts: comparison.drifts.length, phase: "policy" } as const;
    if (policy.is !== "manual" && comparison.complete) {
      onProgress(found);
      const keepDecided = byItself;
      await this.#propose(state, {}, { do: "propose", policy, keepDecided }, signal, false);
    }
    return state.summary();
  }

  /** How many keys the page wrote since the last comparison began; undefined where nobody can tell. */
  async writtenSince(): Promise<number | undefined> {
    const { local } = await this.#options.written(this.#goOn.position);
    return "keys" in local ? local.keys.length : undefined;
  }

  /** How far an earlier panel came with a comparison; undefined when there is one here, or there was none. */
  async stoppedCompare(): Promise<StoppedSummary | undefined> {
    if (this.#comparison !== undefined) return undefined;
    const ports = await this.#options.openPorts();
    const stopped = await ports.base.stoppedCompare();
    if (stopped === undefined) return undefined;
    const cannotGoOn = await whatContradicts(ports, stopped);
    const { startedAt, stoppedAt, upTo, equal, differing } = stopped;
    return {
      startedAt,
      stoppedAt,
      upTo,
      equal,
      ...(differing === undefined ? {} : { differing: differing.length }),
      ...(cannotGoOn === undefined ? {} : { cannotGoOn }),
    };
  }

  /** @throws PanelError "cannot-go-on"; whatever the sides throw. */
  async #recallStopped(ports: MappingPorts, signal: AbortSignal): Promise<Comparison> {
    const stopped = await ports.base.stoppedCompare();
    if (stopped === undefined || (await whatContradicts(ports, stopped, signal)) !== undefined) {
      throw new PanelError(
        "cannot-go-on",
        "The compare that was stopped is not one to go on from any more. Compare anew.",
      );
    }
    return recallComparison(ports, stopped, signal);
  }

  /**
   * Compares a range of the last comparison of changed keys whole.
   *
   * @returns whether the comparison says more than before
   */
  async verify(signal: AbortSignal): Promise<boolean> {
    const state = this.#comparison;
    const rechecked = state?.summary().rechecked;
    if (state === undefined || rechecked === undefined || rechecked.verified !== undefined) return false;
    const { openPorts, written, clock } = this.#options;
    const ports = await openPorts();
    const announced = async (): Promise<readonly Uint8Array[]> => {
      const { local } = await written(this.#goOn.position);
      return "keys" in local ? local.keys : [];
    };
    const verification = await verifyRange(ports, state.toComparison(), { signal, clock, announced });
    if (verification === undefined || this.#comparison !== state) return false;
    const told = await withVerification(ports, state.toComparison(), verification);
    if (this.#comparison !== state || signal.aborted) return false;
    this.#comparison = new ComparisonState(told, state);
    return true;
  }

  /** Decides about all rows under a filter. Nothing is written. */
  async decideInBulk(filter: DriftFilter, step: BulkStep, signal: AbortSignal): Promise<BulkResult> {
    const comparison = this.requireComparison();
    if (step.do === "propose") {
      await this.#propose(comparison, filter, step, signal, true);
    } else {
      const { indexes } = comparison.filtered(filter);
      comparison.beginBulk(step);
      for (const index of indexes) {
        if (step.do === "leave" || comparison.isWritable(index))
          comparison.decideInBulk(index, { do: step.do });
      }
    }
    return comparison.summary().bulk as BulkResult;
  }

  /** Fills in a policy's proposals. One that fails, or is cancelled, leaves the other rows as they were. */
  async #propose(
    comparison: ComparisonState,
    filter: DriftFilter,
    step: Extract<BulkStep, { do: "propose" }>,
    signal: AbortSignal,
    byPerson: boolean,
  ): Promise<void> {
    const { policy, keepDecided } = step;
    const { record, openPorts, customPolicy } = this.#options;
    const { identities = [] } = settingsOf(record());
    const forPolicy = comparison.forPolicy(filter, keepDecided);
    const indexes = byPerson
      ? forPolicy
      : forPolicy.filter((index) => !(keepDecided && comparison.isDraft(index)));
    comparison.beginBulk(step, indexes.length, byPerson);
    try {
      const ports = await openPorts();
      const custom = policy.is === "custom" ? customPolicy(policy.name) : undefined;
      const { emptied } = comparison.summary();
      const drifts = indexes.map((index) => comparison.table.driftAt(index));
      const onProgress = this.#options.onProposeProgress;
      const options = { policy, identities, emptied, custom, signal, onProgress };
      for await (const proposals of proposeByPolicy(ports, drifts, options)) {
        for (const { index, decision, reason } of proposals) {
          comparison.decideInBulk(indexes[index] as number, decision, reason);
        }
      }
    } catch (error) {
      comparison.stopBulk(toWorkerError(error).message);
    }
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
      this.#recent.ahead(
        ports.remote,
        drifts.map(({ key }) => key),
      );
      const summaries = await summarizeDrifts(
        { local: ports.local, remote: this.#recent.of(ports.remote) },
        drifts,
        settingsOf(this.#options.record()).identities ?? [],
      );
      for (const [i, index] of unread.entries()) {
        const summary = summaries[i];
        if (summary !== undefined) comparison.setSummary(index, summary);
      }
    }
    return indexes.map((index) => comparison.summaryOf(index));
  }

  /**
   * Both sides and the base as they are now, the remote perhaps as it was a moment ago (RecentReads); the row is classified anew
   * when one of them moved.
   */
  async detail(index: number): Promise<DriftDetail> {
    const comparison = this.requireComparison();
    comparison.row(index);
    const ports = await this.#options.openPorts();
    const { local: page, base: agreed } = ports;
    const sides = { local: page, base: agreed, remote: this.#recent.of(ports.remote) };
    let read = await readDrift(sides, comparison.table.driftAt(index));
    const refreshed = read.stale;
    if (refreshed) {
      this.#recent.clear();
      const [drift] = await refreshDrifts(ports, [comparison.table.keyOf(index)]);
      if (drift !== undefined) comparison.replace(index, drift);
      read = await readDrift(ports, comparison.table.driftAt(index));
    }
    const { local, remote, base } = read;
    return { row: comparison.row(index), local, remote, base, refreshed };
  }

  async preview(): Promise<PlanSummary> {
    return this.#register(await this.#plan(this.requireComparison().decided()));
  }

  /** The plan of what needs no person, which can be shown and applied as any other. */
  async planByItself(direction: Direction): Promise<Plan> {
    const plan = await this.#plan(this.requireComparison().decidedByItself(direction));
    this.#options.plans.add(this.#options.record().id, plan);
    return plan;
  }

  /** Of what does not wait in the bridge's queue. */
  async #plan(drifts: Iterable<{ readonly drift: Drift; readonly decision: Decision }>): Promise<Plan> {
    const { clock } = this.#options;
    const record = this.#options.record();
    const leftOut: LeftOut = { count: 0 };
    const plan = buildPlan({
      drifts: leaveOut(drifts, await this.#options.queuedKeys(), leftOut),
      inKeyOrder: true,
      names: { local: record.store.store, remote: record.collection },
      newOpId: newIdMaker(),
      now: clock(),
      emptied: this.requireComparison().summary().emptied,
    });
    return withLeftOut(plan, leftOut);
  }

  /** Hands what the backend could not be told to the bridge's queue; answers how many operations that are. */
  async queue(applyId: string, queue: Pick<BridgeQueue, "enqueue">): Promise<number> {
    const ports = await this.#options.openPortsAway();
    const registered = await this.#planOf(applyId);
    const about = queueAboutOf(applyId, this.#options.record(), ports.base.identity);
    const enqueue: Enqueue = (windows) => queue.enqueue(about, windows);
    const { operations, outcomes } = await queuePlan(ports, registered.plan, enqueue, this.#options.clock);
    registered.outcomes = whileQueued(outcomes);
    return operations;
  }

  /** What came of queued operations stands in the list as it is now. */
  async takeRecorded({ plan, fresh }: RecordedOutcomes): Promise<void> {
    if (this.#comparison === undefined || fresh.size === 0) return;
    const ports = await this.#options.openPorts();
    await rereadRows(this.#comparison, ports, plan, fresh);
  }

  async previewUndo(applyId: string): Promise<PlanSummary> {
    const ports = await this.#options.openPorts();
    return this.#register(await planUndo(ports, applyId, newIdMaker(), this.#options.clock()));
  }

  /** @throws PanelError "no-such-plan". */
  async planSummary(applyId: string): Promise<PlanSummary> {
    return this.#summarize((await this.#planOf(applyId)).plan, []);
  }

  async apply(applyId: string, order: ApplyOrder, signal: AbortSignal): Promise<ApplySummary> {
    const { clock, onApplyProgress } = this.#options;
    const ports = await this.#options.openPorts();
    const registered = await this.#planOf(applyId);
    const { plan } = registered;
    const startedAt = clock();
    const onProgress = (progress: ApplyProgress): void => onApplyProgress(applyId, progress, startedAt);
    if (!order.dryRun && this.#comparison) {
      await this.#goOn.beforeApply(ports.base, plan, this.#comparison);
    }
    const report = await applyPlan(ports, plan, { ...order, signal, clock, onProgress }).finally(() =>
      this.#recent.clear(),
    );
    registered.outcomes = report.outcomes;
    // Where the rows cannot be read again the list stays as it was: every write checks what is there anyway.
    if (!order.dryRun && this.#comparison) {
      this.#comparison.endBulk();
      const taken = takeOver(this.#comparison, ports, plan, report).then(() => true);
      this.#goOn.afterApply(plan, report, await taken.catch(() => false));
    }
    const { complete, counts, stopped } = report;
    const halfApplied = order.dryRun ? 0 : countHalfApplied(plan, report.outcomes);
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
    return (await this.#options.openBase()).applies();
  }

  /** Makes a plan of an earlier run known to the register, for its rows; false when it is not of this mapping. */
  async recall(applyId: string): Promise<boolean> {
    const { openBase, isQueued, plans, record } = this.#options;
    const saved = await loadPlan(await openBase(), applyId);
    if (saved === undefined) return false;
    const { plan, outcomes } = saved;
    plans.add(record().id, plan, isQueued(applyId) ? whileQueued(withoutAway(plan, outcomes)) : outcomes);
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
    plans.add(record().id, plan);
    const { ignore } = settingsOf(record());
    const signal = AbortSignal.timeout(WARNINGS_TIMEOUT_MS);
    const ports = await this.#options.openPorts();
    return this.#summarize(plan, await findPlanWarnings(ports, plan, { ignore, signal }));
  }

  async #summarize(plan: Plan, warnings: readonly PlanWarning[]): Promise<PlanSummary> {
    const record = this.#options.record();
    const base = await this.#options.openBase();
    const estimate = estimateTime(plan.counts, await base.applies());
    return summarizePlan(plan, {
      localName: record.store.store,
      remoteName: record.collection,
      connection: record.connection,
      undoUntil: Math.min(
        base.undoUntil(plan.createdAt),
        plan.createdAt + (this.#options.undoDays() ?? Number.POSITIVE_INFINITY) * DAY,
      ),
      ...(estimate === undefined ? {} : { estimate }),
      warnings,
    });
  }
}
