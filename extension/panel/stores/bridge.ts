/** The bridge: its state, pairing, and the mappings of the inspected page's stores. */
import { computed, effect, signal } from "@preact/signals";
import type { MappingSettings } from "../../../core/mapping/mapping-settings.ts";
import type { Finding } from "../../../core/protocol/frames.ts";
import type { BridgeState, MappingInfo, WorkerError } from "../worker/api.ts";
import type { Notices } from "./notices.ts";
import { type PageStore, sameStore } from "./page.ts";
import { asWorkerError, type WorkerPort } from "./worker-port.ts";

export function createBridgeStore(worker: WorkerPort, page: PageStore, notices: Notices) {
  const state = signal<BridgeState>({ is: "not-paired" });
  const pairing = signal(false);
  const pairingError = signal<WorkerError | undefined>(undefined);
  const mappings = signal<readonly MappingInfo[]>([]);
  const creating = signal(false);
  const settingsError = signal<WorkerError | undefined>(undefined);
  const createError = signal<WorkerError | undefined>(undefined);

  /** The mapping of the chosen store. */
  const mapping = computed(() => {
    const ref = page.chosenRef.value;
    return mappings.value.find((candidate) => sameStore(candidate.ref, ref));
  });

  /** The list that is asked for last; one that was asked for before it may be older, whenever it comes. */
  let newestList: Promise<readonly MappingInfo[]> | undefined;

  async function readMappings(): Promise<void> {
    const list = worker.api.mappings();
    newestList = list;
    try {
      const found = await list;
      if (newestList === list) mappings.value = found;
      else await newestList;
    } catch (thrown) {
      if (newestList === list) notices.report(thrown);
    }
  }

  async function change(work: () => Promise<unknown>): Promise<boolean> {
    settingsError.value = undefined;
    try {
      await work();
      await readMappings();
      return true;
    } catch (thrown) {
      settingsError.value = asWorkerError(thrown);
      return false;
    }
  }

  worker.on("bridge", (next) => {
    state.value = next;
  });
  // Mappings belong to the page's origin and to what the bridge serves: either may have changed.
  const bridgeIs = computed(() => state.value.is);
  const pageIs = computed(() => page.state.value.is);
  effect(() => {
    bridgeIs.value;
    if (pageIs.value === "ready") void readMappings();
  });

  return {
    state,
    pairing,
    pairingError,
    mappings,
    mapping,
    creating,
    createError,
    settingsError,
    readMappings,
    async pair(text: string): Promise<boolean> {
      pairing.value = true;
      pairingError.value = undefined;
      try {
        state.value = await worker.api.pair(text.trim());
        return state.value.is === "ready";
      } catch (thrown) {
        pairingError.value = asWorkerError(thrown);
        return false;
      } finally {
        pairing.value = false;
      }
    },
    /** What keeps a connection from being used; the bridge that cannot be asked is a finding, too. */
    async check(connection: string): Promise<readonly Finding[]> {
      try {
        return await worker.api.checkConnection(connection);
      } catch (thrown) {
        return [{ about: "bridge", is: "wrong", said: asWorkerError(thrown).message }];
      }
    },
    async reconnect(): Promise<void> {
      try {
        state.value = await worker.api.reconnect();
      } catch (thrown) {
        notices.report(thrown);
      }
    },
    async forget(): Promise<void> {
      try {
        await worker.api.forgetBridge();
        state.value = { is: "not-paired" };
      } catch (thrown) {
        notices.report(thrown);
      }
    },
    async createMapping(connection: string): Promise<void> {
      const ref = page.chosenRef.peek();
      if (ref === undefined) return;
      creating.value = true;
      createError.value = undefined;
      try {
        await worker.api.createMapping(ref, connection);
        await readMappings();
      } catch (thrown) {
        createError.value = asWorkerError(thrown);
      } finally {
        creating.value = false;
      }
    },
    /** Answers whether they were saved; `settingsError` tells why not. */
    changeSettings: (id: string, settings: MappingSettings, collection?: string): Promise<boolean> =>
      change(() => worker.api.changeSettings(id, settings, collection)),
    /** Answers whether it is gone; `settingsError` tells why not. */
    removeMapping: (id: string): Promise<boolean> => change(() => worker.api.removeMapping(id)),
  };
}

export type BridgeStore = ReturnType<typeof createBridgeStore>;
