/** Rereading of differences: what is shown as drift was seen twice in a row, on both sides. */
import { sidesEqual } from "../diff/classify.ts";
import type { BaseState, SideState } from "./drift.ts";
import { lookupSides } from "./lookup-sides.ts";
import type { SessionPorts } from "./session-ports.ts";
import { sameSides } from "./side-state.ts";

/** A key whose sides differed when they were scanned. */
export interface Candidate {
  readonly key: Uint8Array;
  readonly local: SideState;
  readonly remote: SideState;
  readonly base: BaseState | undefined;
  /** False when a scoped scan lacked this key, though the remote may hold it outside the scope. */
  readonly inScope: boolean;
}

export interface Rechecked extends Candidate {
  /** It changed between every two reads. */
  readonly moving: boolean;
}

/** Reads of a key that keeps changing before it is called "moving". */
const MAX_ROUNDS = 5;

/**
 * Rereads the candidates (ascending keys) until two consecutive reads of a key agree, or until the sides are
 * equal, which needs no second look. Answers in the same order.
 *
 * @throws As `lookupSides`.
 */
export async function recheck(
  ports: SessionPorts,
  candidates: readonly Candidate[],
  signal: AbortSignal | undefined,
): Promise<Rechecked[]> {
  const results: Rechecked[] = candidates.map((candidate) => ({ ...candidate, moving: true }));
  let pending = results.map((_, i) => i);
  for (let round = 0; round < MAX_ROUNDS && pending.length > 0; round++) {
    const keys = pending.map((i) => (results[i] as Rechecked).key);
    const reads = await lookupSides(ports, keys, signal);
    pending = pending.filter((i, at) => {
      const before = results[i] as Rechecked;
      const now = reads[at] as { local: SideState; remote: SideState };
      const agree = sameSides(before, now);
      const settled = agree || (before.inScope && sidesEqual(now.local, now.remote));
      results[i] = { ...before, local: now.local, remote: now.remote, moving: !settled };
      return !settled;
    });
  }
  return results;
}
