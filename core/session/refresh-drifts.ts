import type { Drift } from "./drift.ts";
import { lookupSides } from "./lookup-sides.ts";
import { makeDrift } from "./make-drift.ts";
import type { BaseEntry } from "./ports.ts";
import { type Candidate, recheck } from "./recheck.ts";
import { onSide } from "./session-error.ts";
import type { SessionPorts } from "./session-ports.ts";
import { baseStateOf } from "./side-state.ts";

/**
 * Classifies these keys (ascending) anew: what a conflict's record, or one that moved, looks like now. Read
 * twice, as in a compare; nothing is written, not even the base. The kind may be "equal".
 *
 * @param inBase What the base holds of each key, where it was read just now.
 * @throws SessionError "lookup-failed", "scan-failed", "malformed-answer" or "base-failed"; the signal's reason.
 */
export async function refreshDrifts(
  ports: SessionPorts,
  keys: readonly Uint8Array[],
  signal?: AbortSignal,
  inBase?: readonly (BaseEntry | undefined)[],
): Promise<readonly Drift[]> {
  const [entries, completeAt, sides, inScope] = await Promise.all([
    inBase ?? readBase(ports, keys),
    onSide("base", "base-failed", "Reading when the base was complete", () => ports.base.completeAt()),
    lookupSides(ports, keys, signal),
    Promise.all(keys.map((key) => isInScope(ports, key, signal))),
  ]);
  const candidates = sides.map((side, i): Candidate => {
    const key = keys[i] as Uint8Array;
    return { key, ...side, base: baseStateOf(entries[i]), inScope: inScope[i] === true };
  });
  const reread = await recheck(ports, candidates, signal);
  return reread.map((read) => makeDrift(read, completeAt !== undefined, ports.remote.capabilities));
}

/** Entries without their bodies. @throws SessionError "base-failed" */
export async function readBase(
  { base }: SessionPorts,
  keys: readonly Uint8Array[],
): Promise<readonly (BaseEntry | undefined)[]> {
  if (keys.length === 0) return [];
  return await onSide("base", "base-failed", "Reading the base", () => base.read(keys, { bodies: false }));
}

/** Only a scan knows the scope; one of a single key is cheap. */
async function isInScope(
  ports: SessionPorts,
  key: Uint8Array,
  signal: AbortSignal | undefined,
): Promise<boolean> {
  if (!ports.remote.capabilities.scoped) return true;
  const successor = new Uint8Array(key.length + 1);
  successor.set(key);
  return await onSide("remote", "scan-failed", "Looking whether a record is in scope", async () => {
    for await (const batch of ports.remote.scan({ range: { lower: key, upper: successor }, signal })) {
      if (batch.count > 0) return true;
    }
    return false;
  });
}
