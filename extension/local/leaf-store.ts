/** Leaves and bodies of one base as rows of the panel's database. */
import type { EntryBatch } from "../../core/batch/entry-batch.ts";
import { keyAt } from "../../core/batch/entry-batch-access.ts";
import { decodeEntryBatch, encodeEntryBatch, viewEntryBatch } from "../../core/batch/entry-batch-codec.ts";
import { compareBytes } from "../../core/key/compare-bytes.ts";
import { damagedBase, newerBase } from "./base-error.ts";
import type { BodyColumn } from "./body-column.ts";
import { appendsAfter, keepsBodies, type Leaf, mergeLeaves, sliceLeaf, splitLeaf } from "./leaf.ts";
import { asBytes, firstOfLeafAt, firstsHolding, firstsOfLeaves } from "./leaf-keys.ts";
import {
  type BodiesRow,
  FIRST_KEY,
  LAST_KEY,
  type LeafKey,
  type LeafRow,
  type LocalDatabase,
  type LocalTables,
  type UseRow,
} from "./local-database.ts";
import { lowerBound } from "./search-batch.ts";
import { evictBodies } from "./storage-room.ts";
import {
  deflateBodies,
  readBodies,
  type StoredBodies,
  StoredBodiesError,
  storedSize,
} from "./stored-bodies.ts";

/** Bodies are held for about this many bytes at a time. */
const BYTES_PER_READ = 8 * 1024 * 1024;
const HOUR = 60 * 60 * 1000;

export interface LeafStoreOptions {
  readonly base: number;
  /** How the mapping is called in errors. */
  readonly mappingName: string;
  readonly bodyBudget: number;
  readonly clock: () => number;
}

/**
 * Everything that writes is called by one panel at a time, so what was read stays true until the transaction
 * that writes; only the bodies can go in between, by eviction.
 */
export class LeafStore {
  readonly #db: LocalDatabase;
  readonly #options: LeafStoreOptions;

  constructor(db: LocalDatabase, options: LeafStoreOptions) {
    this.#db = db;
    this.#options = options;
  }

