/** Operations that wait in the bridge for a backend that is away, and the offer to let them wait there. */
import { computed, effect, signal, untracked } from "@preact/signals";
import { isAwayCode } from "../../../core/session/away.ts";
import type { QueuedApply } from "../worker/api.ts";
import type { BridgeStore } from "./bridge.ts";
import type { Notices } from "./notices.ts";
import type { PlanStore } from "./plan.ts";
import type { SyncStore } from "./sync.ts";
import type { WorkerPort } from "./worker-port.ts";

/** Operations of the plan on screen that were not sent since the backend is away. */
interface Offer {
  readonly applyId: string;
  readonly operations: number;
}

export function createQueueStore(
  worker: WorkerPort,
  bridge: BridgeStore,
  sync: SyncStore,
  plan: PlanStore,
  notices: Notices,
) {
  const applies = signal<readonly QueuedApply[]>([]);
  /** What came to its end, and was seen. */
  const seen = signal<ReadonlySet<string>>(new Set());
  const offer = signal<Offer | undefined>(undefined);
  /** The apply that is being queued or removed now. */
  const busy = signal<string | undefined>(undefined);

  worker.on("queue", (next) => {
    applies.value = next;
  });
  worker.on("recorded", ({ mappingId }) => {
    void plan.recount().catch(notices.report);
    if (bridge.mapping.peek()?.id === mappingId && sync.running.peek() === undefined) void sync.reread();
  });

  const ofMapping = computed(() =>
    applies.value.filter(
      ({ mappingId, applyId }) => mappingId === bridge.mapping.value?.id && !seen.value.has(applyId),
    ),
  );

  effect(() => {
    const current = plan.plan.value;
    const { phase, result, error } = plan;
    const isDone = phase.value === "done";
    const foundAway = error.value !== undefined && isAwayCode(error.value.code);
    const remoteStopped = isDone && result.value?.stopped?.side === "remote";
    const mayBeAway = foundAway || remoteStopped || (isDone && (result.value?.counts.rejected ?? 0) > 0);
    untracked(() => {
      offer.value = undefined;
      if (current === undefined || !mayBeAway) return;
      void look(current.applyId, foundAway || remoteStopped);
    });
  });

  async function look(applyId: string, isAway: boolean): Promise<void> {
    try {
      const { operations, foundAway } = await worker.api.queueable(applyId);
      if (plan.plan.peek()?.applyId !== applyId || operations === 0) return;
      if (isAway || foundAway) offer.value = { applyId, operations };
    } catch (thrown) {
      notices.report(thrown);
    }
  }

  async function change(applyId: string, work: () => Promise<unknown>): Promise<void> {
    if (busy.peek() !== undefined) return;
    busy.value = applyId;
    try {
      await work();
    } catch (thrown) {
      notices.report(thrown);
    } finally {
      busy.value = undefined;
    }
  }

  return {
    applies,
    ofMapping,
    offer,
    busy,
    /** Whether something of the chosen store's mapping has not come to its end; what is damaged never does. */
    isMappingWaiting: computed(() => ofMapping.value.some(({ is }) => is !== "ended" && is !== "damaged")),
    /** Undefined once it has come to its end. */
    waitingOf(applyId: string): QueuedApply | undefined {
      return applies.value.find((apply) => apply.applyId === applyId && apply.is !== "ended");
    },
    add: (applyId: string) =>
      change(applyId, async () => {
        await worker.api.queuePlan(applyId);
        await plan.recount();
      }),
    remove: (applyId: string) => change(applyId, () => worker.api.unqueue(applyId)),
    putAway(applyId: string): void {
      seen.value = new Set([...seen.peek(), applyId]);
    },
  };
}
