/** One object store and one collection through a command: compare, decide, plan, apply, report. */
import type { MappingSettings } from "../../../core/mapping/mapping-settings.ts";
import { applyPlan } from "../../../core/session/apply-plan.ts";
import { buildPlan } from "../../../core/session/build-plan.ts";
import { compareAgain } from "../../../core/session/compare-again.ts";
import {
  type CompareProgress,
  type Comparison,
  type Decision,
  type Drift,
  noDrifts,
} from "../../../core/session/drift.ts";
import { loadPlan } from "../../../core/session/load-plan.ts";
import { newIdMaker } from "../../../core/session/new-ids.ts";
import type { ApplyProgress, ApplyReport, Plan } from "../../../core/session/plan.ts";
import { planUndo } from "../../../core/session/plan-undo.ts";
import type { ApplyHeader } from "../../../core/session/ports.ts";
import { refreshDrifts } from "../../../core/session/refresh-drifts.ts";
import type { SessionPorts } from "../../../core/session/session-ports.ts";
import {
  describeApply,
  describeDrifts,
  describeExtent,
  describePlan,
  statusesByKey,
} from "../report/describe.ts";
import { differingFields } from "../report/differing-fields.ts";
import type { StoreReport } from "../report/report-schema.ts";
import { type Decided, type DecideOptions, decideAll } from "./decide.ts";

export interface StoreMapping {
  readonly bucket: string;
  readonly database: string;
  readonly store: string;
  readonly collection: string;
  readonly settings: MappingSettings;
}

export interface StoreRunOptions {
  readonly mapping: StoreMapping;
  readonly ports: SessionPorts;
  readonly collectionExists: boolean;
  readonly databaseCreated: boolean;
  readonly signal: AbortSignal;
  readonly onCompareProgress: (progress: CompareProgress) => void;
  readonly onApplyProgress: (progress: ApplyProgress) => void;
}

export class StoreRun {
  readonly mapping: StoreMapping;
  readonly #options: StoreRunOptions;
  #ports: SessionPorts;
  #comparison: Comparison | undefined;
  #decided: readonly Decided[] = [];
  #plan: Plan | undefined;
  #applied: ApplyReport | undefined;
  #fields: ReadonlyMap<string, string[][]> = new Map();

  constructor(options: StoreRunOptions) {
    this.#options = options;
    this.mapping = options.mapping;
    this.#ports = options.ports;
  }

  get ports(): SessionPorts {
    return this.#ports;
  }

  /** The collection was made since it was found missing: what was planned holds, for nothing was there. */
  usePorts(ports: SessionPorts): void {
    this.#ports = ports;
  }

  get collectionExists(): boolean {
    return this.#options.collectionExists;
  }

  get plan(): Plan | undefined {
    return this.#plan;
  }

  get comparison(): Comparison | undefined {
    return this.#comparison;
  }

  /**
   * Compares all records: what the page wrote before this process began nobody has told it.
   *
   * @param keptWillDo To look, with what the bridge keeps of the remote's last scan.
   * @throws SessionError
   */
  async compare(keptWillDo = false): Promise<Comparison> {
    const { signal, onCompareProgress } = this.#options;
    const local = { unknown: "first" } as const;
    // Of the round before, where there was one.
    this.#decided = [];
    this.#plan = undefined;
    this.#applied = undefined;
    const onProgress = onCompareProgress;
    this.#comparison = await compareAgain(this.ports, { signal, local, keptWillDo, onProgress });
    return this.#comparison;
  }

