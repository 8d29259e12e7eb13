/** The base, the journal and the plans of one mapping in the panel's own IndexedDB. */
import { type EntryBatch, EntryState } from "../../core/batch/entry-batch.ts";
import { digestAt, keyAt, sliceBatch, stateAt, tokenAt } from "../../core/batch/entry-batch-access.ts";
import { EntryBatchBuilder } from "../../core/batch/entry-batch-builder.ts";
import { compareBytes } from "../../core/key/compare-bytes.ts";
import type { KnownSides } from "../../core/session/known-sides.ts";
import type {
  ApplyHeader,
  BaseEntry,
  BaseIdentity,
  BaseStore,
  LocalJournalEntry,
  ScanOptions,
  WriteOutcome,
} from "../../core/session/ports.ts";
import type { StoppedCompare } from "../../core/session/stopped-compare.ts";
import { ApplyLog, type Retention, type StoredApply } from "./apply-log.ts";
import { BaseStoreError, damagedBase, newerBase } from "./base-error.ts";
import { hashIdentity } from "./base-identity.ts";
import { BodyColumnBuilder, bodySize, bodyText } from "./body-column.ts";
import { APPLIES_READ, type LastConfirmation } from "./last-confirmation.ts";
import { type Leaf, sliceLeaf } from "./leaf.ts";
import { LeafStore } from "./leaf-store.ts";
import {
  BASE_FORMAT,
  type BaseRow,
  FIRST_KEY,
  LAST_KEY,
  type LocalDatabase,
  type LocalTables,
  type TableName,
} from "./local-database.ts";
import { type Locks, mappingLock } from "./mapping-lock.ts";
import { withOwnBytes } from "./own-bytes.ts";
import { lowerBound, upperBound } from "./search-batch.ts";
import { evictBodies, withRoom } from "./storage-room.ts";

/** Entries and units of bodies of one writing transaction: large enough to be fast, small enough for memory. */
const ENTRIES_PER_TRANSACTION = 8192;
const BODY_UNITS_PER_TRANSACTION = 8 * 1024 * 1024;
const LEAVES_PER_READ = 8;
/** Keys that are looked up at once: their leaves take some 50 MB at the most. */
const KEYS_PER_READ = 1000;
const LOG_TABLES = ["applies", "plans", "journal", "outcomes"] as const;
const DEFAULT_BATCH = 4096;
const DEFAULT_BODY_BUDGET = 256 * 1024 * 1024;

export interface DexieBaseStoreOptions {
  readonly locks: Locks;
  /** How the mapping is called in errors, such as "field-notes/visits ⇄ dev/visits". */
  readonly mappingName: string;
  /** Most bytes of bodies that are kept, as they are stored. */
  readonly bodyBudget?: number | undefined;
  readonly retention?: Retention | undefined;
  /** Who runs what is applied from here, for the history. */
  readonly appliedBy?: string | undefined;
  readonly clock?: (() => number) | undefined;
}

export interface BaseSize {
  readonly entries: number;
  readonly entryBytes: number;
  readonly bodyBytes: number;
  /** Of the journal and the outcomes, roughly. */
  readonly journalBytes: number;
  readonly applies: number;
}

