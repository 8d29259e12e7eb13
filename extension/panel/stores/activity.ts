/** The history of applies of the chosen mapping. */
import { batch, computed, effect, signal, untracked } from "@preact/signals";
import type { ApplyHeader } from "../../../core/session/ports.ts";
import type { WorkerError } from "../worker/api.ts";
import type { BridgeStore } from "./bridge.ts";
import { asWorkerError, type WorkerPort } from "./worker-port.ts";

export function createActivityStore(worker: WorkerPort, bridge: BridgeStore) {
  /** Undefined until it was read: that is not to say that nothing was applied. */
  const history = signal<readonly ApplyHeader[] | undefined>(undefined);
  const error = signal<WorkerError | undefined>(undefined);
  const cursor = signal(0);
  let requests = 0;
  const mappingId = computed(() => bridge.mapping.value?.id);

  /** Applies that a later undo took back whole. */
  const undone = computed(
    () => new Set(history.value?.flatMap((apply) => (apply.undoes === undefined ? [] : [apply.undoes]))),
  );

  async function refresh(): Promise<void> {
    const id = mappingId.peek();
    const request = ++requests;
    if (id === undefined) return;
    try {
      const found = await worker.api.history(id);
      if (request === requests) take(found, undefined);
    } catch (thrown) {
      if (request === requests) take(undefined, asWorkerError(thrown));
    }
  }

  function take(found: readonly ApplyHeader[] | undefined, problem: WorkerError | undefined): void {
    batch(() => {
      history.value = found;
      error.value = problem;
    });
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
      take(undefined, undefined);
      void refresh();
    });
  });

  return { history, error, undone, cursor, refresh };
}
