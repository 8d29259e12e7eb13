import type { Key } from "../../../core/key/key.ts";

/** "Compare two keys" of the IndexedDB specification, step by step: -1, 0 or 1. */
export function compareAsIndexedDb(a: Key, b: Key): number {
  const typeOrder = rank(a) - rank(b);
  if (typeOrder !== 0) return Math.sign(typeOrder);
  if (typeof a === "number" && typeof b === "number") return compareItems(a, b);
  if (a instanceof Date && b instanceof Date) return compareItems(a.getTime(), b.getTime());
  if (typeof a === "string" && typeof b === "string")
    return compareLists(unitsOf(a), unitsOf(b), compareItems);
  if (a instanceof ArrayBuffer && b instanceof ArrayBuffer) {
    return compareLists([...new Uint8Array(a)], [...new Uint8Array(b)], compareItems);
  }
  return compareLists(a as Key[], b as Key[], compareAsIndexedDb);
}

function rank(key: Key): number {
  if (typeof key === "number") return 1;
  if (key instanceof Date) return 2;
  if (typeof key === "string") return 3;
  return key instanceof ArrayBuffer ? 4 : 5;
}

function unitsOf(text: string): number[] {
  return Array.from({ length: text.length }, (_, i) => text.charCodeAt(i));
}

function compareItems(a: number, b: number): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

function compareLists<T>(a: readonly T[], b: readonly T[], compare: (a: T, b: T) => number): number {
  for (let i = 0; i < Math.min(a.length, b.length); i++) {
    const order = compare(a[i] as T, b[i] as T);
    if (order !== 0) return order;
  }
  return compareItems(a.length, b.length);
}
