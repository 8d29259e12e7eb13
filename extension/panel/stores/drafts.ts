/** The connections that are drafted in this panel and kept by the bridge. */
import { computed, effect, signal } from "@preact/signals";
import type { ConnectionDraft, DraftsResult } from "../../../core/protocol/connection-draft.ts";
import type { Finding } from "../../../core/protocol/frames.ts";
import type { WorkerError } from "../worker/api.ts";
import type { BridgeStore } from "./bridge.ts";
import { asWorkerError, type WorkerPort } from "./worker-port.ts";

export function createDraftsStore(worker: WorkerPort, bridge: BridgeStore) {
  /** Undefined until the bridge has told them. */
  const known = signal<DraftsResult | undefined>(undefined);
  /** Why the last step failed. */
  const error = signal<WorkerError | undefined>(undefined);

  /** Answers whether it was done. */
  async function attempt(work: () => Promise<DraftsResult>): Promise<boolean> {
    error.value = undefined;
    try {
      known.value = await work();
      return true;
    } catch (thrown) {
      error.value = asWorkerError(thrown);
      return false;
    }
  }

  // Of another bridge, or of one that was started again with another config file.
  const bridgeIs = computed(() => bridge.state.value.is);
  effect(() => {
    bridgeIs.value;
    known.value = undefined;
  });

  return {
    known,
    error,
    refresh: () => attempt(() => worker.api.drafts()),
    keep: (draft: ConnectionDraft) => attempt(() => worker.api.keepDraft(draft)),
    remove: (name: string) => attempt(() => worker.api.removeDraft(name)),
    /** What keeps it from being used; that the bridge refuses it is a finding, too. */
    async try(draft: ConnectionDraft): Promise<readonly Finding[]> {
      try {
        return await worker.api.tryDraft(draft);
      } catch (thrown) {
        return [{ about: "draft", is: "wrong", said: asWorkerError(thrown).message }];
      }
    },
  };
}
