import { expect } from "vitest";
import type { RemoteStore, RemoteWrite } from "../../../core/session/ports.ts";

/** The statuses by opId, when a server that woke up or started again has answered all of them for certain. */
export async function settled(
  store: RemoteStore,
  operations: readonly RemoteWrite[],
  applyId: string,
): Promise<ReadonlyMap<string, string>> {
  const statuses = new Map<string, string>();
  let open = operations;
  await expect
    .poll(
      async () => {
        for (const { opId, status } of await store.settle(open, { applyId })) statuses.set(opId, status);
        open = open.filter(({ opId }) => statuses.get(opId) === "unknown");
        return open.length;
      },
      { timeout: 300_000, interval: 500 },
    )
    .toBe(0);
  return statuses;
}
