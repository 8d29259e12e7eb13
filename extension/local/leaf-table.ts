/** Leaves as rows of the panel's database. The functions work on the tables of the caller's transaction. */
import { keyAt } from "../../core/batch/entry-batch-access.ts";
import { decodeEntryBatch, encodeEntryBatch } from "../../core/batch/entry-batch-codec.ts";
import { compareBytes } from "../../core/key/compare-bytes.ts";
import { damagedBase } from "./base-error.ts";
import { EMPTY_LEAF, type Leaf, mergeIntoLeaf, splitLeaf, type Upserts } from "./leaf.ts";
import {
  type BodiesRow,
  FIRST_KEY,
  LAST_KEY,
  LEAF_ENTRIES,
  type LeafKey,
  type LeafRow,
  type LocalTables,
} from "./local-database.ts";
import { lowerBound } from "./search-batch.ts";

/** The first key of the leaf that holds, or would hold, this key; undefined when it is before all leaves. */
export async function firstOfLeafAt(
  tables: LocalTables,
  base: number,
  key: Uint8Array,
): Promise<Uint8Array | undefined> {
  const [found] = await tables.leaves
    .where("[base+first]")
    .between([base, FIRST_KEY], [base, key], true, true)
    .reverse()
    .limit(1)
    .primaryKeys();
  return found && asBytes(found[1]);
}

/**
 * First keys of the leaves that keys from `lowest` to `highest` fall into. Keys below all leaves fall into the
 * first one, so that a base which grows downwards does not become tiny leaves.
 */
async function firstsOfLeaves(
  tables: LocalTables,
  base: number,
  lowest: Uint8Array,
  highest: Uint8Array,
): Promise<Uint8Array[]> {
  const from = (await firstOfLeafAt(tables, base, lowest)) ?? (await firstOfAll(tables, base));
  if (from === undefined) return [];
  const to = compareBytes(from, highest) > 0 ? from : highest;
  const keys = await tables.leaves
    .where("[base+first]")
    .between([base, from], [base, to], true, true)
    .primaryKeys();
  return keys.map(([, first]) => asBytes(first));
}

async function firstOfAll(tables: LocalTables, base: number): Promise<Uint8Array | undefined> {
  const [found] = await tables.leaves
    .where("[base+first]")
    .between([base, FIRST_KEY], [base, LAST_KEY])
    .limit(1)
    .primaryKeys();
  return found && asBytes(found[1]);
}

/** @throws BaseStoreError "damaged-base". */
export function decodeLeaf(row: LeafRow, bodies: BodiesRow | undefined, mappingName: string): Leaf {
  try {
    const entries = decodeEntryBatch(row.entries);
    const isWhole = entries.count === row.count && entries.count > 0;
    if (!isWhole || compareBytes(keyAt(entries, 0), asBytes(row.first)) !== 0) {
      throw new Error("its entries are not those that its row tells");
    }
    if (bodies !== undefined && bodies.texts.length !== entries.count) {
      throw new Error("its bodies are not those of its entries");
    }
    return { entries, texts: bodies?.texts };
  } catch (error) {
    throw damagedBase(mappingName, "a leaf does not decode", error);
  }
}

/**
 * Merges the upserts into the leaves that they fall into and splits what grew too large.
 * Answers by how many units the stored bodies grew (negative: shrank).
 */
export async function upsertIntoLeaves(
  tables: LocalTables,
  base: number,
  upserts: Upserts,
  usedAt: number,
  mappingName: string,
): Promise<number> {
  const { entries } = upserts;
  const firsts = await firstsOfLeaves(tables, base, keyAt(entries, 0), keyAt(entries, entries.count - 1));
  const keys = firsts.map((first): LeafKey => [base, first]);
  const rows = await tables.leaves.bulkGet(keys);
  const bodies = await tables.bodies.bulkGet(keys);

  const change = new LeafChange(base, usedAt);
  let from = 0;
  for (let i = 0; i < Math.max(firsts.length, 1); i++) {
    const next = firsts[i + 1];
    const to = next === undefined ? entries.count : lowerBound(entries, next);
    if (to === from) continue;
    const row = rows[i];
    const leaf = row === undefined ? EMPTY_LEAF : decodeLeaf(row, bodies[i], mappingName);
    change.replace(row, bodies[i], splitLeaf(mergeIntoLeaf(leaf, upserts, from, to), LEAF_ENTRIES));
    from = to;
  }
  await change.write(tables);
  return change.grownUnits;
}

/** What one transaction does to the rows. */
class LeafChange {
  /** Units of bodies after the change less those before. */
  grownUnits = 0;
  readonly #base: number;
  readonly #usedAt: number;
  readonly #gone: LeafKey[] = [];
  readonly #goneBodies: LeafKey[] = [];
  readonly #leaves: LeafRow[] = [];
  readonly #bodies: BodiesRow[] = [];

  constructor(base: number, usedAt: number) {
    this.#base = base;
    this.#usedAt = usedAt;
  }

  replace(row: LeafRow | undefined, bodies: BodiesRow | undefined, leaves: readonly Leaf[]): void {
    if (row !== undefined && leaves.length === 1 && bodies === undefined && leaves[0]?.texts === undefined) {
      const [only] = leaves;
      if (only && compareBytes(encodeEntryBatch(only.entries), row.entries) === 0) return;
    }
    if (row !== undefined) this.#gone.push([this.#base, row.first]);
    if (bodies !== undefined) {
      this.#goneBodies.push([this.#base, bodies.first]);
      this.grownUnits -= bodies.size;
    }
    for (const leaf of leaves) this.#add(leaf);
  }

  async write(tables: LocalTables): Promise<void> {
    await tables.leaves.bulkDelete(this.#gone);
    await tables.bodies.bulkDelete(this.#goneBodies);
    await tables.leaves.bulkPut(this.#leaves);
    await tables.bodies.bulkPut(this.#bodies);
  }

  #add(leaf: Leaf): void {
    const base = this.#base;
    const first = keyAt(leaf.entries, 0).slice();
    const { count } = leaf.entries;
    this.#leaves.push({ base, first, count, entries: encodeEntryBatch(leaf.entries) });
    if (leaf.texts === undefined) return;
    const size = leaf.texts.reduce((sum, text) => sum + (text?.length ?? 0), 0);
    this.#bodies.push({ base, first, texts: leaf.texts, size, usedAt: this.#usedAt });
    this.grownUnits += size;
  }
}

/** A binary key comes back from IndexedDB as an ArrayBuffer. */
function asBytes(key: Uint8Array | ArrayBuffer): Uint8Array {
  return key instanceof Uint8Array ? key : new Uint8Array(key);
}