  /** Entries of up to `limit` leaves, from the one that holds `key` on. @throws BaseStoreError "damaged-base" */
  async entriesFrom(key: Uint8Array | undefined, limit: number): Promise<EntryBatch[]> {
    const { base } = this.#options;
    const rows = await this.#db.inTransaction("r", ["leaves"], async (tables) => {
      const first = key && (await firstOfLeafAt(tables, base, key));
      return tables.leaves
        .where("[base+first]")
        .between([base, first ?? FIRST_KEY], [base, LAST_KEY], true, true)
        .limit(limit)
        .toArray();
    });
    return rows.map((row) => this.#entriesOf(row));
  }

  /** The leaves that these keys, ascending, fall into, with their bodies: a few at a time. */
  async *leavesOf(keys: readonly Uint8Array[]): AsyncGenerator<Leaf> {
    // Noted to the hour, so that reading writes next to nothing: only the order of eviction depends on it.
    const staleBefore = this.#options.clock() - HOUR;
    let next = 0;
    while (next < keys.length) {
      const found: { row: LeafRow; stored: StoredBodies | undefined }[] = [];
      const stale: LeafKey[] = [];
      await this.#db.inTransaction("r", ["leaves", "bodies", "uses"], async (tables) => {
        let bytes = 0;
        while (next < keys.length && bytes < BYTES_PER_READ) {
          const leafKey = await this.#leafKeyAt(tables, keys[next] as Uint8Array);
          const row = leafKey && (await tables.leaves.get(leafKey));
          next += 1;
          if (leafKey === undefined || row === undefined) continue;
          const use = await tables.uses.get(leafKey);
          const stored = use && (await tables.bodies.get(leafKey))?.bodies;
          if (use !== undefined && use.usedAt < staleBefore) stale.push(leafKey);
          found.push({ row, stored });
          bytes += row.entries.length + (use?.size ?? 0);
          const last = lastKey(this.#entriesOf(row));
          while (next < keys.length && compareBytes(keys[next] as Uint8Array, last) <= 0) next += 1;
        }
      });
      await this.#touch(stale);
      for (const { row, stored } of found) yield await this.#leafOf(row, stored);
    }
  }

  /**
   * The entries, without their bodies, of the leaves that these keys, ascending, fall into: each leaf once. They
   * are to be searched: what is not looked at in a leaf is not decoded.
   */
  async entriesAt(keys: readonly Uint8Array[]): Promise<EntryBatch[]> {
    const { base } = this.#options;
    const rows = await this.#db.inTransaction("r", ["leaves"], async (tables) => {
      const firsts = await firstsHolding(tables, base, keys);
      return tables.leaves.bulkGet(firsts.map((first): LeafKey => [base, first]));
    });
    return rows.filter((row) => row !== undefined).map((row) => this.#entriesOf(row, viewEntryBatch));
  }

  /** The leaf of this first key. @throws BaseStoreError "damaged-base" or "newer-base" */
  async leafAt(first: Uint8Array): Promise<Leaf> {
    const key: LeafKey = [this.#options.base, first];
    const { row, stored } = await this.#db.inTransaction("r", ["leaves", "bodies"], async (tables) => ({
      row: await tables.leaves.get(key),
      stored: (await tables.bodies.get(key))?.bodies,
    }));
    if (row === undefined) throw damagedBase(this.#options.mappingName, "a leaf is gone");
    return this.#leafOf(row, stored);
  }

  /** The first key of the leaf after the one of this first key; of all, without. */
  firstAfter(after: Uint8Array | undefined): Promise<Uint8Array | undefined> {
    const { base } = this.#options;
    return this.#db.inTransaction("r", ["leaves"], async ({ leaves }) => {
      const [key] = await leaves
        .where("[base+first]")
        .between([base, after ?? FIRST_KEY], [base, LAST_KEY], after === undefined, true)
        .limit(1)
        .primaryKeys();
      return key && asBytes(key[1]);
    });
  }

  /** Merges the upserts, at least one, into the leaves that they fall into, in one transaction. */
  async upsert(upserts: Leaf): Promise<void> {
    const change = await this.#changeBy(upserts);
    if (change.isEmpty) return;
    const { base, bodyBudget } = this.#options;
    await this.#db.inTransaction("rw", ["bases", "leaves", "bodies", "uses"], async (tables) => {
      const grown = await change.write(tables);
      if (grown === 0) return;
      const row = await tables.bases.get(base);
      if (row === undefined) return;
      await tables.bases.put({
        ...row,
        bodyBytes: await evictBodies(tables, base, row.bodyBytes + grown, bodyBudget),
      });
    });
  }

  /** Deflates the bodies of one leaf that are not yet. False when there are none. */
  async deflateNext(): Promise<boolean> {
    const { base } = this.#options;
    const found = await this.#db.inTransaction("r", ["uses", "bodies"], async ({ uses, bodies }) => {
      const use = await uses.where("[base+packed]").equals([base, 0]).first();
      return use && { use, plain: (await bodies.get([base, use.first]))?.bodies.plain };
    });
    if (found === undefined) return false;
    const { use, plain } = found;
    const deflated = plain && (await deflateBodies(plain));
    await this.#db.inTransaction("rw", ["bases", "bodies", "uses"], async (tables) => {
      // Evicted meanwhile: nothing is left to deflate.
      if ((await tables.uses.get([base, use.first])) === undefined) return;
      await tables.uses.put({ ...use, packed: 1, size: deflated?.length ?? use.size });
      if (deflated === undefined) return;
      await tables.bodies.put({ base, first: use.first, bodies: { deflated } });
      const row = await tables.bases.get(base);
      if (row === undefined) return;
      await tables.bases.put({ ...row, bodyBytes: row.bodyBytes + deflated.length - use.size });
    });
    return true;
  }

  async #changeBy(upserts: Leaf): Promise<LeafChange> {
    const { base, clock } = this.#options;
    const { entries } = upserts;
    const touched = await this.#db.inTransaction("r", ["leaves", "bodies", "uses"], async (tables) => {
      const firsts = await firstsOfLeaves(tables, base, keyAt(entries, 0), lastKey(entries));
      const rows = await tables.leaves.bulkGet(firsts.map((first): LeafKey => [base, first]));
      const parts: TouchedLeaf[] = [];
      let from = 0;
      for (const [i, row] of rows.entries()) {
        const next = firsts[i + 1];
        const to = next === undefined ? entries.count : lowerBound(entries, next);
        if (row === undefined || to === from) continue;
        const part = sliceLeaf(upserts, from, to);
        const old = this.#entriesOf(row);
        const use = await tables.uses.get([base, row.first]);
        const appends = appendsAfter(old, use?.size ?? 0, part);
        const needsBodies = use !== undefined && !appends && keepsBodies(old, part);
        const stored = needsBodies ? (await tables.bodies.get([base, row.first]))?.bodies : undefined;
        parts.push({ row, old, stored, upserts: part, appends });
        from = to;
      }
      return parts;
    });
    const change = new LeafChange(base, clock());
    if (touched.length === 0) change.add(splitLeaf(upserts));
    for (const { row, old, stored, upserts: part, appends } of touched) {
      if (appends) {
        change.add(splitLeaf(part));
        continue;
      }
      const merged = mergeLeaves({ entries: old, bodies: await this.#bodiesOf(old, stored) }, part);
      change.replace(row, splitLeaf(merged), part.bodies !== undefined);
    }
    return change;
  }

  async #touch(stale: readonly LeafKey[]): Promise<void> {
    if (stale.length === 0) return;
    const now = this.#options.clock();
    await this.#db.inTransaction("rw", ["uses"], async ({ uses }) => {
      const rows = await uses.bulkGet([...stale]);
      await uses.bulkPut(rows.flatMap((row) => (row === undefined ? [] : [{ ...row, usedAt: now }])));
    });
  }

  async #leafKeyAt(tables: LocalTables, key: Uint8Array): Promise<LeafKey | undefined> {
    const { base } = this.#options;
    const first = await firstOfLeafAt(tables, base, key);
    return first && [base, first];
  }

  async #leafOf(row: LeafRow, stored: StoredBodies | undefined): Promise<Leaf> {
    const entries = this.#entriesOf(row);
    return { entries, bodies: await this.#bodiesOf(entries, stored) };
  }

  #entriesOf(row: LeafRow, decode = decodeEntryBatch): EntryBatch {
    const { mappingName } = this.#options;
    try {
      const entries = decode(row.entries);
      const isWhole = entries.count === row.count && entries.count > 0;
      if (isWhole && compareBytes(keyAt(entries, 0), asBytes(row.first)) === 0) return entries;
    } catch (error) {
      throw damagedBase(mappingName, "a leaf does not decode", error);
    }
    throw damagedBase(mappingName, "a leaf's entries are not those that its row tells");
  }

  async #bodiesOf(entries: EntryBatch, stored: StoredBodies | undefined): Promise<BodyColumn | undefined> {
    if (stored === undefined) return undefined;
    const { mappingName } = this.#options;
    try {
      const bodies = await readBodies(stored);
      if (bodies.ends.length === entries.count) return bodies;
    } catch (error) {
      if (error instanceof StoredBodiesError && error.code === "newer-bodies") {
        throw newerBase(mappingName, "the bodies of a leaf", error);
      }
      throw damagedBase(mappingName, "the bodies of a leaf do not decode", error);
    }
    throw damagedBase(mappingName, "the bodies of a leaf are not those of its entries");
  }
}

