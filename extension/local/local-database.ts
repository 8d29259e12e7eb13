/**
 * The panel's own IndexedDB database, by Dexie.
 *
 * A base is stored as leaves: up to about a thousand entries under one row, so that 100,000 entries are about a
 * hundred rows. Bodies lie in rows of their own beside the leaves, because they are what is evicted first; a
 * small row tells how large each is and when it was used, so that neither asks for the bodies themselves.
 */
import Dexie, { type DexieOptions, type Table, type Transaction } from "dexie";
import type { KnownSides } from "../../core/session/known-sides.ts";
import type { ApplyHeader, BaseIdentity, LocalJournalEntry } from "../../core/session/ports.ts";
import type { StoppedCompare } from "../../core/session/stopped-compare.ts";
import type { PackedOutcomes } from "./packed-outcomes.ts";
import type { StoredBodies } from "./stored-bodies.ts";
import { upgradeBodies } from "./upgrade-bodies.ts";

/** What the rows of a base are written as. A base of a higher number is of a later version. */
export const BASE_FORMAT = 2;

export interface BaseRow {
  id?: number;
  /** Of the identity, see base-identity.ts. */
  hash: string;
  identity: BaseIdentity;
  /** Absent in rows that were written before there was a second format. */
  format?: number;
  completeAt?: number;
  /** What both sides were when the base was complete. */
  known?: KnownSides;
  remoteCheckpoint?: string;
  /** Sum of `size` of this base's bodies. */
  bodyBytes: number;
}

/** A comparison that was stopped, at most one of a base. */
export interface StoppedRow {
  base: number;
  stopped: StoppedCompare;
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
  bodies: StoredBodies;
}

/** One for each row of bodies. */
export interface UseRow {
  base: number;
  first: Uint8Array;
  /** About how many bytes. */
  size: number;
  /** When the bodies were written or read last, to the hour: the oldest are evicted first. */
  usedAt: number;
  /** 1 when they are as small as they get. */
  packed: 0 | 1;
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
  readonly uses: Table<UseRow, LeafKey>;
  readonly applies: Table<ApplyRow, ApplyKey>;
  readonly plans: Table<PlanRecordRow, ApplyKey>;
  readonly journal: Table<JournalRow, number>;
  readonly outcomes: Table<OutcomesRow, number>;
  readonly stopped: Table<StoppedRow, number>;
}

export type TableName = keyof LocalTables;

/**
 * Tables whose writes have to survive a power cut before anything else happens (decision 24). A base that loses
 * its last writes is a stale one, which heals itself (rule 3), and a transaction never survives without those
 * before it: the others need not wait for the disk.
 */
const DURABLE: ReadonlySet<string> = new Set<TableName>(["journal", "plans"]);

export class LocalDatabase extends Dexie {
  /** `options` lets tests bring their own IndexedDB. */
  constructor(name = "driftscope", options: DexieOptions = {}) {
    super(name, { cache: "disabled", ...options });
    this.version(1).stores({
      bases: "++id, &hash",
      leaves: "[base+first]",
      bodies: "[base+first], [base+usedAt]",
      applies: "[base+applyId], [base+startedAt]",
      plans: "[base+applyId]",
      journal: "++id, [base+applyId]",
      outcomes: "++id, [base+applyId]",
    });
    this.version(2)
      .stores({ bodies: "[base+first]", uses: "[base+first], [base+usedAt], [base+packed]" })
      .upgrade((transaction) =>
        upgradeBodies({
          bases: transaction.table("bases"),
          bodies: transaction.table("bodies"),
          uses: transaction.table("uses"),
        }),
      );
    this.version(3).stores({ stopped: "base" });
    this.use({
      stack: "dbcore",
      name: "durability",
      create: (core) => ({
        ...core,
        transaction: (tables, mode, options) =>
          core.transaction(tables, mode, {
            ...options,
            durability: tables.some((table) => DURABLE.has(table)) ? "strict" : "relaxed",
          }),
      }),
    });
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
    return this.transaction(mode, [...names], (transaction) => work(tablesOf(transaction)));
  }
}

function tablesOf(transaction: Transaction): LocalTables {
  return {
    bases: transaction.table("bases"),
    leaves: transaction.table("leaves"),
    bodies: transaction.table("bodies"),
    uses: transaction.table("uses"),
    applies: transaction.table("applies"),
    plans: transaction.table("plans"),
    journal: transaction.table("journal"),
    outcomes: transaction.table("outcomes"),
    stopped: transaction.table("stopped"),
  };
}
