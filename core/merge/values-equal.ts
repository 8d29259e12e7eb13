import { DigestError } from "../digest/digest-error.ts";
import { Digester, digestsEqual } from "../digest/digester.ts";
import type { Slot } from "./slot.ts";

const digester = new Digester();

/**
 * Equality of decoded values, by the rules of the digest: -0 is not 0, NaN is NaN, the order of properties does
 * not matter, that of Map and Set does. A value that cannot be digested (a Blob whose bytes were not read) is
 * equal to itself alone: what was not compared is not called equal.
 */
export function valuesEqual(a: unknown, b: unknown): boolean {
  if (Object.is(a, b)) return true;
  if (!isObject(a) || !isObject(b)) return false;
  try {
    return digestsEqual(digester.digest(a), digester.digest(b));
  } catch (error) {
    if (error instanceof DigestError) return false;
    throw error;
  }
}

export function slotsEqual(a: Slot, b: Slot): boolean {
  if (!a.present || !b.present) return a.present === b.present;
  return valuesEqual(a.value, b.value);
}

function isObject(value: unknown): value is object {
  return typeof value === "object" && value !== null;
}
