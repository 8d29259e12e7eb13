/** The plan on screen: what would run, the names typed, the run itself and what came of it. */
import { batch, computed, signal } from "@preact/signals";
import type { ApplyProgress, OperationOutcome, PlannedOperation } from "../../../core/session/plan.ts";
import type { ApplySummary, PlanOutcomes, PlanRow, PlanSummary, WorkerError } from "../worker/api.ts";
import type { BridgeStore } from "./bridge.ts";
import type { Notices } from "./notices.ts";
import { createPagedWindow } from "./paged-window.ts";
import type { SyncStore } from "./sync.ts";
import { asWorkerError, type WorkerPort } from "./worker-port.ts";

export type Status = OperationOutcome["status"];
export const STATUSES: readonly Status[] = [
  "applied",
  "conflict",
  "rejected",
  "superseded",
  "unknown",
  "notRun",
];

export interface PlanFilter {
  readonly side?: "local" | "remote";
  readonly action?: PlannedOperation["action"];
  readonly status?: Status;
}

export type PlanPhase = "previewed" | "dryRunning" | "applying" | "done";

export function createPlanStore(worker: WorkerPort, bridge: BridgeStore, sync: SyncStore, notices: Notices) {
  const plan = signal<PlanSummary | undefined>(undefined);
  const phase = signal<PlanPhase>("previewed");
  /** A plan is being made; what is shown is the last one. */
  const making = signal(false);
  const error = signal<WorkerError | undefined>(undefined);
  const typed = signal<Readonly<Record<string, string>>>({});
  const progress = signal<{ startedAt: number; progress: ApplyProgress; cancelling: boolean } | undefined>(
    undefined,
  );
  /** Of the last dry run. */
  const dryRun = signal<ApplySummary | undefined>(undefined);
  /** Of the real run. */
  const result = signal<ApplySummary | undefined>(undefined);
  const sides = signal<Pick<PlanOutcomes, "local" | "remote"> | undefined>(undefined);
  const appliedAt = signal<number | undefined>(undefined);
  const filter = signal<PlanFilter>({});
  const total = signal(0);
  const cursor = signal(0);

  const mappingId = computed(() => bridge.mapping.value?.id);

  const rows = createPagedWindow<PlanRow>({
    fetch: async (offset, limit) => {
      const current = plan.peek();
      if (current === undefined) return [];
      const answer = await worker.api.planRows(current.applyId, filter.peek(), offset, limit);
      total.value = answer.total;
      return answer.rows;
    },
    onError: notices.report,
  });

  /** Confirmations whose name was not typed yet. */
  const unconfirmed = computed(() =>
    (plan.value?.confirmations ?? []).filter(({ side, name }) => typed.value[side] !== name),
  );

  worker.on("applyProgress", (event) => {
    if (event.applyId !== plan.peek()?.applyId || progress.peek() === undefined) return;
    progress.value = {
      startedAt: event.startedAt,
      progress: event.progress,
      cancelling: progress.peek()?.cancelling ?? false,
    };
  });

  function open(next: PlanSummary): void {
    batch(() => {
      plan.value = next;
      phase.value = "previewed";
      error.value = undefined;
      typed.value = {};
      progress.value = undefined;
      dryRun.value = undefined;
      result.value = undefined;
      sides.value = undefined;
      appliedAt.value = undefined;
      filter.value = {};
      cursor.value = 0;
    });
    void readRows();
  }

  async function readRows(): Promise<void> {
    rows.clear();
    cursor.value = 0;
    total.value = 0;
    await rows.load(0);
  }

  async function readSides(applyId: string): Promise<PlanOutcomes> {
    const outcomes = await worker.api.planOutcomes(applyId);
    if (plan.peek()?.applyId === applyId) sides.value = outcomes;
    return outcomes;
  }

  /** What did not run then waits in the bridge's queue, or was sent by it. */
  async function recount(): Promise<void> {
    const before = result.peek();
    if (before === undefined) return;
    const { all: counts } = await readSides(before.applyId);
    if (result.peek() !== before) return;
    batch(() => {
      result.value = { ...before, counts };
      const { status } = filter.peek();
      if (status !== undefined && counts[status] === 0) filter.value = {};
    });
    await readRows();
  }

  /** Answers whether it is on screen: that of a store which was left meanwhile is not. */
  async function make(ask: (mapping: string) => Promise<PlanSummary>): Promise<boolean> {
    const id = mappingId.peek();
    if (id === undefined) return false;
    making.value = true;
    try {
      const made = await ask(id);
      if (mappingId.peek() !== id) return false;
      open(made);
      return true;
    } catch (thrown) {
      notices.report(thrown);
      return false;
    } finally {
      making.value = false;
    }
  }

  async function run(
    asked: "dryRunning" | "applying",
    call: (applyId: string) => Promise<ApplySummary>,
  ): Promise<void> {
    const current = plan.peek();
    if (current === undefined || phase.peek() === "applying" || phase.peek() === "dryRunning") return;
    const before = phase.peek();
    batch(() => {
      phase.value = asked;
      error.value = undefined;
      progress.value = {
        startedAt: Date.now(),
        progress: { done: 0, of: current.operations, outcomes: {} },
        cancelling: false,
      };
    });
    try {
      const summary = await call(current.applyId);
      batch(() => {
        if (asked === "dryRunning") {
          dryRun.value = summary;
          phase.value = before;
        } else {
          result.value = summary;
          appliedAt.value = Date.now();
          phase.value = "done";
          // What did not apply is what a person wants to see first.
          const left = STATUSES.find((status) => status !== "applied" && summary.counts[status] > 0);
          filter.value = left === undefined ? {} : { status: left };
        }
      });
      await Promise.all([
        readRows(),
        readSides(current.applyId),
        asked === "applying" ? sync.reread() : undefined,
      ]);
    } catch (thrown) {
      batch(() => {
        error.value = asWorkerError(thrown);
        phase.value = before;
      });
    } finally {
      progress.value = undefined;
    }
  }

  function resume(): Promise<void> {
    return run("applying", (applyId) => {
      const mapping = mappingId.peek();
      if (mapping === undefined) throw new Error("The mapping of this plan is gone. Nothing was written.");
      return worker.api.resume(mapping, applyId);
    });
  }

  return {
    plan,
    phase,
    making,
    error,
    typed,
    unconfirmed,
    progress,
    dryRun,
    result,
    sides,
    appliedAt,
    filter,
    total,
    cursor,
    rows,
    preview: () => make((mapping) => worker.api.preview(mapping)),
    recount,
    previewUndo: (applyId: string) => make((mapping) => worker.api.previewUndo(mapping, applyId)),
    type(side: "local" | "remote", text: string): void {
      typed.value = { ...typed.peek(), [side]: text };
    },
    setFilter(next: PlanFilter): void {
      filter.value = next;
      void readRows();
    },
    runDry: () =>
      run("dryRunning", (applyId) => worker.api.apply(applyId, { dryRun: true, confirmed: confirmed() })),
    apply: () =>
      run("applying", (applyId) => worker.api.apply(applyId, { dryRun: false, confirmed: confirmed() })),
    resume,
    /** Opens a plan that a panel before this one began; `resume` then goes on with it. */
    reopen: (applyId: string) => make((mapping) => worker.api.plan(mapping, applyId)),
    async cancel(): Promise<void> {
      const current = progress.peek();
      if (current === undefined) return;
      progress.value = { ...current, cancelling: true };
      try {
        await worker.api.cancel();
      } catch (thrown) {
        notices.report(thrown);
      }
    },
    close(): void {
      plan.value = undefined;
    },
  };

  function confirmed(): readonly string[] {
    return Object.values(typed.peek());
  }
}

export type PlanStore = ReturnType<typeof createPlanStore>;