/** @throws BaseStoreError from every method. */
export class DexieBaseStore implements BaseStore {
  readonly identity: BaseIdentity;
  readonly #db: LocalDatabase;
  readonly #id: number;
  readonly #name: string;
  readonly #leaves: LeafStore;
  readonly #bodyBudget: number;
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
          return known?.id ?? (await bases.add({ hash, identity, format: BASE_FORMAT, bodyBytes: 0 }));
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
    const clock = options.clock ?? Date.now;
    this.#bodyBudget = options.bodyBudget ?? DEFAULT_BODY_BUDGET;
    this.#leaves = new LeafStore(db, {
      base: id,
      mappingName: options.mappingName,
      bodyBudget: this.#bodyBudget,
      clock,
    });
    this.#log = new ApplyLog(id, options.retention, clock, options.appliedBy);
  }

  async completeAt(): Promise<number | undefined> {
    return this.#read(["bases"], async (tables) => (await this.#readableRow(tables)).completeAt);
  }

  setCompleteAt(time: number): Promise<void> {
    return this.#write(["bases"], async (tables) => {
      await tables.bases.put({ ...(await this.#readableRow(tables)), completeAt: time });
    });
  }

  knownSides(): Promise<KnownSides | undefined> {
    return this.#read(["bases"], async (tables) => (await this.#readableRow(tables)).known);
  }

  setKnownSides(known: KnownSides): Promise<void> {
    return this.#write(["bases"], async (tables) => {
      await tables.bases.put({ ...(await this.#readableRow(tables)), known: withOwnBytes(known) });
    });
  }

  remoteCheckpoint(): Promise<string | undefined> {
    return this.#read(["bases"], async (tables) => (await this.#readableRow(tables)).remoteCheckpoint);
  }

  setRemoteCheckpoint(checkpoint: string | undefined): Promise<void> {
    return this.#write(["bases"], async (tables) => {
      const { remoteCheckpoint: _, ...row } = await this.#readableRow(tables);
      await tables.bases.put(checkpoint === undefined ? row : { ...row, remoteCheckpoint: checkpoint });
    });
  }

  /** How far a comparison came that was not finished; undefined = there is none. */
  stoppedCompare(): Promise<StoppedCompare | undefined> {
    return this.#read(["stopped"], async ({ stopped }) => (await stopped.get(this.#id))?.stopped);
  }

  /** Replaces the one before; undefined: there is nothing to go on with. */
  setStoppedCompare(stopped: StoppedCompare | undefined): Promise<void> {
    return this.#write(["stopped"], async (tables) => {
      if (stopped === undefined) await tables.stopped.delete(this.#id);
      else await tables.stopped.put({ base: this.#id, stopped: withOwnBytes(stopped) });
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
      const leaves = await this.#guarded(() => this.#leaves.entriesFrom(after ?? lower, LEAVES_PER_READ));
      for (const entries of leaves) {
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

  async read(
    keys: readonly Uint8Array[],
    { bodies } = { bodies: true },
  ): Promise<readonly (BaseEntry | undefined)[]> {
    const order = keys.map((_key, i) => i).sort((a, b) => compareBytes(at(keys, a), at(keys, b)));
    const ascending = order.map((i) => at(keys, i));
    const found = new Array<BaseEntry | undefined>(keys.length).fill(undefined);
    await this.#guarded(async () => {
      let next = 0;
      for await (const leaf of bodies ? this.#leaves.leavesOf(ascending) : this.#withoutBodies(ascending)) {
        const { entries } = leaf;
        const last = keyAt(entries, entries.count - 1);
        for (; next < order.length; next++) {
          const i = order[next] as number;
          const key = at(keys, i);
          if (compareBytes(key, last) > 0) break;
          const entry = findEntry(leaf, key);
          if (entry !== undefined) found[i] = entry;
        }
        // Keys between this leaf and the next are in neither.
      }
    });
    return found;
  }

  async *#withoutBodies(keys: readonly Uint8Array[]): AsyncGenerator<Leaf> {
    for (let from = 0; from < keys.length; from += KEYS_PER_READ) {
      const leaves = await this.#leaves.entriesAt(keys.slice(from, from + KEYS_PER_READ));
      for (const entries of leaves) yield { entries, bodies: undefined };
    }
  }

  async write(entries: readonly BaseEntry[]): Promise<void> {
    await this.#upsert(toUpserts(entries));
  }

  async writeBatch(batch: EntryBatch): Promise<void> {
    await this.#upsert({ entries: batch, bodies: undefined });
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
    return this.#write(LOG_TABLES, (tables) => this.#log.savePlan(tables, header, plan));
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

  /**
   * What came of a record when it was last to be written.
   *
   * @param most How many applies are looked through, the newest first.
   */
  lastConfirmation(key: Uint8Array, most = APPLIES_READ): Promise<LastConfirmation> {
    return this.#read(["applies", "plans", "outcomes"], (tables) =>
      this.#log.lastConfirmation(tables, key, most),
    );
  }

  /** Until when an apply of this time can be undone, if there is room for its journal. */
  undoUntil(startedAt: number): number {
    return this.#log.undoUntil(startedAt);
  }

  /** Forgets what was known equal, of a damaged or newer base too; journal and plans stay. */
  discardBase(): Promise<void> {
    return this.#write(["bases", "leaves", "bodies", "uses", "stopped"], async (tables) => {
      await tables.stopped.delete(this.#id);
      const all = [
        [this.#id, FIRST_KEY],
        [this.#id, LAST_KEY],
      ] as const;
      for (const table of [tables.leaves, tables.bodies, tables.uses]) {
        await table
          .where("[base+first]")
          .between(...all)
          .delete();
      }
      const { id, hash, identity } = await this.#row(tables);
      await tables.bases.put({
        ...(id === undefined ? {} : { id }),
        hash,
        identity,
        format: BASE_FORMAT,
        bodyBytes: 0,
      });
    });
  }

  /** Deflates the bodies that were written since, a leaf at a time, until it is done or there is something better to do. */
  async deflate(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      const hasMore = await this.#locked(() => this.#guarded(() => this.#leaves.deflateNext()));
      if (!hasMore) return;
    }
  }

  /** Entries with their bodies, leaf by leaf; "damaged" for a leaf that does not decode. */
  async *salvage(): AsyncGenerator<readonly BaseEntry[] | "damaged"> {
    let after: Uint8Array | undefined;
    for (;;) {
      const first = await this.#guarded(() => this.#leaves.firstAfter(after));
      if (first === undefined) return;
      yield await this.#guarded(() => this.#leaves.leafAt(first)).then(entriesOf, damagedOnly);
      after = first;
    }
  }

  async size(): Promise<BaseSize> {
    return this.#read(["bases", "leaves", "applies"], async (tables) => {
      const { bodyBytes } = await this.#row(tables);
      const log = await this.#log.size(tables);
      const size = { entries: 0, entryBytes: 0, bodyBytes, journalBytes: log.bytes, applies: log.applies };
      const rows = tables.leaves.where("[base+first]").between([this.#id, FIRST_KEY], [this.#id, LAST_KEY]);
      await rows.each(({ count, entries }) => {
        size.entries += count;
        size.entryBytes += entries.length;
      });
      return size;
    });
  }

  /** Forgets settled applies that are older or more than retention allows, and bodies beyond the budget. */
  prune(): Promise<void> {
    return this.#write(["bases", "bodies", "uses", ...LOG_TABLES], async (tables) => {
      await this.#log.prune(tables);
      const row = await this.#row(tables);
      const bodyBytes = await evictBodies(tables, this.#id, row.bodyBytes, this.#bodyBudget);
      await tables.bases.put({ ...row, bodyBytes });
    });
  }

  /** Forgets everything: the base, and what any apply could be undone by. This object is of no use afterwards. */
  async forget(): Promise<void> {
    await this.discardBase();
    await this.#write(["bases", ...LOG_TABLES], async (tables) => {
      await this.#log.forgetAll(tables);
      await tables.bases.delete(this.#id);
    });
  }

  async #upsert({ entries, bodies }: Leaf): Promise<void> {
    for (let from = 0; from < entries.count; ) {
      let to = from;
      for (let units = 0; to < entries.count && to - from < ENTRIES_PER_TRANSACTION; to++) {
        units += bodySize(bodies, to);
        if (to > from && units > BODY_UNITS_PER_TRANSACTION) break;
      }
      const slice = sliceLeaf({ entries, bodies }, from, to);
      await this.#locked(() => this.#guarded(() => this.#leaves.upsert(slice)));
      from = to;
    }
  }

  async #row(tables: LocalTables): Promise<BaseRow> {
    const row = await tables.bases.get(this.#id);
    // The row was there when this object was made: somebody cleared the extension's storage since.
    if (row === undefined) throw damagedBase(this.#name, "its storage was cleared while the panel was open");
    return row;
  }

  /** The row of a base that this version can read. */
  async #readableRow(tables: LocalTables): Promise<BaseRow> {
    const row = await this.#row(tables);
    if ((row.format ?? BASE_FORMAT) > BASE_FORMAT) throw newerBase(this.#name, `format ${row.format}`);
    return row;
  }

  #guarded<T>(work: () => Promise<T>): Promise<T> {
    return withRoom(this.#db, this.#name, work);
  }

  #read<T>(names: readonly TableName[], work: (tables: LocalTables) => Promise<T>): Promise<T> {
    return this.#guarded(() => this.#db.inTransaction("r", names, work));
  }

  #write<T>(names: readonly TableName[], work: (tables: LocalTables) => Promise<T>): Promise<T> {
    return this.#locked(() => this.#guarded(() => this.#db.inTransaction("rw", names, work)));
  }
}

