/** The base, the journal and the plans of one mapping in the panel's own IndexedDB. */
import { type EntryBatch, EntryState } from "../../core/batch/entry-batch.ts";
import { digestAt, keyAt, sliceBatch, stateAt, tokenAt } from "../../core/batch/entry-batch-access.ts";
import { EntryBatchBuilder } from "../../core/batch/entry-batch-builder.ts";
import { compareBytes } from "../../core/key/compare-bytes.ts";
import type {
  ApplyHeader,
  BaseEntry,
  BaseIdentity,
  BaseStore,
  LocalJournalEntry,
  ScanOptions,
  WriteOutcome,
} from "../../core/session/ports.ts";
import { ApplyLog, type Retention, type StoredApply } from "./apply-log.ts";
import { damagedBase } from "./base-error.ts";
import { hashIdentity } from "./base-identity.ts";
import type { Leaf, Upserts } from "./leaf.ts";
import { decodeLeaf, firstOfLeafAt, upsertIntoLeaves } from "./leaf-table.ts";
import {
  type BaseRow,
  FIRST_KEY,
  LAST_KEY,
  LEAF_ENTRIES,
  type LeafKey,
  type LocalDatabase,
  type LocalTables,
} from "./local-database.ts";
import { type Locks, mappingLock } from "./mapping-lock.ts";
import { lowerBound, upperBound } from "./search-batch.ts";
import { evictBodies, withRoom } from "./storage-room.ts";

/** Entries of one writing transaction: large enough to be fast, small enough not to hold up other panels. */
const ENTRIES_PER_TRANSACTION = 8 * LEAF_ENTRIES;
const LEAVES_PER_READ = 8;
const DEFAULT_BATCH = 4096;
const DEFAULT_BODY_BUDGET = 64 * 1024 * 1024;

export interface DexieBaseStoreOptions {
  readonly locks: Locks;
  /** How the mapping is called in errors, such as "field-notes/visits ⇄ dev/visits". */
  readonly mappingName: string;
  /** Most UTF-16 units of bodies that are kept. */
  readonly bodyBudget?: number | undefined;
  readonly retention?: Retention | undefined;
  readonly clock?: (() => number) | undefined;
}

/** @throws BaseStoreError from every method. */
export class DexieBaseStore implements BaseStore {
  readonly identity: BaseIdentity;
  readonly #db: LocalDatabase;
  readonly #id: number;
  readonly #name: string;
  readonly #bodyBudget: number;
  readonly #clock: () => number;
  readonly #locked: <T>(work: () => Promise<T>) => Promise<T>;
  readonly #log: ApplyLog;

  /** Finds the base of exactly this identity, or begins an empty one. */
  static async open(
    db: LocalDatabase,
    identity: BaseIdentity,
    options: DexieBaseStoreOptions,
  ): Promise<DexieBaseStore> {
    const hash = await hashIdentity(identity);
    const locked = mappingLock(options.locks, hash);
    const id = await locked(() =>
      withRoom(db, options.mappingName, () =>
        db.inTransaction("rw", ["bases"], async ({ bases }) => {
          const known = await bases.get({ hash });
          return known?.id ?? (await bases.add({ hash, identity, bodyUnits: 0 }));
        }),
      ),
    );
    return new DexieBaseStore(db, identity, id, locked, options);
  }

  private constructor(
    db: LocalDatabase,
    identity: BaseIdentity,
    id: number,
    locked: <T>(work: () => Promise<T>) => Promise<T>,
    options: DexieBaseStoreOptions,
  ) {
    this.identity = identity;
    this.#db = db;
    this.#id = id;
    this.#locked = locked;
    this.#name = options.mappingName;
    this.#bodyBudget = options.bodyBudget ?? DEFAULT_BODY_BUDGET;
    this.#clock = options.clock ?? Date.now;
    this.#log = new ApplyLog(id, options.retention, this.#clock);
  }

  async completeAt(): Promise<number | undefined> {
    return this.#read(["bases"], async (tables) => (await this.#row(tables)).completeAt);
  }

