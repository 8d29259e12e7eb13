/** After a comparison of changed keys: a range picked at random is compared whole, to see whether all was told. */
import { compareBytes } from "../key/compare-bytes.ts";
import { toHex } from "../key/hex.ts";
import { compare, readKnownSides } from "./compare.ts";
import { lookAt } from "./compare-changes.ts";
import type { CompareTrail, Comparison, Drift, VerifiedRange } from "./drift.ts";
import type { DriftList } from "./drift-list.ts";
import type { KeyRange } from "./ports.ts";
import { readChanges } from "./remote-changes.ts";
import { type LookedAt, replaceDrifts } from "./replace-drifts.ts";
import type { SessionPorts } from "./session-ports.ts";
import { sameSides } from "./side-state.ts";

/** A range has this share of the records, or this many, whichever is more. */
const SHARE = 0.01;
const RECORDS = 5000;
const MILLISECONDS = 3000;

export interface VerifyOptions {
  /** Ends it without an answer. */
  readonly signal?: AbortSignal | undefined;
  /** Keys that the page is known to have written since the comparison: what they are now surprises nobody. */
  readonly announced: () => Promise<readonly Uint8Array[]>;
  /** At least 0, below 1. */
  readonly random?: (() => number) | undefined;
  readonly milliseconds?: number | undefined;
  readonly clock?: (() => number) | undefined;
}

export interface Verification {
  readonly verified: VerifiedRange;
  /** The surprises, as they are now. */
  readonly looked: readonly LookedAt[];
}

/**
 * Compares a range of keys whole, within bounded time: what was not reached is left out of the range.
 *
 * @returns undefined when it was ended or the time was too short for a single run of keys.
 * @throws As `compare` and `compareChanges`.
 */
export async function verifyRange(
  ports: SessionPorts,
  comparison: Comparison,
  options: VerifyOptions,
): Promise<Verification | undefined> {
  const { signal, clock = Date.now, random = Math.random, milliseconds = MILLISECONDS } = options;
  const range = pickRange(comparison.trail, comparison.localRows, random);
  const timeout = AbortSignal.timeout(milliseconds);
  const found = await compare(ports, {
    range,
    clock,
    signal: signal ? AbortSignal.any([signal, timeout]) : timeout,
  });
  if (signal?.aborted || (!found.complete && !found.comparedUpTo)) return undefined;
  const within = (key: Uint8Array): boolean =>
    isIn(key, range) && (!found.comparedUpTo || compareBytes(key, found.comparedUpTo) <= 0);
  const announced = await announcedKeys(ports, comparison, options);
  const keys = differing(
    comparison.drifts.filter(({ key }) => within(key)),
    found.drifts,
  ).filter((key) => !announced.has(toHex(key)));
  const looked = await lookAt(ports, keys, {}, { signal });
  return { verified: { at: clock(), records: found.localRows, surprises: keys.length }, looked };
}

/** The comparison with what a verification of it found. */
export async function withVerification(
  ports: SessionPorts,
  comparison: Comparison,
  { verified, looked }: Verification,
): Promise<Comparison> {
  if (comparison.rechecked === undefined) return comparison;
  const told = { ...comparison, rechecked: { ...comparison.rechecked, verified } };
  if (looked.length === 0) return told;
  const { tombstones } = ports.remote.capabilities;
  return {
    ...told,
    ...replaceDrifts(comparison, looked, { known: await readKnownSides(ports), tombstones }),
  };
}

/** Runs of the last comparison of all records, enough of them, from one picked at random on. */
function pickRange(trail: CompareTrail | undefined, records: number, random: () => number): KeyRange {
  const milestones = trail?.milestones ?? [];
  const wanted = Math.max(RECORDS, records * SHARE);
  // The last run ends with the store: what was added behind it since belongs to it.
  const cuts = milestones.slice(0, -1);
  const first = Math.floor(random() * milestones.length);
  const from = cuts[first - 1];
  const to = cuts.slice(first).find((cut) => cut.records - (from?.records ?? 0) >= wanted);
  return { ...(from ? { lower: from.key } : {}), ...(to ? { upper: to.key } : {}) };
}

function isIn(key: Uint8Array, { lower, upper }: KeyRange): boolean {
  return (!lower || compareBytes(key, lower) >= 0) && (!upper || compareBytes(key, upper) < 0);
}

/** Keys that the two lists do not say the same of, ascending. */
function differing(expected: readonly Drift[], found: DriftList): Uint8Array[] {
  const keys = new Map<string, Uint8Array>();
  const earlier = new Map(expected.map((drift) => [toHex(drift.key), drift]));
  for (const drift of found) {
    const hex = toHex(drift.key);
    const before = earlier.get(hex);
    earlier.delete(hex);
    if (!before || !sameSides(before, drift)) keys.set(hex, drift.key);
  }
  for (const [hex, { key }] of earlier) keys.set(hex, key);
  return [...keys.values()].sort(compareBytes);
}

async function announcedKeys(
  { remote }: SessionPorts,
  { trail }: Comparison,
  { announced, signal }: VerifyOptions,
): Promise<ReadonlySet<string>> {
  const local = new Set((await announced()).map(toHex));
  if (trail?.checkpoint === undefined) return local;
  const { entries } = await readChanges(remote, trail.checkpoint, signal);
  return new Set([...local, ...entries.keys()]);
}
