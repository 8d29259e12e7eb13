/** The fields in which two values differ, named by path, for the side-by-side table. */
import { encodeValue } from "../../../core/codec/encode-value.ts";
import { visible } from "./value-text.ts";

export type FieldSide = { readonly has: true; readonly value: unknown } | { readonly has: false };

export interface FieldDifference {
  /** "site.position.lat"; "" is the whole value. */
  readonly path: string;
  readonly local: FieldSide;
  readonly remote: FieldSide;
}

export interface Differences {
  readonly changed: readonly FieldDifference[];
  /** Top-level fields that are equal. */
  readonly equal: readonly { readonly path: string; readonly value: unknown }[];
}

const MAX_DEPTH = 12;
const MAX_FIELDS = 500;

/** Objects are compared field by field, everything else whole. */
export function fieldDifferences(local: unknown, remote: unknown): Differences {
  const changed: FieldDifference[] = [];
  const equal: { path: string; value: unknown }[] = [];
  walk(local, remote, "", 0);
  return { changed, equal };

  function walk(here: unknown, there: unknown, path: string, depth: number): void {
    if (isSame(here, there)) {
      if (depth <= 1) equal.push({ path, value: here });
      return;
    }
    if (depth < MAX_DEPTH && isPlain(here) && isPlain(there)) {
      for (const name of new Set([...Object.keys(here), ...Object.keys(there)])) {
        if (changed.length >= MAX_FIELDS) return;
        const inner = path === "" ? visible(name) : `${path}.${visible(name)}`;
        const isHere = Object.hasOwn(here, name);
        const isThere = Object.hasOwn(there, name);
        if (isHere && isThere) walk(here[name], there[name], inner, depth + 1);
        else
          changed.push({
            path: inner,
            local: isHere ? { has: true, value: here[name] } : { has: false },
            remote: isThere ? { has: true, value: there[name] } : { has: false },
          });
      }
      return;
    }
    changed.push({ path, local: { has: true, value: here }, remote: { has: true, value: there } });
  }
}

function isPlain(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && Object.getPrototypeOf(value) === Object.prototype;
}

/** Equal as values: by their texts, so that -0, holes and types count. */
export function isSame(a: unknown, b: unknown): boolean {
  if (Object.is(a, b)) return true;
  if (typeof a !== "object" || typeof b !== "object" || a === null || b === null) return false;
  try {
    return encodeValue(a) === encodeValue(b);
  } catch {
    // A Blob without its bytes cannot be proven equal, so it is not called so.
    return false;
  }
}
