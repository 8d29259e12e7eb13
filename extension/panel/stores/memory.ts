/** What the panel remembers in this browser, and how much it may. */
import { signal } from "@preact/signals";
import type { BaseInfo, PanelLimits, StorageInfo, WorkerError } from "../worker/api.ts";
import type { createActivityStore } from "./activity.ts";
import type { BridgeStore } from "./bridge.ts";
import type { createSyncStore } from "./sync.ts";
import { asWorkerError, type WorkerPort } from "./worker-port.ts";

export function createMemoryStore(
  worker: WorkerPort,
  bridge: BridgeStore,
  sync: ReturnType<typeof createSyncStore>,
  activity: ReturnType<typeof createActivityStore>,
) {
  const storage = signal<StorageInfo | undefined>(undefined);
  const limits = signal<PanelLimits | undefined>(undefined);
  const bases = signal<readonly BaseInfo[] | undefined>(undefined);
  const error = signal<WorkerError | undefined>(undefined);
  /** What the last step came to, for the person. */
  const done = signal("");

  async function read(): Promise<void> {
    const { api } = worker;
    [storage.value, limits.value, bases.value] = await Promise.all([
      api.storage(),
      api.limits(),
      api.bases(),
    ]);
  }

  let last: Promise<unknown> = Promise.resolve();

  /** One after the other: a step that is asked for while the list is being read is not lost. */
  function attempt(work: () => Promise<string>): Promise<void> {
    const next = last.then(() => run(work));
    last = next;
    return next;
  }

  async function run(work: () => Promise<string>): Promise<void> {
    error.value = undefined;
    done.value = "";
    try {
      done.value = await work();
      await read();
    } catch (thrown) {
      error.value = asWorkerError(thrown);
    }
  }

  /** What was compared with a base that is another one now counts no more. */
  async function afterChange(): Promise<void> {
    sync.startAnew();
    await Promise.all([bridge.readMappings(), activity.refresh()]);
  }

  return {
    storage,
    limits,
    bases,
    error,
    done,
    refresh: () => attempt(async () => ""),
    setLimits: (wanted: PanelLimits) =>
      attempt(async () => {
        await worker.api.setLimits(wanted);
        return "Limits saved";
      }),
    async exportBase(base: BaseInfo): Promise<Blob | undefined> {
      let file: Blob | undefined;
      await attempt(async () => {
        file = await worker.api.exportBase(base.id);
        return `Base of ${base.store} exported`;
      });
      return file;
    },
    importBase: (file: Blob) =>
      attempt(async () => {
        const { entries } = await worker.api.importBase(file);
        await afterChange();
        return `Base imported: ${entries} keys. Compare again to use it`;
      }),
    discardBase: (base: BaseInfo) =>
      attempt(async () => {
        await worker.api.discardBase(base.id);
        await afterChange();
        return `Base of ${base.store} discarded`;
      }),
    forgetBase: (base: BaseInfo) =>
      attempt(async () => {
        await worker.api.forgetBase(base.id);
        await afterChange();
        return `${base.store} forgotten`;
      }),
  };
}
