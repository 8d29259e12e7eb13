/** What became of an operation, as far as the record itself can tell (decision 21). */
import type { BackendRecord } from "../backends/backend.ts";
import { slotOf, tokenAfter } from "../backends/shared/tokens.ts";

export type Resolution =
  /** What it expects is there: it can apply. */
  | "open"
  /** It is proven to have applied. */
  | "applied"
  /** It is proven to have not, and tokens never recur: it never will. */
  | "never"
  /** Too much was written since to tell. */
  | "maybe";

/**
 * An operation that expects slot n can only have taken slot n + 1. The record names who holds its newest slot
 * and who held the one before.
 */
export function resolveOperation(
  operation: { readonly opId: string; readonly expect: string | null },
  current: BackendRecord,
): Resolution {
  const { opId, expect } = operation;
  const own = tokenAfter(expect, opId);
  if (own === undefined) return "never";
  if (current.token === own) return "applied";
  if ((current.token ?? null) === expect) return "open";
  const slot = (slotOf(expect) ?? 0) + 1;
  const newest = slotOf(current.token);
  if (newest === slot) return "never";
  if (newest === slot + 1 && current.prevOpId !== undefined) {
    return current.prevOpId === opId ? "applied" : "never";
  }
  return "maybe";
}
