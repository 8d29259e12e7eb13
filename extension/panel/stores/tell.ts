/** Which mappings' writes are told to consumers, and how that stands. */
import { computed, signal } from "@preact/signals";
import type { TellSettings, TellState } from "../worker/tell/tell-state.ts";
import type { BridgeStore } from "./bridge.ts";
import type { Notices } from "./notices.ts";
import type { WorkerPort } from "./worker-port.ts";

export function createTellStore(worker: WorkerPort, bridge: BridgeStore, notices: Notices) {
  const states = signal<readonly TellState[]>([]);
  worker.on("tell", (next) => {
    states.value = next;
  });
  return {
    /** Of the chosen store's mapping, while its writes are told. */
    state: computed(() => states.value.find(({ mappingId }) => mappingId === bridge.mapping.value?.id)),
    /** Undefined: they are told no more. */
    async set(mappingId: string, settings: TellSettings | undefined): Promise<void> {
      try {
        await worker.api.tellWrites(mappingId, settings);
        await bridge.readMappings();
      } catch (thrown) {
        notices.report(thrown);
      }
    },
  };
}
