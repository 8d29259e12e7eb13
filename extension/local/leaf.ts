/** A leaf of the base: its entries and their bodies, and how upserts change it. No storage in here. */
import { type EntryBatch, EntryState } from "../../core/batch/entry-batch.ts";
import { compareKeysAt, digestsEqualAt, sliceBatch, stateAt } from "../../core/batch/entry-batch-access.ts";
import { EntryBatchBuilder } from "../../core/batch/entry-batch-builder.ts";
import { type BodyColumn, BodyColumnBuilder, bodySize, sliceBodies } from "./body-column.ts";

/** Most entries of one leaf: about 60 KB, which a single update rewrites. */
const LEAF_ENTRIES = 1024;
/** About the most UTF-16 units of bodies beside one leaf; one body alone may be more. */
const LEAF_BODY_UNITS = 1024 * 1024;

/** Entries in ascending key order; body i, where there is one, is that of entry i. */
export interface Leaf {
  readonly entries: EntryBatch;
  readonly bodies: BodyColumn | undefined;
}

const EMPTY_LEAF: Leaf = { entries: new EntryBatchBuilder().build(), bodies: undefined };

/** Whether the old bodies matter for what the leaf becomes. */
export function keepsBodies(old: EntryBatch, upserts: Leaf): boolean {
  let j = 0;
  const { entries } = upserts;
  for (let i = 0; i < old.count; i++) {
    if (stateAt(old, i) !== EntryState.present) continue;
    while (j < entries.count && compareKeysAt(entries, j, old, i) < 0) j += 1;
    const isGiven = j < entries.count && compareKeysAt(entries, j, old, i) === 0;
    if (!isGiven || keepsBody(old, i, upserts, j)) return true;
  }
  return false;
}

/**
 * Whether the upserts become leaves of their own after this one: they come after it, it is well filled, and it
 * would overflow by them. So a base that grows in the order of its keys does not write a leaf again and again.
 *
 * @param bodyUnits About how much the leaf has of bodies.
 */
export function appendsAfter(entries: EntryBatch, bodyUnits: number, upserts: Leaf): boolean {
  const { count } = entries;
  if (compareKeysAt(entries, count - 1, upserts.entries, 0) >= 0) return false;
  const isOverflowing =
    count + upserts.entries.count > LEAF_ENTRIES ||
    bodyUnits + (upserts.bodies?.text.length ?? 0) > LEAF_BODY_UNITS;
  return isOverflowing && (count >= LEAF_ENTRIES / 2 || bodyUnits >= LEAF_BODY_UNITS / 2);
}

export function sliceLeaf(leaf: Leaf, from: number, to: number): Leaf {
  if (from === 0 && to === leaf.entries.count) return leaf;
  return to <= from
    ? EMPTY_LEAF
    : { entries: sliceBatch(leaf.entries, from, to), bodies: sliceBodies(leaf.bodies, from, to) };
}

/**
 * The leaf after the upserts. The body of an entry that gets none stays while its digest stays.
 */
export function mergeLeaves(leaf: Leaf, upserts: Leaf): Leaf {
  if (replacesAll(leaf, upserts)) return upserts;
  const builder = new EntryBatchBuilder();
  const bodies = new BodyColumnBuilder();
  const old = leaf.entries;
  const { entries } = upserts;
  let i = 0;
  let j = 0;
  while (i < old.count || j < entries.count) {
    const order = i === old.count ? 1 : j === entries.count ? -1 : compareKeysAt(old, i, entries, j);
    if (order < 0) {
      builder.pushFrom(old, i);
      bodies.pushFrom(leaf.bodies, i);
      i += 1;
      continue;
    }
    builder.pushFrom(entries, j);
    if (order === 0 && keepsBody(old, i, upserts, j)) bodies.pushFrom(leaf.bodies, i);
    else bodies.pushFrom(upserts.bodies, j);
    if (order === 0) i += 1;
    j += 1;
  }
  return { entries: builder.build(), bodies: bodies.build() };
}

/** Whether nothing of the leaf stays: so it is with most leaves of a push, and merging costs more than all else. */
function replacesAll({ entries, bodies }: Leaf, upserts: Leaf): boolean {
  let j = 0;
  for (let i = 0; i < entries.count; i++) {
    while (j < upserts.entries.count && compareKeysAt(upserts.entries, j, entries, i) < 0) j += 1;
    if (j === upserts.entries.count || compareKeysAt(upserts.entries, j, entries, i) !== 0) return false;
    if (bodies !== undefined && keepsBody(entries, i, upserts, j)) return false;
  }
  return true;
}

function keepsBody(entries: EntryBatch, i: number, upserts: Leaf, j: number): boolean {
  return bodySize(upserts.bodies, j) === 0 && isSameRecord(entries, i, upserts.entries, j);
}

/** Pieces of nearly the same size, none above the limits but a single entry with a large body. */
export function splitLeaf(leaf: Leaf): readonly Leaf[] {
  const { count } = leaf.entries;
  const units = leaf.bodies?.text.length ?? 0;
  const pieces = Math.ceil(Math.max(count / LEAF_ENTRIES, Math.min(count, units / LEAF_BODY_UNITS)));
  if (pieces <= 1) return [leaf];
  const mostEntries = Math.ceil(count / pieces);
  const split: Leaf[] = [];
  let from = 0;
  let size = 0;
  for (let i = 0; i < count; i++) {
    const next = bodySize(leaf.bodies, i);
    if (i > from && (i - from === mostEntries || size + next > LEAF_BODY_UNITS)) {
      split.push(sliceLeaf(leaf, from, i));
      from = i;
      size = 0;
    }
    size += next;
  }
  split.push(sliceLeaf(leaf, from, count));
  return split;
}

function isSameRecord(a: EntryBatch, i: number, b: EntryBatch, j: number): boolean {
  return (
    stateAt(a, i) === EntryState.present && stateAt(b, j) === EntryState.present && digestsEqualAt(a, i, b, j)
  );
}
