/** A leaf of the base: its entries and their bodies, and how upserts change it. No storage in here. */
import type { EntryBatch } from "../../core/batch/entry-batch.ts";
import { EntryState } from "../../core/batch/entry-batch.ts";
import { compareKeysAt, digestsEqualAt, sliceBatch, stateAt } from "../../core/batch/entry-batch-access.ts";
import { EntryBatchBuilder } from "../../core/batch/entry-batch-builder.ts";

export interface Leaf {
  readonly entries: EntryBatch;
  /** One an entry; undefined = no bodies at all. */
  readonly texts: readonly (string | null)[] | undefined;
}

/** Entries in ascending key order; `texts[i]`, when given, is the body of entry i. */
export interface Upserts {
  readonly entries: EntryBatch;
  readonly texts?: readonly (string | null)[] | undefined;
}

export const EMPTY_LEAF: Leaf = { entries: new EntryBatchBuilder().build(), texts: undefined };

/**
 * The leaf after the upserts `from` (inclusive) to `to`. The body of an entry that gets none stays while its
 * digest stays.
 */
export function mergeIntoLeaf(leaf: Leaf, upserts: Upserts, from: number, to: number): Leaf {
  const builder = new EntryBatchBuilder();
  const texts: (string | null)[] = [];
  const old = leaf.entries;
  let i = 0;
  let j = from;
  while (i < old.count || j < to) {
    const order = i === old.count ? 1 : j === to ? -1 : compareKeysAt(old, i, upserts.entries, j);
    if (order < 0) {
      builder.pushFrom(old, i);
      texts.push(leaf.texts?.[i] ?? null);
      i += 1;
      continue;
    }
    builder.pushFrom(upserts.entries, j);
    const given = upserts.texts?.[j] ?? null;
    const staysValid = order === 0 && given === null && isSameRecord(old, i, upserts.entries, j);
    texts.push(staysValid ? (leaf.texts?.[i] ?? null) : given);
    if (order === 0) i += 1;
    j += 1;
  }
  return { entries: builder.build(), texts: texts.some((text) => text !== null) ? texts : undefined };
}

/** Pieces of nearly the same size, none above `limit`. */
export function splitLeaf(leaf: Leaf, limit: number): Leaf[] {
  const pieces = Math.ceil(leaf.entries.count / limit);
  if (pieces <= 1) return [leaf];
  const size = Math.ceil(leaf.entries.count / pieces);
  const split: Leaf[] = [];
  for (let from = 0; from < leaf.entries.count; from += size) {
    const to = Math.min(from + size, leaf.entries.count);
    const texts = leaf.texts?.slice(from, to);
    split.push({
      entries: sliceBatch(leaf.entries, from, to),
      texts: texts?.some((text) => text !== null) ? texts : undefined,
    });
  }
  return split;
}

function isSameRecord(a: EntryBatch, i: number, b: EntryBatch, j: number): boolean {
  return (
    stateAt(a, i) === EntryState.present && stateAt(b, j) === EntryState.present && digestsEqualAt(a, i, b, j)
  );
}
