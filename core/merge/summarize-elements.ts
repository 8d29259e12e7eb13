import { valuesEqual } from "./values-equal.ts";

/** How two collections differ, for display; merging takes them whole. */
export interface ElementSummary {
  readonly of: "array" | "bytes" | "map" | "set";
  /** Elements before and after. */
  readonly before: number;
  readonly after: number;
  readonly added: number;
  readonly removed: number;
  readonly changed: number;
  /** The first places that differ: indices, keys of a Map, members of a Set. */
  readonly at: readonly unknown[];
}

const MAX_PLACES = 20;

/** Undefined where the two are not collections of one type. Elements are compared by index, or by key. */
export function summarizeElements(before: unknown, after: unknown): ElementSummary | undefined {
  if (Array.isArray(before) && Array.isArray(after)) return byIndex("array", before, after);
  const beforeBytes = bytesOf(before);
  const afterBytes = bytesOf(after);
  if (beforeBytes && afterBytes) return byIndex("bytes", beforeBytes, afterBytes);
  if (before instanceof Map && after instanceof Map) return byKey(before, after);
  if (before instanceof Set && after instanceof Set) return byMember(before, after);
  return undefined;
}

function bytesOf(value: unknown): Uint8Array | undefined {
  if (ArrayBuffer.isView(value)) return new Uint8Array(value.buffer, value.byteOffset, value.byteLength);
  return value instanceof ArrayBuffer ? new Uint8Array(value) : undefined;
}

function byIndex(
  of: "array" | "bytes",
  before: ArrayLike<unknown>,
  after: ArrayLike<unknown>,
): ElementSummary {
  const places: unknown[] = [];
  const shared = Math.min(before.length, after.length);
  let changed = 0;
  for (let i = 0; i < shared; i++) {
    const same = i in before === i in after && valuesEqual(before[i], after[i]);
    if (same) continue;
    changed++;
    if (places.length < MAX_PLACES) places.push(i);
  }
  const longest = Math.max(before.length, after.length);
  for (let i = shared; i < longest && places.length < MAX_PLACES; i++) places.push(i);
  return {
    of,
    before: before.length,
    after: after.length,
    added: after.length - shared,
    removed: before.length - shared,
    changed,
    at: places,
  };
}

/** Keys that are objects never match: two Maps do not share them. */
function byKey(before: ReadonlyMap<unknown, unknown>, after: ReadonlyMap<unknown, unknown>): ElementSummary {
  const removed = [...before.keys()].filter((key) => !after.has(key));
  const added = [...after.keys()].filter((key) => !before.has(key));
  const changed = [...before].filter(([key, value]) => after.has(key) && !valuesEqual(value, after.get(key)));
  return {
    of: "map",
    before: before.size,
    after: after.size,
    added: added.length,
    removed: removed.length,
    changed: changed.length,
    at: [...changed.map(([key]) => key), ...removed, ...added].slice(0, MAX_PLACES),
  };
}

function byMember(before: ReadonlySet<unknown>, after: ReadonlySet<unknown>): ElementSummary {
  const removed = [...before].filter((member) => !after.has(member));
  const added = [...after].filter((member) => !before.has(member));
  return {
    of: "set",
    before: before.size,
    after: after.size,
    added: added.length,
    removed: removed.length,
    changed: 0,
    at: [...removed, ...added].slice(0, MAX_PLACES),
  };
}
