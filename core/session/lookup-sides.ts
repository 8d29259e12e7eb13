import type { EntryBatch } from "../batch/entry-batch.ts";
import { abortable } from "../diff/abortable.ts";
import type { SideState } from "./drift.ts";
import { onSide, SessionError } from "./session-error.ts";
import type { SessionPorts } from "./session-ports.ts";
import { sideStateAt } from "./side-state.ts";

export interface BothSides {
  readonly local: SideState;
  readonly remote: SideState;
}

/**
 * Reads the states of these keys (ascending) on both sides at the same time.
 *
 * @throws SessionError "lookup-failed" or "malformed-answer" naming the side; the signal's reason.
 */
export async function lookupSides(
  ports: SessionPorts,
  keys: readonly Uint8Array[],
  signal: AbortSignal | undefined,
): Promise<BothSides[]> {
  if (keys.length === 0) return [];
  const [local, remote] = await abortable(
    Promise.all([
      lookupSide("local", ports.local, keys, signal),
      lookupSide("remote", ports.remote, keys, signal),
    ]),
    signal,
  );
  return keys.map((_, i) => ({ local: sideStateAt(local, i), remote: sideStateAt(remote, i) }));
}

/** Reads the states of these keys on one side, checked to be as many. */
export async function lookupSide(
  side: "local" | "remote",
  store: { lookup(keys: readonly Uint8Array[], signal?: AbortSignal): Promise<EntryBatch> },
  keys: readonly Uint8Array[],
  signal: AbortSignal | undefined,
): Promise<EntryBatch> {
  const batch = await onSide(side, "lookup-failed", `Rereading ${keys.length} keys of the ${side} side`, () =>
    store.lookup(keys, signal),
  );
  if (batch.count !== keys.length) {
    throw new SessionError(
      "malformed-answer",
      `The ${side} side answered ${batch.count} entries to a lookup of ${keys.length} keys.`,
      { side },
    );
  }
  return batch;
}
