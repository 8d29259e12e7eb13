/**
 * What was applied, durably: plans, outcomes and the page's pre-images, in packed rows.
 *
 * Every method works on the tables of the caller's transaction.
 */
import type { ApplyHeader, LocalJournalEntry, WriteOutcome } from "../../core/session/ports.ts";
import { type LastConfirmation, lastConfirmation } from "./last-confirmation.ts";
import { FIRST_KEY, LAST_KEY, type LocalTables } from "./local-database.ts";
import { withOwnBytes } from "./own-bytes.ts";
import { packOutcomes, unpackOutcomes } from "./packed-outcomes.ts";
import { deletePlan, getPlan, putPlan } from "./plan-rows.ts";

const DAY = 24 * 60 * 60 * 1000;
/** Most entries of one journal row, and about how many units of bodies. */
const ROW_ENTRIES = 1000;
const ROW_UNITS = 1024 * 1024;
const OUTCOME_BYTES = 64;

/** For how long, and how much, a finished apply can still be undone. */
export interface Retention {
  readonly milliseconds: number;
  readonly bytes: number;
}

const DEFAULT_RETENTION: Retention = { milliseconds: 30 * DAY, bytes: 256 * 1024 * 1024 };

export interface StoredApply {
  readonly header: ApplyHeader;
  readonly plan: unknown;
  readonly outcomes: readonly WriteOutcome[];
}

export class ApplyLog {
  readonly #base: number;
  readonly #retention: Retention;
  readonly #clock: () => number;
  readonly #appliedBy: string | undefined;

  /** In a transaction that was aborted, there is no row of its apply either. */
  #savedLast: unknown;

  constructor(
    base: number,
    retention: Retention | undefined,
    clock: () => number,
    appliedBy: string | undefined,
  ) {
    this.#base = base;
    this.#retention = retention ?? DEFAULT_RETENTION;
    this.#clock = clock;
    this.#appliedBy = appliedBy;
  }

  undoUntil(startedAt: number): number {
    return startedAt + this.#retention.milliseconds;
  }

  async size(tables: LocalTables): Promise<{ applies: number; bytes: number }> {
    const rows = await this.#newestFirst(tables);
    return { applies: rows.length, bytes: rows.reduce((sum, { bytes }) => sum + bytes, 0) };
  }