/** A leaf that upserts fall into; with its bodies only where they matter for what becomes of it. */
interface TouchedLeaf {
  readonly row: LeafRow;
  readonly old: EntryBatch;
  readonly stored: StoredBodies | undefined;
  readonly upserts: Leaf;
  /** They become leaves of their own after it. */
  readonly appends: boolean;
}

/** What one transaction does to the rows. */
class LeafChange {
  readonly #base: number;
  readonly #usedAt: number;
  readonly #gone: LeafKey[] = [];
  readonly #leaves: LeafRow[] = [];
  readonly #bodies: BodiesRow[] = [];

  constructor(base: number, usedAt: number) {
    this.#base = base;
    this.#usedAt = usedAt;
  }

  get isEmpty(): boolean {
    return this.#gone.length === 0 && this.#leaves.length === 0;
  }

  add(leaves: readonly Leaf[]): void {
    for (const { entries, bodies } of leaves) {
      const first = keyAt(entries, 0).slice();
      this.#leaves.push({
        base: this.#base,
        first,
        count: entries.count,
        entries: encodeEntryBatch(entries),
      });
      if (bodies !== undefined) this.#bodies.push({ base: this.#base, first, bodies: { plain: bodies } });
    }
  }

  replace(row: LeafRow, leaves: readonly Leaf[], hasNewBodies: boolean): void {
    const before = this.#leaves.length;
    this.add(leaves);
    const [only] = this.#leaves.slice(before);
    // What the compare found to be as it was is not written again.
    if (leaves.length === 1 && only && !hasNewBodies && compareBytes(only.entries, row.entries) === 0) {
      this.#leaves.length = before;
      if (leaves[0]?.bodies !== undefined) this.#bodies.pop();
      return;
    }
    this.#gone.push([this.#base, asBytes(row.first)]);
  }

  /** Answers by how many bytes the stored bodies grew (negative: shrank). */
  async write(tables: LocalTables): Promise<number> {
    const base = this.#base;
    let grown = 0;
    const uses = await tables.uses.bulkGet(this.#gone);
    for (const use of uses) grown -= use?.size ?? 0;
    const withBodies = this.#gone.filter((_key, i) => uses[i] !== undefined);
    if (this.#gone.length > 0) await tables.leaves.bulkDelete(this.#gone);
    if (withBodies.length > 0) {
      await tables.bodies.bulkDelete(withBodies);
      await tables.uses.bulkDelete(withBodies);
    }
    await tables.leaves.bulkPut(this.#leaves);
    if (this.#bodies.length > 0) {
      await tables.bodies.bulkPut(this.#bodies);
      await tables.uses.bulkPut(
        this.#bodies.map(({ first, bodies }): UseRow => {
          const size = storedSize(bodies);
          grown += size;
          return { base, first, size, usedAt: this.#usedAt, packed: 0 };
        }),
      );
    }
    return grown;
  }
}

function lastKey(entries: EntryBatch): Uint8Array {
  return keyAt(entries, entries.count - 1);
}
