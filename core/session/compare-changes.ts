/** Comparing again what was told to have changed: costs what the changes cost, not what the store does. */
import { EntryState } from "../batch/entry-batch.ts";
import { compareBytes } from "../key/compare-bytes.ts";
import { fromHex, toHex } from "../key/hex.ts";
import { baseBatch } from "./base-batch.ts";
import { readKnownSides } from "./compare.ts";
import type { CompareProgress, Comparison, Drift, UnseenWriter } from "./drift.ts";
import { baseLearnedFrom } from "./make-drift.ts";
import type { BaseEntry } from "./ports.ts";
import { refreshDrifts } from "./refresh-drifts.ts";
import { type ChangedEntry, moveCheckpoint, readChanges } from "./remote-changes.ts";
import { type LookedAt, replaceDrifts } from "./replace-drifts.ts";
import { onSide, SessionError } from "./session-error.ts";
import type { SessionPorts } from "./session-ports.ts";

/** Keys that are looked at together: as in a compare. */
const KEYS_AT_ONCE = 4000;

export interface ChangesOptions {
  readonly signal?: AbortSignal | undefined;
  readonly onProgress?: ((progress: CompareProgress) => void) | undefined;
  /** Milliseconds since 1970; decides nothing, it only labels. */
  readonly clock?: (() => number) | undefined;
}

/** What is known to have changed in the page since the earlier comparison began. */
export interface LocalHints {
  /** In any order; a key may come twice. */
  readonly keys: readonly Uint8Array[];
  /**
   * Keys that an apply or an undo of this session wrote since, in hexadecimal, with whether the base held a record
   * when the earlier comparison ended.
   */
  readonly applied?: ReadonlyMap<string, boolean> | undefined;
  readonly unseen: readonly UnseenWriter[];
}

/** A complete comparison that another can go on from. */
export type EarlierComparison = Comparison & {
  readonly trail: { readonly checkpoint: string };
};

/**
 * The earlier comparison, brought up to date: what changed on the remote since, and what is hinted to have changed
 * in the page, is looked up on both sides until two reads agree, and classified as in a compare. Everything else
 * stays as it was found. What the base learns is durable before its checkpoint moves.
 *
 * @param hints A hint too many costs a lookup; one that is missing hides a change: the result never says "full".
 * @throws SessionError "stale-checkpoint", "other-store" where the page's database is not what it was by version,
 *   key path or key generator: nobody told of what happened then; "changes-failed", "lookup-failed", "scan-failed", "malformed-answer" or
 *   "base-failed"; the signal's reason. The earlier comparison then still holds, and so do the hints.
 */
export async function compareChanges(
  ports: SessionPorts,
  earlier: EarlierComparison,
  hints: LocalHints,
  options: ChangesOptions = {},
): Promise<Comparison> {
  const { signal, clock = Date.now } = options;
  const startedAt = clock();
  const [known, changes] = await Promise.all([
    readKnownSides(ports),
    readChanges(ports.remote, earlier.trail.checkpoint, signal),
  ]);
  if (JSON.stringify(known.before) !== JSON.stringify(known.now)) {
    throw new SessionError("other-store", "The page's database was upgraded or made anew since.", {
      side: "local",
    });
  }
  const keys = await keysToLookAt(ports, earlier, hints, changes.entries);
  const looked = await lookAt(ports, keys, hints, options);
  const { tombstones } = ports.remote.capabilities;
  const replaced = replaceDrifts(earlier, looked, { known, tombstones });
  await moveCheckpoint(ports, changes.checkpoint, replaced.drifts);
  return {
    ...replaced,
    extent: "rechecked",
    rechecked: { keys: keys.length, fullAt: fullAtOf(earlier), unseen: hints.unseen },
    trail: { ...earlier.trail, checkpoint: changes.checkpoint },
    complete: true,
    startedAt,
    finishedAt: clock(),
  };
}

/** When the last comparison of all records ended. */
function fullAtOf(comparison: Comparison): number {
  return comparison.rechecked?.fullAt ?? comparison.finishedAt;
}

/**
 * Looks at these keys (ascending) on both sides and in the base, and writes to the base what it learns.
 *
 * @throws As `refreshDrifts`.
 */
export async function lookAt(
  ports: SessionPorts,
  keys: readonly Uint8Array[],
  { applied }: Pick<LocalHints, "applied">,
  { signal, onProgress }: ChangesOptions,
): Promise<LookedAt[]> {
  const looked: LookedAt[] = [];
  let found = 0;
  for (let from = 0; from < keys.length; from += KEYS_AT_ONCE) {
    signal?.throwIfAborted();
    const some = keys.slice(from, from + KEYS_AT_ONCE);
    const drifts = await refreshDrifts(ports, some, signal);
    await learn(ports, drifts);
    for (const drift of drifts) {
      looked.push({ drift, heldThen: applied?.get(toHex(drift.key)) });
      if (drift.kind !== "equal") found++;
    }
    onProgress?.({ localRows: looked.length, remoteRows: looked.length, drifts: found, phase: "recheck" });
  }
  return looked;
}

async function learn({ base }: SessionPorts, drifts: readonly Drift[]): Promise<void> {
  const learned = drifts.map((drift) => baseLearnedFrom(drift, true)).filter((entry) => entry !== undefined);
  if (learned.length === 0) return;
  await onSide("base", "base-failed", "Writing what was found equal to the base", () =>
    base.writeBatch(baseBatch(learned)),
  );
}

/** Ascending, each key once. What the base holds already, as after a push of ours, needs no look. */
async function keysToLookAt(
  ports: SessionPorts,
  earlier: Comparison,
  hints: LocalHints,
  changed: ReadonlyMap<string, ChangedEntry>,
): Promise<Uint8Array[]> {
  const keys = new Map(hints.keys.map((key) => [toHex(key), key]));
  for (const hex of hints.applied?.keys() ?? []) keys.set(hex, fromHex(hex));
  const listed = new Set<string>();
  for (const { key, kind } of earlier.drifts) {
    const hex = toHex(key);
    listed.add(hex);
    // It was never seen twice alike: what it is now nobody knows.
    if (kind === "moving") keys.set(hex, key);
  }
  const unlisted: ChangedEntry[] = [];
  for (const [hex, entry] of changed) {
    if (listed.has(hex)) keys.set(hex, entry.key);
    else if (!keys.has(hex)) unlisted.push(entry);
  }
  const inBase = await readBase(
    ports,
    unlisted.map(({ key }) => key),
  );
  unlisted.forEach((entry, i) => {
    if (!isInBase(entry, inBase[i])) keys.set(toHex(entry.key), entry.key);
  });
  return [...keys.values()].sort(compareBytes);
}

function isInBase({ state, token }: ChangedEntry, base: BaseEntry | undefined): boolean {
  return base !== undefined && token !== "" && base.token === token && EntryState[base.state] === state;
}

async function readBase(
  { base }: SessionPorts,
  keys: readonly Uint8Array[],
): Promise<readonly (BaseEntry | undefined)[]> {
  if (keys.length === 0) return [];
  return await onSide("base", "base-failed", "Reading the base", () => base.read(keys, { bodies: false }));
}
