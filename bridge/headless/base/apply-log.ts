/** Plans, outcomes and the page's pre-images in the base file. The caller holds the transaction of a write. */
import type { ApplyHeader, LocalJournalEntry, WriteOutcome } from "../../../core/session/ports.ts";
import type { BaseFile } from "./base-file.ts";
import { pack, unpack } from "./packed.ts";

const DAY = 24 * 60 * 60 * 1000;

/** Most entries of one journal row, and about how many units of bodies. */
const ROW_ENTRIES = 1000;
const ROW_UNITS = 1024 * 1024;

/** For how long, and how much, a finished apply can still be undone. */
const RETENTION = { milliseconds: 30 * DAY, bytes: 1024 * 1024 * 1024 };

export interface StoredApply {
  readonly header: ApplyHeader;
  readonly plan: unknown;
  readonly outcomes: readonly WriteOutcome[];
}

export class ApplyLog {
  readonly #file: BaseFile;
  readonly #base: number;

  constructor(file: BaseFile, base: number) {
    this.#file = file;
    this.#base = base;
  }

  appendJournal(entries: readonly LocalJournalEntry[]): void {
    for (const row of inRows(entries)) {
      this.#append("journal", "entries", row[0].applyId, pack(row));
    }
  }

  journalRowIds(applyId: string): number[] {
    const sql = "SELECT id FROM journal WHERE base = ? AND applyId = ? ORDER BY id";
    return this.#file.all(sql, [this.#base, applyId]).map(([id]) => Number(id));
  }

  journalRow(id: number): readonly LocalJournalEntry[] {
    const row = this.#file.get("SELECT entries FROM journal WHERE id = ?", [id]);
    return row === undefined ? [] : (unpack(row[0]) as LocalJournalEntry[]);
  }

  /** A new apply makes room first, by what retention allows. */
  savePlan(header: ApplyHeader, plan: unknown): void {
    const key = [this.#base, header.applyId];
    const known = this.#file.get("SELECT bytes FROM applies WHERE base = ? AND applyId = ?", key);
    if (known === undefined) this.#forgetOld(header.startedAt);
    const packed = pack(plan);
    this.#file.run("INSERT OR REPLACE INTO applies VALUES (?, ?, ?, ?, ?, ?)", [
      ...key,
      header.startedAt,
      pack(header),
      packed,
      Number(known?.[0] ?? packed.length),
    ]);
  }

  appendOutcomes(applyId: string, outcomes: readonly WriteOutcome[]): void {
    if (outcomes.length > 0) this.#append("outcomes", "outcomes", applyId, pack(outcomes));
  }

  plan(applyId: string): StoredApply | undefined {
    const key = [this.#base, applyId];
    const row = this.#file.get("SELECT header, plan FROM applies WHERE base = ? AND applyId = ?", key);
    if (row === undefined) return undefined;
    // A resumed operation has several outcomes: the latest counts.
    const latest = new Map<string, WriteOutcome>();
    const sql = "SELECT outcomes FROM outcomes WHERE base = ? AND applyId = ? ORDER BY id";
    for (const [packed] of this.#file.all(sql, key)) {
      for (const outcome of unpack(packed) as WriteOutcome[]) latest.set(outcome.opId, outcome);
    }
    return { header: unpack(row[0]) as ApplyHeader, plan: unpack(row[1]), outcomes: [...latest.values()] };
  }

  /** Newest first. */
  applies(): ApplyHeader[] {
    const sql = "SELECT header FROM applies WHERE base = ? ORDER BY startedAt DESC";
    return this.#file.all(sql, [this.#base]).map(([header]) => unpack(header) as ApplyHeader);
  }

  #append(table: "journal" | "outcomes", column: string, applyId: string, packed: Uint8Array): void {
    const sql = `INSERT INTO ${table} (base, applyId, ${column}) VALUES (?, ?, ?)`;
    this.#file.run(sql, [this.#base, applyId, packed]);
    this.#file.run("UPDATE applies SET bytes = bytes + ? WHERE base = ? AND applyId = ?", [
      packed.length,
      this.#base,
      applyId,
    ]);
  }

  /** Unfinished applies stay whatever their age: they are still owed an end. */
  #forgetOld(now: number): void {
    let kept = 0;
    const sql =
      "SELECT applyId, startedAt, header, bytes FROM applies WHERE base = ? ORDER BY startedAt DESC";
    for (const [applyId, startedAt, header, bytes] of this.#file.all(sql, [this.#base])) {
      kept += Number(bytes);
      const isOpen = (unpack(header) as ApplyHeader).finishedAt === undefined;
      const isWithin = Number(startedAt) >= now - RETENTION.milliseconds && kept <= RETENTION.bytes;
      if (isOpen || isWithin) continue;
      for (const table of ["applies", "journal", "outcomes"]) {
        this.#file.run(`DELETE FROM ${table} WHERE base = ? AND applyId = ?`, [this.#base, String(applyId)]);
      }
    }
  }
}

type Row = readonly [LocalJournalEntry, ...LocalJournalEntry[]];

/** Rows of one apply each, bounded by entries and by bodies: read again, they come one at a time. */
function inRows(entries: readonly LocalJournalEntry[]): Row[] {
  const rows: Row[] = [];
  let open: [LocalJournalEntry, ...LocalJournalEntry[]] | undefined;
  let units = 0;
  for (const entry of entries) {
    const isFull = open !== undefined && (open.length === ROW_ENTRIES || units >= ROW_UNITS);
    if (open === undefined || isFull || open[0].applyId !== entry.applyId) {
      open = [entry];
      units = 0;
      rows.push(open);
    } else {
      open.push(entry);
    }
    units += entry.before?.body.length ?? 0;
  }
  return rows;
}
