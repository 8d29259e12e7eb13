/** Comparing again what was told to have changed: costs what the changes cost, not what the store does. */
import { EntryState } from "../batch/entry-batch.ts";
import { compareBytes } from "../key/compare-bytes.ts";
import { fromHex, toHex } from "../key/hex.ts";
import { readKnownSides, type StoreThenAndNow } from "./compare.ts";
import type { CompareProgress, Comparison, UnseenWriter } from "./drift.ts";
import { learnEqual } from "./learn-equal.ts";
import type { BaseEntry } from "./ports.ts";
import { readBase, refreshDrifts } from "./refresh-drifts.ts";
import { type ChangedEntry, moveCheckpoint, type RemoteChanges, readChanges } from "./remote-changes.ts";
import { type LookedAt, replaceDrifts } from "./replace-drifts.ts";
import { SessionError } from "./session-error.ts";
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

/** What both sides say of themselves since the earlier comparison. */
export interface Since {
  readonly known: StoreThenAndNow;
  readonly changes: RemoteChanges;
}

/** @throws SessionError "stale-checkpoint", "changes-failed", "lookup-failed" or "base-failed"; the signal's reason. */
export async function readSince(
  ports: SessionPorts,
  earlier: EarlierComparison,
  signal: AbortSignal | undefined,
): Promise<Since> {
  const [known, changes] = await Promise.all([
    readKnownSides(ports),
    readChanges(ports.remote, earlier.trail.checkpoint, signal),
  ]);
  return { known, changes };
}

/**
 * The earlier comparison, brought up to date: what changed on the remote since, and what is hinted to have changed
 * in the page, is looked up on both sides until two reads agree, and classified as in a compare. Everything else
 * stays as it was found. What the base learns is durable before its checkpoint moves.
 *
 * @param hints A hint too many costs a lookup; one that is missing hides a change: the result never says "full".
 * @param since Of `readSince`.
 * @throws As `readSince`; SessionError "other-store" where the page's database is not what it was by version,
 *   key path or key generator: nobody told of what happened then; "changes-failed", "lookup-failed", "scan-failed", "malformed-answer" or
 *   "base-failed"; the signal's reason. The earlier comparison then still holds, and so do the hints.
 */
export async function compareChanges(
  ports: SessionPorts,
  earlier: EarlierComparison,
  hints: LocalHints,
  since: Promise<Since>,
  options: ChangesOptions = {},
): Promise<Comparison> {
  const { clock = Date.now } = options;
  const startedAt = clock();
  const { known, changes } = await since;
  if (JSON.stringify(known.before) !== JSON.stringify(known.now)) {
    throw new SessionError("other-store", "The page's database was upgraded or made anew since.", {
      side: "local",
    });
  }
  const { keys, inBase } = await keysToLookAt(ports, earlier, hints, changes.entries);
  const looked = await lookAt(ports, keys, hints, options, inBase);
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
 * @param inBase What the base holds of each key, where it was read just now.
 * @throws As `refreshDrifts`.
 */
export async function lookAt(
  ports: SessionPorts,
  keys: readonly Uint8Array[],
  { applied }: Pick<LocalHints, "applied">,
  { signal, onProgress }: ChangesOptions,
  inBase?: readonly (BaseEntry | undefined)[],
): Promise<LookedAt[]> {
  const looked: LookedAt[] = [];
  let found = 0;
  for (let from = 0; from < keys.length; from += KEYS_AT_ONCE) {
    signal?.throwIfAborted();
    const some = keys.slice(from, from + KEYS_AT_ONCE);
    const drifts = await refreshDrifts(ports, some, signal, inBase?.slice(from, from + KEYS_AT_ONCE));
    await learnEqual(ports, drifts, true);
    for (const drift of drifts) {
      looked.push({ drift, heldThen: applied?.get(toHex(drift.key)) });
      if (drift.kind !== "equal") found++;
    }
    onProgress?.({ localRows: looked.length, remoteRows: looked.length, drifts: found, phase: "recheck" });
  }
  return looked;
}

interface KeysToLookAt {
  /** Ascending, each once. */
  readonly keys: readonly Uint8Array[];
  /** Of each key. */
  readonly inBase: readonly (BaseEntry | undefined)[];
}

/** What the base holds already, as after a push of ours, needs no look. */
async function keysToLookAt(
  ports: SessionPorts,
  earlier: Comparison,
  hints: LocalHints,
  changed: ReadonlyMap<string, ChangedEntry>,
): Promise<KeysToLookAt> {
  const needed = new Map(hints.keys.map((key) => [toHex(key), key]));
  for (const hex of hints.applied?.keys() ?? []) needed.set(hex, fromHex(hex));
  const listed = new Set<string>();
  for (const { key, kind } of earlier.drifts) {
    const hex = toHex(key);
    listed.add(hex);
    // It was never seen twice alike: what it is now nobody knows.
    if (kind === "moving") needed.set(hex, key);
  }
  const candidates = new Map(needed);
  for (const [hex, { key }] of changed) candidates.set(hex, key);
  const keys = [...candidates].sort(([, a], [, b]) => compareBytes(a, b));
  // One read for all: the rows of the base that the keys lie in are what it costs.
  const inBase = await readBase(
    ports,
    keys.map(([, key]) => key),
  );
  const wanted = keys.flatMap(([hex, key], i) => {
    const entry = changed.get(hex);
    const isKnown = entry && !needed.has(hex) && !listed.has(hex) && isInBase(entry, inBase[i]);
    return isKnown ? [] : [{ key, entry: inBase[i] }];
  });
  return { keys: wanted.map(({ key }) => key), inBase: wanted.map(({ entry }) => entry) };
}

function isInBase({ state, token }: ChangedEntry, base: BaseEntry | undefined): boolean {
  return base !== undefined && token !== "" && base.token === token && EntryState[base.state] === state;
}
