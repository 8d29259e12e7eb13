/** The inspected page: its frames, databases and stores, and which store is chosen. */
import { computed, signal } from "@preact/signals";
import type { StoreDescription } from "../../../core/session/ports.ts";
import type { DatabaseNode, FrameNode, PageState, StoreRef } from "../worker/api.ts";
import type { Notices } from "./notices.ts";
import type { WorkerPort } from "./worker-port.ts";

export interface ChosenStore {
  readonly ref: StoreRef;
  readonly frame: FrameNode;
  readonly database: DatabaseNode;
  readonly description: StoreDescription;
}

export function createPageStore(worker: WorkerPort, notices: Notices) {
  const state = signal<PageState>({ is: "connecting" });
  const chosenRef = signal<StoreRef | undefined>(undefined);
  const refreshing = signal(false);

  /** The chosen store as the tree has it now; undefined when it is gone. */
  const chosen = computed((): ChosenStore | undefined => {
    const ref = chosenRef.value;
    return ref === undefined || state.value.is !== "ready" ? undefined : findStore(state.value.frames, ref);
  });

  worker.on("page", (next) => {
    state.value = next;
  });

  async function refresh(): Promise<void> {
    refreshing.value = true;
    try {
      state.value = await worker.api.refreshPage();
    } catch (thrown) {
      notices.report(thrown);
    } finally {
      refreshing.value = false;
    }
  }

  return {
    state,
    chosenRef,
    chosen,
    refreshing,
    refresh,
    choose(ref: StoreRef): void {
      if (chosenRef.peek() === undefined || !sameStore(chosenRef.peek(), ref)) chosenRef.value = ref;
    },
  };
}

export type PageStore = ReturnType<typeof createPageStore>;

export function sameStore(a: StoreRef | undefined, b: StoreRef | undefined): boolean {
  return (
    a !== undefined &&
    b !== undefined &&
    a.store === b.store &&
    a.database === b.database &&
    a.bucket === b.bucket &&
    a.frame.length === b.frame.length &&
    a.frame.every((step, i) => step === b.frame[i])
  );
}

/** Every store of the page, in tree order. */
export function* allStores(frames: readonly FrameNode[]): Generator<ChosenStore> {
  for (const frame of frames)
    for (const bucket of frame.buckets)
      for (const database of bucket.databases)
        for (const description of database.stores)
          yield {
            ref: { frame: frame.path, bucket: bucket.name, database: database.name, store: description.name },
            frame,
            database,
            description,
          };
}

function findStore(frames: readonly FrameNode[], ref: StoreRef): ChosenStore | undefined {
  for (const store of allStores(frames)) if (sameStore(store.ref, ref)) return store;
  return undefined;
}
