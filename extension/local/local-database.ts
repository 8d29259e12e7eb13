/**
 * The panel's own IndexedDB database, by Dexie.
 *
 * A base is stored as leaves: up to LEAF_ENTRIES entries under one row, so that 100,000 entries are about a
 * hundred rows. Bodies lie in rows of their own beside the leaves, because they are what is evicted first.
 */
import Dexie, { type DexieOptions, type Table } from "dexie";
import type { ApplyHeader, BaseIdentity, LocalJournalEntry } from "../../core/session/ports.ts";
import type { PackedOutcomes } from "./packed-outcomes.ts";

/** Most entries of one leaf: about 60 KB, which a single update rewrites. */
export const LEAF_ENTRIES = 1024;

export interface BaseRow {
  id?: number;
  /** Of the identity, see base-identity.ts. */
  hash: string;
  identity: BaseIdentity;
  completeAt?: number;
  /** Sum of `size` of this base's bodies. */
  bodyUnits: number;
}

export interface LeafRow {
  base: number;
  /** Key bytes of the first entry. */
  first: Uint8Array;
  count: number;
  /** An encoded EntryBatch. */
  entries: Uint8Array;
}

export interface BodiesRow {
  base: number;
  /** As in the leaf that these belong to. */
  first: Uint8Array;
  /** One a leaf's entry. */
  texts: readonly (string | null)[];
  /** UTF-16 units of all texts. */
  size: number;
  /** When these were written last: the oldest are evicted first. */
  usedAt: number;
}

export interface ApplyRow {
  base: number;
  applyId: string;
  startedAt: number;
  header: ApplyHeader;
  /** Of the journal and the outcomes, roughly: what retention counts. */
  bytes: number;
}

export interface PlanRecordRow {
  base: number;
  applyId: string;
  plan: unknown;
}

export interface JournalRow {
  id?: number;
  base: number;
  applyId: string;
  entries: readonly LocalJournalEntry[];
}

export interface OutcomesRow {
  id?: number;
  base: number;
  applyId: string;
  outcomes: PackedOutcomes;
}

/** Before and after every key. Dexie's own constants guess them from the global scope, which tests do not have. */
export const FIRST_KEY = Number.NEGATIVE_INFINITY;
export const LAST_KEY: readonly unknown[] = [[]];

export type LeafKey = [base: number, first: Uint8Array];
export type ApplyKey = [base: number, applyId: string];

/** The tables, of the database or bound to one transaction. */
export interface LocalTables {
  readonly bases: Table<BaseRow, number>;
  readonly leaves: Table<LeafRow, LeafKey>;
  readonly bodies: Table<BodiesRow, LeafKey>;
  readonly applies: Table<ApplyRow, ApplyKey>;
  readonly plans: Table<PlanRecordRow, ApplyKey>;
  readonly journal: Table<JournalRow, number>;
  readonly outcomes: Table<OutcomesRow, number>;
}

type TableName = keyof LocalTables;

export class LocalDatabase extends Dexie {
  /** `options` lets tests bring their own IndexedDB. */
  constructor(name = "driftscope", options: DexieOptions = {}) {
    // Strict: the journal has to survive a power cut before the page is written (decision 24).
    super(name, { chromeTransactionDurability: "strict", cache: "disabled", ...options });
    const schema: Record<TableName, string> = {
      bases: "++id, &hash",
      leaves: "[base+first]",
      bodies: "[base+first], [base+usedAt]",
      applies: "[base+applyId], [base+startedAt]",
      plans: "[base+applyId]",
      journal: "++id, [base+applyId]",
      outcomes: "++id, [base+applyId]",
    };
    this.version(1).stores(schema);
  }

  /**
   * Runs the work in one transaction. The tables it gets are bound to the transaction: those of the database
   * find theirs through the promise zone, which Dexie loses after an await that touched no storage, and the
   * rest would then run outside, not atomic.
   */
  inTransaction<T>(
    mode: "r" | "rw",
    names: readonly TableName[],
    work: (tables: LocalTables) => Promise<T>,
  ): Promise<T> {
    return this.transaction(mode, [...names], (transaction) =>
      work({
        bases: transaction.table("bases"),
        leaves: transaction.table("leaves"),
        bodies: transaction.table("bodies"),
        applies: transaction.table("applies"),
        plans: transaction.table("plans"),
        journal: transaction.table("journal"),
        outcomes: transaction.table("outcomes"),
      }),
    );
  }
}