  async appendJournal(tables: LocalTables, entries: readonly LocalJournalEntry[]): Promise<void> {
    for (const row of packJournal(entries)) {
      const [{ applyId }] = row.entries;
      await tables.journal.add({ base: this.#base, applyId, entries: withOwnBytes(row.entries) });
      await this.#count(tables, applyId, row.units);
    }
  }

  journalRowIds(tables: LocalTables, applyId: string): Promise<number[]> {
    return tables.journal.where({ base: this.#base, applyId }).primaryKeys();
  }

  /** A new apply makes room first, by what retention allows. */
  async savePlan(tables: LocalTables, header: ApplyHeader, plan: unknown): Promise<void> {
    const { applyId, startedAt } = header;
    const base = this.#base;
    const known = await tables.applies.get([base, applyId]);
    if (known === undefined) await this.prune(tables);
    const by = known?.header.by ?? this.#appliedBy;
    await tables.applies.put({
      base,
      applyId,
      startedAt,
      header: by === undefined ? header : { ...header, by },
      bytes: known?.bytes ?? 0,
    });
    // With its last header the same plan comes once more.
    if (known !== undefined && this.#savedLast === plan) return;
    await putPlan(tables, base, applyId, plan);
    this.#savedLast = plan;
  }

  async appendOutcomes(
    tables: LocalTables,
    applyId: string,
    outcomes: readonly WriteOutcome[],
  ): Promise<void> {
    if (outcomes.length === 0) return;
    await tables.outcomes.add({ base: this.#base, applyId, outcomes: packOutcomes(outcomes) });
    await this.#count(tables, applyId, outcomes.length * OUTCOME_BYTES);
  }

  async plan(tables: LocalTables, applyId: string): Promise<StoredApply | undefined> {
    const row = await tables.applies.get([this.#base, applyId]);
    const plan = await getPlan(tables, this.#base, applyId);
    if (row === undefined || plan === undefined) return undefined;
    const rows = await tables.outcomes.where({ base: this.#base, applyId }).sortBy("id");
    // A resumed operation has several outcomes: the latest counts.
    const latest = new Map<string, WriteOutcome>();
    for (const { outcomes } of rows) {
      for (const outcome of unpackOutcomes(outcomes)) latest.set(outcome.opId, outcome);
    }
    return { header: row.header, plan, outcomes: [...latest.values()] };
  }

  /** What came of a record when it was last to be written, as far back as is looked. */
  async lastConfirmation(tables: LocalTables, key: Uint8Array, most: number): Promise<LastConfirmation> {
    return lastConfirmation(tables, this.#base, await this.applies(tables), key, most);
  }

  /** Newest first. */
  async applies(tables: LocalTables): Promise<readonly ApplyHeader[]> {
    const rows = await this.#newestFirst(tables);
    return rows.map((row) => row.header);
  }

  #newestFirst(tables: LocalTables) {
    return tables.applies
      .where("[base+startedAt]")
      .between([this.#base, FIRST_KEY], [this.#base, LAST_KEY])
      .reverse()
      .toArray();
  }

  async #count(tables: LocalTables, applyId: string, bytes: number): Promise<void> {
    const row = await tables.applies.get([this.#base, applyId]);
    if (row !== undefined) await tables.applies.put({ ...row, bytes: row.bytes + bytes });
  }

  /** Applies that are not settled stay whatever their age: they are still owed an end. */
  async prune(tables: LocalTables): Promise<void> {
    const oldest = this.#clock() - this.#retention.milliseconds;
    let kept = 0;
    for (const row of await this.#newestFirst(tables)) {
      kept += row.bytes;
      if (!isSettled(row.header)) continue;
      if (row.startedAt >= oldest && kept <= this.#retention.bytes) continue;
      await this.#forget(tables, row.applyId);
      kept -= row.bytes;
    }
  }

  async forgetAll(tables: LocalTables): Promise<void> {
    for (const { applyId } of await this.#newestFirst(tables)) await this.#forget(tables, applyId);
  }

  async #forget(tables: LocalTables, applyId: string): Promise<void> {
    const { applies, journal, outcomes } = tables;
    await applies.delete([this.#base, applyId]);
    await deletePlan(tables, this.#base, applyId);
    for (const table of [journal, outcomes]) {
      await table.bulkDelete(await table.where({ base: this.#base, applyId }).primaryKeys());
    }
  }
}

function isSettled({ finishedAt, counts }: ApplyHeader): boolean {
  return finishedAt !== undefined && (counts.unknown ?? 0) === 0;
}

interface JournalPack {
  readonly entries: readonly [LocalJournalEntry, ...LocalJournalEntry[]];
  readonly units: number;
}

/** Rows of one apply each, bounded by entries and by bodies. */
function packJournal(entries: readonly LocalJournalEntry[]): JournalPack[] {
  const packs: JournalPack[] = [];
  let open: [LocalJournalEntry, ...LocalJournalEntry[]] | undefined;
  let units = 0;
  const close = (): void => {
    if (open !== undefined) packs.push({ entries: open, units });
    open = undefined;
    units = 0;
  };
  for (const entry of entries) {
    if (open && (open.length === ROW_ENTRIES || units >= ROW_UNITS || open[0].applyId !== entry.applyId))
      close();
    if (open) open.push(entry);
    else open = [entry];
    units += entry.key.length + OUTCOME_BYTES + (entry.before?.body.length ?? 0);
  }
  close();
  return packs;
}
