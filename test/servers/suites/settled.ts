import { vi } from "vitest";
import type { RemoteStore, RemoteWrite } from "../../../core/session/ports.ts";

/** The statuses by opId, when a server that woke up or started again has answered all of them for certain. */
export async function settled(
  store: RemoteStore,
  operations: readonly RemoteWrite[],
  applyId: string,
): Promise<ReadonlyMap<string, string>> {
  const statuses = new Map<string, string>();
  let open = operations;
  // Not `expect.poll`, which is lost where tests run side by side.
  await vi.waitFor(
    async () => {
      for (const { opId, status } of await store.settle(open, { applyId })) statuses.set(opId, status);
      open = open.filter(({ opId }) => statuses.get(opId) === "unknown");
      if (open.length > 0) throw new Error(`${open.length} operations are still unknown.`);
    },
    { timeout: 300_000, interval: 500 },
  );
  return statuses;
}