const STATE_OF = { present: 0, deleted: 1, absent: 3, noBase: 4 } as const satisfies Record<
  BaseEntry["state"],
  EntryState
>;

const DOES_NOT_DECODE: ReadonlySet<string> = new Set(["damaged-base", "newer-base"]);

const NAME_OF = new Map(Object.entries(STATE_OF).map(([name, state]) => [state, name as BaseEntry["state"]]));

/** Ascending, each key once: of several entries with one key, the last counts. */
function toUpserts(entries: readonly BaseEntry[]): Leaf {
  const sorted = isAscending(entries) ? entries : sortedByKey(entries);
  const builder = new EntryBatchBuilder();
  const bodies = new BodyColumnBuilder();
  for (const { key, state, digest, token, body } of sorted) {
    builder.push(key, STATE_OF[state], digest, token ?? "");
    bodies.push(state === "present" ? body : undefined);
  }
  return { entries: builder.build(), bodies: bodies.build() };
}

function isAscending(entries: readonly BaseEntry[]): boolean {
  for (let i = 1; i < entries.length; i++) {
    if (compareBytes((entries[i - 1] as BaseEntry).key, (entries[i] as BaseEntry).key) >= 0) return false;
  }
  return true;
}

function sortedByKey(entries: readonly BaseEntry[]): BaseEntry[] {
  const sorted = entries
    .map((entry, position) => ({ entry, position }))
    .sort((a, b) => compareBytes(a.entry.key, b.entry.key) || a.position - b.position)
    .map(({ entry }) => entry);
  return sorted.filter((entry, i) => {
    const next = sorted[i + 1];
    return next === undefined || compareBytes(next.key, entry.key) !== 0;
  });
}

function findEntry(leaf: Leaf, key: Uint8Array): BaseEntry | undefined {
  const i = lowerBound(leaf.entries, key);
  if (i === leaf.entries.count || compareBytes(keyAt(leaf.entries, i), key) !== 0) return undefined;
  return entryAt(leaf, i, key);
}

function entriesOf(leaf: Leaf): BaseEntry[] {
  return Array.from({ length: leaf.entries.count }, (_entry, i) =>
    entryAt(leaf, i, keyAt(leaf.entries, i).slice()),
  );
}

function damagedOnly(error: unknown): "damaged" {
  if (error instanceof BaseStoreError && DOES_NOT_DECODE.has(error.code)) return "damaged";
  throw error;
}

function entryAt({ entries, bodies }: Leaf, i: number, key: Uint8Array): BaseEntry {
  const state = stateAt(entries, i);
  const token = tokenAt(entries, i);
  const body = bodyText(bodies, i);
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