  /** Decides about what was compared, and plans it. @throws SessionError */
  async decide(options: DecideOptions): Promise<void> {
    if (this.#comparison === undefined) return;
    this.#decided = await decideAll(this.ports, this.#comparison, options);
    this.#planDecided();
  }

  /** Decides about one record, which is read anew; everything else is left alone. @throws SessionError */
  async decideOne(key: Uint8Array, decision: Decision): Promise<void> {
    const drifts = await refreshDrifts(this.ports, [key], this.#options.signal);
    this.#comparison = comparisonOf(drifts);
    this.#decided = this.#comparison.drifts.map((drift) => ({ drift, decision }));
    this.#planDecided();
  }

  #planDecided(): void {
    const { mapping } = this;
    this.#plan = buildPlan({
      drifts: this.#decided,
      names: { local: mapping.store, remote: mapping.collection },
      newOpId: newIdMaker(),
      now: Date.now(),
      emptied: this.#comparison?.emptied ?? [],
    });
  }

  history(): Promise<readonly ApplyHeader[]> {
    return this.ports.base.applies();
  }

  /** @throws SessionError "no-such-apply", … */
  async planUndo(applyId: string): Promise<void> {
    this.#plan = await planUndo(this.ports, applyId, newIdMaker(), Date.now());
  }

  /** Takes up a plan that was interrupted; false when it was not of this store. @throws SessionError */
  async recall(applyId: string): Promise<boolean> {
    this.#plan = (await loadPlan(this.ports.base, applyId))?.plan;
    return this.#plan !== undefined;
  }

  /** @throws SessionError before anything ran */
  async apply(options: {
    readonly dryRun: boolean;
    readonly confirmed: readonly string[];
    readonly resume: boolean;
  }): Promise<void> {
    if (this.#plan === undefined || this.#plan.operations.length === 0) return;
    const { signal, onApplyProgress } = this.#options;
    this.#applied = await applyPlan(this.ports, this.#plan, {
      ...options,
      signal,
      onProgress: onApplyProgress,
    });
  }

  get applied(): ApplyReport | undefined {
    return this.#applied;
  }

  /** How much drift there is still: what was not decided, and what did not apply. */
  get left(): number {
    const statuses = this.#statuses();
    if (this.#comparison === undefined) {
      return [...statuses.values()].filter((status) => status !== "applied").length;
    }
    return this.#comparison.drifts.filter(
      ({ key, kind }) => kind !== "converged" && statuses.get(key) !== "applied",
    ).length;
  }

  report(): StoreReport {
    const { collectionExists, databaseCreated } = this.#options;
    const { bucket, database, store, collection } = this.mapping;
    const comparison = this.#comparison ?? comparisonOf([]);
    const plan = this.#plan;
    return {
      database,
      bucket,
      store,
      collection,
      collectionExists,
      ...(databaseCreated ? { databaseCreated } : {}),
      complete: comparison.complete,
      ...(this.#comparison === undefined ? {} : { extent: describeExtent(this.#comparison) }),
      counts: comparison.counts,
      rows: { local: comparison.localRows, remote: comparison.remoteRows },
      emptied: comparison.emptied.map(({ reasons, ...one }) => ({
        ...one,
        reasons: reasons.map(({ is }) => is),
      })),
      drifts: describeDrifts(this.#decided, this.#fields, this.#statuses()),
      ...(plan === undefined ? {} : { plan: describePlan(plan) }),
      ...(plan === undefined || this.#applied === undefined
        ? {}
        : { apply: describeApply(plan, this.#applied) }),
      left: this.left,
    };
  }

  /** Reads which fields differ, while they still do. */
  async readFields(): Promise<void> {
    if (this.#comparison === undefined || this.#options.signal.aborted) return;
    this.#fields = await differingFields(this.ports, this.#comparison.drifts, this.#options.signal);
  }

  #statuses() {
    return statusesByKey(this.#plan, this.#applied);
  }
}

/** As if nothing but these keys had been compared. */
function comparisonOf(refreshed: readonly Drift[]): Comparison {
  const counts = noDrifts();
  for (const { kind } of refreshed) counts[kind]++;
  const now = Date.now();
  return {
    extent: "rechecked",
    counts,
    drifts: refreshed.filter(({ kind }) => kind !== "equal"),
    complete: true,
    startedAt: now,
    finishedAt: now,
    localRows: refreshed.length,
    remoteRows: refreshed.length,
    emptied: [],
  };
}
