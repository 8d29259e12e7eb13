/** Which mappings are kept in sync, and how they stand; and when a person does something that rounds wait for. */
import { computed, effect, signal, untracked } from "@preact/signals";
import type { KeepSettings, KeepState } from "../worker/keep/keep-state.ts";
import type { BridgeStore } from "./bridge.ts";
import type { Notices } from "./notices.ts";
import type { PlanStore } from "./plan.ts";
import type { SyncStore } from "./sync.ts";
import type { UiStore } from "./ui.ts";
import type { WorkerPort } from "./worker-port.ts";

interface KeepStores {
  readonly bridge: BridgeStore;
  readonly sync: SyncStore;
  readonly plan: PlanStore;
  readonly ui: UiStore;
  readonly notices: Notices;
}

export function createKeepStore(worker: WorkerPort, { bridge, sync, plan, ui, notices }: KeepStores) {
  const states = signal<readonly KeepState[]>([]);
  worker.on("keep", (next) => {
    states.value = next;
  });

  /** Of the chosen store's mapping, while it is kept in sync. */
  const state = computed(() => states.value.find(({ mappingId }) => mappingId === bridge.mapping.value?.id));

  /** What is on screen rests on a list that a round would change. */
  const isHeld = computed(
    () =>
      plan.making.value ||
      sync.proposing.value !== undefined ||
      ui.dialog.value === "propose" ||
      ui.syncScreen.value === "three-way" ||
      (ui.syncScreen.value === "plan" && plan.plan.value !== undefined && plan.phase.value !== "done"),
  );
  effect(() => {
    const held = isHeld.value;
    untracked(() => {
      sync.holdList(held);
      void worker.api.holdRounds(held).catch(notices.report);
    });
  });

  async function ask(call: (mappingId: string) => Promise<void>): Promise<void> {
    const id = bridge.mapping.peek()?.id;
    if (id === undefined) return;
    try {
      await call(id);
    } catch (thrown) {
      notices.report(thrown);
    }
  }

  return {
    state,
    /** Undefined: it is kept in sync no more. */
    set: (settings: KeepSettings | undefined) =>
      ask(async (id) => {
        await worker.api.keepInSync(id, settings);
        await bridge.readMappings();
      }),
    /** After a pause, or to try now what is away. @param applyId The plan beyond the limit that may be applied. */
    goOn: (applyId?: string) => ask((id) => worker.api.goOnKeeping(id, applyId)),
    /** Opens the plan that a round did not apply. */
    async look(applyId: string): Promise<void> {
      if (!(await plan.reopen(applyId))) return;
      ui.tab.value = "sync";
      ui.syncScreen.value = "plan";
    },
  };
}
