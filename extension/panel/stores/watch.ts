/** Whether the page's writes are watched, and how many keys of which store were written. */
import { signal } from "@preact/signals";
import type { StoreRef, WatchState } from "../worker/api.ts";
import type { Notices } from "./notices.ts";
import type { WorkerPort } from "./worker-port.ts";

export function createWatchStore(worker: WorkerPort, notices: Notices) {
  const state = signal<WatchState>({ is: "off" });
  worker.on("watch", (next) => {
    state.value = next;
  });
  return {
    state,
    keysOf({ database, store }: StoreRef): number {
      if (state.value.is === "off") return 0;
      return state.value.stores.find((one) => one.database === database && one.store === store)?.keys ?? 0;
    },
    async set(ref: StoreRef, on: boolean): Promise<void> {
      try {
        await worker.api.watchWrites(ref, on);
      } catch (thrown) {
        notices.report(thrown);
      }
    },
  };
}
