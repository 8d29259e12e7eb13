import { decodeKey } from "../../../core/key/decode-key.ts";
import { fromHex } from "../../../core/key/hex.ts";
import type { Key } from "../../../core/key/key.ts";

/** A part of a store in key order; `upper` is exclusive, absent bounds are open. */
export interface KeySpan {
  readonly lower?: IDBValidKey;
  readonly lowerOpen: boolean;
  readonly upper?: IDBValidKey;
}

export function keyOfHex(hex: string): Key {
  return decodeKey(fromHex(hex));
}

/** The span that a request names by `after` or `lower`, and `upper`. Undefined when nothing can be in it. */
export function spanOf(bounds: { after?: string; lower?: string; upper?: string }): KeySpan | undefined {
  const after = bounds.after === undefined ? undefined : keyOfHex(bounds.after);
  const lower = bounds.lower === undefined ? undefined : keyOfHex(bounds.lower);
  // `after` wins unless it lies before the range.
  const startsAfter = after !== undefined && (lower === undefined || indexedDB.cmp(after, lower) >= 0);
  const span: KeySpan = {
    ...(startsAfter ? { lower: after } : lower === undefined ? {} : { lower }),
    lowerOpen: startsAfter,
    ...(bounds.upper === undefined ? {} : { upper: keyOfHex(bounds.upper) }),
  };
  return isEmpty(span) ? undefined : span;
}

/** What is left of the span after this key. */
export function restAfter(span: KeySpan, key: IDBValidKey): KeySpan {
  return { ...span, lower: key, lowerOpen: true };
}

export function isEmpty(span: KeySpan): boolean {
  if (span.lower === undefined || span.upper === undefined) return false;
  return indexedDB.cmp(span.lower, span.upper) >= 0;
}

/** null: every key. The span must not be empty. */
export function rangeOf(span: KeySpan): IDBKeyRange | null {
  if (span.lower === undefined) {
    return span.upper === undefined ? null : IDBKeyRange.upperBound(span.upper, true);
  }
  if (span.upper === undefined) return IDBKeyRange.lowerBound(span.lower, span.lowerOpen);
  return IDBKeyRange.bound(span.lower, span.upper, span.lowerOpen, true);
}