  setCompleteAt(time: number): Promise<void> {
    return this.#write(["bases"], async (tables) => {
      await tables.bases.put({ ...(await this.#row(tables)), completeAt: time });
    });
  }

  async *scan(options: ScanOptions): AsyncGenerator<EntryBatch> {
    const { range, signal } = options;
    const batchSize = options.batchSize ?? DEFAULT_BATCH;
    let after = options.after;
    const lower = range?.lower;
    for (;;) {
      signal?.throwIfAborted();
      // Leaves may be split by a writer between two reads, so each read starts at a key, not at a leaf.
      const leaves = await this.#leavesFrom(after ?? lower, LEAVES_PER_READ);
      for (const leaf of leaves) {
        const { entries } = leaf;
        const start = Math.max(
          after === undefined ? 0 : upperBound(entries, after),
          lower === undefined ? 0 : lowerBound(entries, lower),
        );
        const end = range?.upper === undefined ? entries.count : lowerBound(entries, range.upper);
        for (let from = start; from < end; from += batchSize) {
          signal?.throwIfAborted();
          yield sliceBatch(entries, from, Math.min(from + batchSize, end));
        }
        if (end < entries.count) return;
        after = keyAt(entries, entries.count - 1);
      }
      if (leaves.length < LEAVES_PER_READ) return;
    }
  }

  async read(keys: readonly Uint8Array[]): Promise<readonly (BaseEntry | undefined)[]> {
    const order = keys.map((_key, i) => i).sort((a, b) => compareBytes(at(keys, a), at(keys, b)));
    const found = new Array<BaseEntry | undefined>(keys.length).fill(undefined);
    await this.#read(["leaves", "bodies"], async (tables) => {
      let leaf: Leaf | undefined;
      for (const i of order) {
        const key = at(keys, i);
        // Ascending keys: the leaf at hand serves until its last key.
        if (leaf === undefined || compareBytes(keyAt(leaf.entries, leaf.entries.count - 1), key) < 0) {
          leaf = await this.#leafAt(tables, key);
        }
        if (leaf !== undefined) found[i] = entryOf(leaf, key);
      }
    });
    return found;
  }

  async write(entries: readonly BaseEntry[]): Promise<void> {
    await this.#upsert(toUpserts(entries));
  }

  async writeBatch(batch: EntryBatch): Promise<void> {
    await this.#upsert({ entries: batch });
  }

  journal(entries: readonly LocalJournalEntry[]): Promise<void> {
    return this.#write(["journal", "applies"], (tables) => this.#log.appendJournal(tables, entries));
  }

  async *journalOf(applyId: string): AsyncGenerator<readonly LocalJournalEntry[]> {
    // A row at a time: together they can be larger than memory should hold.
    const ids = await this.#read(["journal"], (tables) => this.#log.journalRowIds(tables, applyId));
    for (const id of ids) {
      const row = await this.#read(["journal"], (tables) => tables.journal.get(id));
      if (row !== undefined) yield row.entries;
    }
  }

  savePlan(header: ApplyHeader, plan: unknown): Promise<void> {
    return this.#write(["applies", "plans", "journal", "outcomes"], (tables) =>
      this.#log.savePlan(tables, header, plan),
    );
  }

  saveOutcomes(applyId: string, outcomes: readonly WriteOutcome[]): Promise<void> {
    return this.#write(["outcomes", "applies"], (tables) =>
      this.#log.appendOutcomes(tables, applyId, outcomes),
    );
  }

  plan(applyId: string): Promise<StoredApply | undefined> {
    return this.#read(["applies", "plans", "outcomes"], (tables) => this.#log.plan(tables, applyId));
  }

  applies(): Promise<readonly ApplyHeader[]> {
    return this.#read(["applies"], (tables) => this.#log.applies(tables));
  }

  /** Until when an apply that starts now can be undone. */
  undoUntil(): number {
    return this.#log.undoUntil();
  }

  /** Forgets what was known equal, of a damaged base too; journal and plans stay. */
  discardBase(): Promise<void> {
    return this.#write(["bases", "leaves", "bodies"], async (tables) => {
      for (const table of [tables.leaves, tables.bodies]) {
        await table.where("[base+first]").between([this.#id, FIRST_KEY], [this.#id, LAST_KEY]).delete();
      }
      const { completeAt: _forgotten, ...row } = await this.#row(tables);
      await tables.bases.put({ ...row, bodyUnits: 0 });
    });
  }

  async #upsert(upserts: Upserts): Promise<void> {
    const { entries, texts } = upserts;
    for (let from = 0; from < entries.count; from += ENTRIES_PER_TRANSACTION) {
      const to = Math.min(from + ENTRIES_PER_TRANSACTION, entries.count);
      const slice = { entries: sliceBatch(entries, from, to), texts: texts?.slice(from, to) };
      await this.#upsertSlice(slice);
    }
  }

  #upsertSlice(slice: Upserts): Promise<void> {
    return this.#write(["bases", "leaves", "bodies"], async (tables) => {
      const grown = await upsertIntoLeaves(tables, this.#id, slice, this.#clock(), this.#name);
      if (grown === 0) return;
      const row = await this.#row(tables);
      const bodyUnits = await evictBodies(tables, this.#id, row.bodyUnits + grown, this.#bodyBudget);
      await tables.bases.put({ ...row, bodyUnits });
    });
  }

  async #row(tables: LocalTables): Promise<BaseRow> {
    const row = await tables.bases.get(this.#id);
    // The row was there when this object was made: somebody cleared the extension's storage since.
    if (row === undefined) throw damagedBase(this.#name, "its storage was cleared while the panel was open");
    return row;
  }

  #leavesFrom(key: Uint8Array | undefined, limit: number): Promise<Leaf[]> {
    return this.#read(["leaves"], async (tables) => {
      const first = key && (await firstOfLeafAt(tables, this.#id, key));
      const rows = await tables.leaves
        .where("[base+first]")
        .between([this.#id, first ?? FIRST_KEY], [this.#id, LAST_KEY], true, true)
        .limit(limit)
        .toArray();
      return rows.map((row) => decodeLeaf(row, undefined, this.#name));
    });
  }

  async #leafAt(tables: LocalTables, key: Uint8Array): Promise<Leaf | undefined> {
    const first = await firstOfLeafAt(tables, this.#id, key);
    if (first === undefined) return undefined;
    const leafKey: LeafKey = [this.#id, first];
    const row = await tables.leaves.get(leafKey);
    return row && decodeLeaf(row, await tables.bodies.get(leafKey), this.#name);
  }

  #read<T>(names: readonly (keyof LocalTables)[], work: (tables: LocalTables) => Promise<T>): Promise<T> {
    return withRoom(this.#db, this.#name, () => this.#db.inTransaction("r", names, work));
  }

  #write<T>(names: readonly (keyof LocalTables)[], work: (tables: LocalTables) => Promise<T>): Promise<T> {
    return this.#locked(() =>
      withRoom(this.#db, this.#name, () => this.#db.inTransaction("rw", names, work)),
    );
  }
}

const STATE_OF = { present: 0, deleted: 1, absent: 3, noBase: 4 } as const satisfies Record<
  BaseEntry["state"],
  EntryState
>;

const NAME_OF = new Map(Object.entries(STATE_OF).map(([name, state]) => [state, name as BaseEntry["state"]]));

/** Ascending, each key once: of several entries with one key, the last counts. */
function toUpserts(entries: readonly BaseEntry[]): Upserts {
  const sorted = entries
    .map((entry, position) => ({ entry, position }))
    .sort((a, b) => compareBytes(a.entry.key, b.entry.key) || a.position - b.position)
    .map(({ entry }) => entry);
  const builder = new EntryBatchBuilder();
  const texts: (string | null)[] = [];
  for (const [i, entry] of sorted.entries()) {
    const next = sorted[i + 1];
    if (next !== undefined && compareBytes(next.key, entry.key) === 0) continue;
    builder.push(entry.key, STATE_OF[entry.state], entry.digest, entry.token ?? "");
    texts.push(entry.state === "present" ? (entry.body ?? null) : null);
  }
  return { entries: builder.build(), texts };
}

function entryOf(leaf: Leaf, key: Uint8Array): BaseEntry | undefined {
  const { entries, texts } = leaf;
  const i = lowerBound(entries, key);
  if (i === entries.count || compareBytes(keyAt(entries, i), key) !== 0) return undefined;
  const state = stateAt(entries, i);
  const token = tokenAt(entries, i);
  const body = texts?.[i] ?? undefined;
  return {
    key,
    state: NAME_OF.get(state as 0) ?? "noBase",
    ...(state === EntryState.present ? { digest: digestAt(entries, i).slice() } : {}),
    ...(token === "" ? {} : { token }),
    ...(body === undefined ? {} : { body }),
  };
}

function at(keys: readonly Uint8Array[], i: number): Uint8Array {
  return keys[i] as Uint8Array;
}
