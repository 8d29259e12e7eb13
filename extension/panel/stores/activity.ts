/** The history of applies of the chosen mapping. */
import { computed, effect, signal, untracked } from "@preact/signals";
import type { ApplyHeader } from "../../../core/session/ports.ts";
import type { BridgeStore } from "./bridge.ts";
import type { Notices } from "./notices.ts";
import type { WorkerPort } from "./worker-port.ts";

export function createActivityStore(worker: WorkerPort, bridge: BridgeStore, notices: Notices) {
  const history = signal<readonly ApplyHeader[]>([]);
  const cursor = signal(0);
  let requests = 0;
  const mappingId = computed(() => bridge.mapping.value?.id);

  /** Applies that a later undo took back whole. */
  const undone = computed(
    () => new Set(history.value.flatMap((apply) => (apply.undoes === undefined ? [] : [apply.undoes]))),
  );

  async function refresh(): Promise<void> {
    const id = mappingId.peek();
    if (id === undefined) {
      history.value = [];
      return;
    }
    const request = ++requests;
    try {
      const found = await worker.api.history(id);
      if (request === requests && mappingId.peek() === id) history.value = found;
    } catch (thrown) {
      notices.report(thrown);
    }
  }

  // What was applied by itself.
  worker.on("round", ({ mappingId: id, changed }) => {
    if (changed && id === mappingId.peek()) void refresh();
  });
  worker.on("recorded", (event) => {
    if (event.mappingId === mappingId.peek()) void refresh();
  });

  effect(() => {
    mappingId.value;
    untracked(() => {
      cursor.value = 0;
      void refresh();
    });
  });

  return { history, undone, cursor, refresh };
}
