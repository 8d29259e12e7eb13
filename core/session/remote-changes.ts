/** Reading what changed on the remote, and how far the base's checkpoint may move (rule 4). */

import type { EntryBatch } from "../batch/entry-batch.ts";
import { keyAt, stateAt, tokenAt } from "../batch/entry-batch-access.ts";
import { toHex } from "../key/hex.ts";
import type { Drift } from "./drift.ts";
import type { DriftList } from "./drift-list.ts";
import { FROM_NOW, type RemoteStore } from "./ports.ts";
import { messageOf, onSide, SessionError } from "./session-error.ts";
import type { SessionPorts } from "./session-ports.ts";

export interface ChangedEntry {
  readonly key: Uint8Array;
  readonly state: number;
  readonly token: string;
}

export interface RemoteChanges {
  /** By hexadecimal key; of a key that came twice, what came last. */
  readonly entries: ReadonlyMap<string, ChangedEntry>;
  readonly checkpoint: string;
}

/** @throws SessionError "changes-failed" or "stale-checkpoint"; the signal's reason. */
export async function readChanges(
  remote: RemoteStore,
  since: string,
  signal: AbortSignal | undefined,
): Promise<RemoteChanges> {
  const entries = new Map<string, ChangedEntry>();
  const checkpoint = await onRemote(signal, async () => {
    const changes = remote.changes(since, signal);
    for (;;) {
      const next = await changes.next();
      if (next.done) return next.value;
      for (const entry of entriesOf(next.value)) entries.set(toHex(entry.key), entry);
    }
  });
  return { entries, checkpoint };
}

/** The checkpoint of now; undefined where the remote knows no changes. */
export async function checkpointOfNow(
  remote: RemoteStore,
  signal: AbortSignal | undefined,
): Promise<string | undefined> {
  if (!remote.capabilities.changes) return undefined;
  return (await readChanges(remote, FROM_NOW, signal)).checkpoint;
}

/** Why the remote does not know this checkpoint any more; undefined when it does. */
export async function staleness(
  remote: RemoteStore,
  checkpoint: string,
  signal: AbortSignal | undefined,
): Promise<string | undefined> {
  try {
    await onRemote(signal, async () => {
      const changes = remote.changes(checkpoint, signal);
      await changes.next();
      await changes.return("");
    });
    return undefined;
  } catch (error) {
    if (error instanceof SessionError && error.code === "stale-checkpoint") return error.message;
    throw error;
  }
}

/**
 * Moves the base's checkpoint where the base holds all that lies before it: no drift is left whose remote side the
 * base does not hold. Otherwise it stays, and what came after it will come again.
 */
export async function moveCheckpoint(
  { base }: SessionPorts,
  checkpoint: string | undefined,
  drifts: DriftList,
): Promise<void> {
  if (checkpoint === undefined || drifts.some(isOpenThere)) return;
  await onSide("base", "base-failed", "Moving the checkpoint of the remote's changes", () =>
    base.setRemoteCheckpoint(checkpoint),
  );
}

const KNOWN_THERE: ReadonlySet<Drift["kind"]> = new Set(["addedHere", "changedHere", "removedHere"]);

function isOpenThere({ kind, noBase, remote, base }: Drift): boolean {
  return noBase || !KNOWN_THERE.has(kind) || remote.token !== base?.token;
}

function* entriesOf(batch: EntryBatch): Generator<ChangedEntry> {
  for (let i = 0; i < batch.count; i++) {
    yield { key: keyAt(batch, i).slice(), state: stateAt(batch, i), token: tokenAt(batch, i) };
  }
}

async function onRemote<T>(signal: AbortSignal | undefined, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    signal?.throwIfAborted();
    const code = (error as { readonly code?: unknown } | null)?.code;
    if (code === "stale-checkpoint") {
      throw new SessionError(code, messageOf(error), { side: "remote", cause: error });
    }
    throw new SessionError("changes-failed", `Reading what changed failed: ${messageOf(error)}`, {
      side: "remote",
      cause: error,
    });
  }
}
