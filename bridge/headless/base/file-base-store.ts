/** The base, the journal and the plans of one mapping in the command line's base file. */

import { createHash } from "node:crypto";
import { type EntryBatch, EntryState } from "../../../core/batch/entry-batch.ts";
import { digestAt, keyAt, stateAt, tokenAt } from "../../../core/batch/entry-batch-access.ts";
import { EntryBatchBuilder } from "../../../core/batch/entry-batch-builder.ts";
import { identityParts } from "../../../core/session/base-identity.ts";
import type { KnownSides } from "../../../core/session/known-sides.ts";
import type {
  ApplyHeader,
  BaseEntry,
  BaseIdentity,
  BaseStore,
  LocalJournalEntry,
  ScanOptions,
  WriteOutcome,
} from "../../../core/session/ports.ts";
import type { Cell } from "../../backends/sqlite/driver.ts";
import { ApplyLog, type StoredApply } from "./apply-log.ts";
import type { BaseFile } from "./base-file.ts";
import { pack, unpack } from "./packed.ts";

const DEFAULT_BATCH = 4096;
/** Upserts of one transaction: others wait for its end. */
const ENTRIES_PER_TRANSACTION = 10_000;
const DEFAULT_BODY_BUDGET = 256 * 1024 * 1024;
const BODIES_PER_EVICTION = 64;

const STATE_OF = { present: 0, deleted: 1, absent: 3, noBase: 4 } as const satisfies Record<
  BaseEntry["state"],
  EntryState
>;
const NAME_OF = new Map(Object.entries(STATE_OF).map(([name, state]) => [state, name as BaseEntry["state"]]));

const utf8 = new TextEncoder();
const text = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

export interface FileBaseOptions {
  /**
   * Which browser profile the page's storage lies in. Two profiles hold two stores under one storage key, and
   * what was equal in one says nothing about the other.
   */
  readonly profile: string;
  /** Most bytes of bodies that are kept; the oldest go first. */
  readonly bodyBudget?: number | undefined;
}

/** @throws HeadlessError "base-failed" from every method. */
export class FileBaseStore implements BaseStore {
  readonly identity: BaseIdentity;
  readonly #file: BaseFile;
  readonly #id: number;
  readonly #bodyBudget: number;
  readonly #log: ApplyLog;

  /** Finds the base of exactly this identity (decision 13) and profile, or begins an empty one. */
  constructor(file: BaseFile, identity: BaseIdentity, options: FileBaseOptions) {
    this.identity = identity;
    this.#file = file;
    this.#id = findOrMake(file, identity, options.profile);
    this.#bodyBudget = options.bodyBudget ?? DEFAULT_BODY_BUDGET;
    this.#log = new ApplyLog(file, this.#id);
  }

  async completeAt(): Promise<number | undefined> {
    const completeAt = this.#file.get("SELECT completeAt FROM bases WHERE id = ?", [this.#id])?.[0];
    return typeof completeAt === "number" ? completeAt : undefined;
  }

  async setCompleteAt(time: number): Promise<void> {
    this.#file.run("UPDATE bases SET completeAt = ? WHERE id = ?", [time, this.#id]);
  }

  async knownSides(): Promise<KnownSides | undefined> {
    const known = this.#file.get("SELECT knownSides FROM bases WHERE id = ?", [this.#id])?.[0];
    return known instanceof Uint8Array ? (unpack(known) as KnownSides) : undefined;
  }

  async setKnownSides(known: KnownSides): Promise<void> {
    this.#file.run("UPDATE bases SET knownSides = ? WHERE id = ?", [pack(known), this.#id]);
  }

  async remoteCheckpoint(): Promise<string | undefined> {
    const cell = this.#file.get("SELECT remoteCheckpoint FROM bases WHERE id = ?", [this.#id])?.[0];
    return typeof cell === "string" ? cell : undefined;
  }

  async setRemoteCheckpoint(checkpoint: string | undefined): Promise<void> {
    this.#file.run("UPDATE bases SET remoteCheckpoint = ? WHERE id = ?", [checkpoint ?? null, this.#id]);
  }

  async *scan({ after, range, batchSize, signal }: ScanOptions): AsyncGenerator<EntryBatch> {
    const limit = batchSize ?? DEFAULT_BATCH;
    const upper = range?.upper;
    const select = `SELECT key, state, digest, token FROM entries WHERE base = ?${upper ? " AND key < ?" : ""}`;
    const builder = new EntryBatchBuilder();
    let from = after ?? range?.lower;
    let isExclusive = after !== undefined;
    // A resumed scan starts at whichever bound is higher.
    if (after !== undefined && range?.lower !== undefined && Buffer.compare(range.lower, after) > 0) {
      from = range.lower;
      isExclusive = false;
    }
    for (;;) {
      signal?.throwIfAborted();
      const start = from === undefined ? "" : ` AND key ${isExclusive ? ">" : ">="} ?`;
      const bounds = [...(upper ? [upper] : []), ...(from ? [from] : []), limit];
      const rows = this.#file.all(`${select}${start} ORDER BY key LIMIT ?`, [this.#id, ...bounds]);
      for (const row of rows) pushRow(builder, row);
      if (builder.count > 0) yield builder.build();
      if (rows.length < limit) return;
      from = asBytes(rows.at(-1)?.[0]);
      isExclusive = true;
    }
  }

  async read(keys: readonly Uint8Array[]): Promise<readonly (BaseEntry | undefined)[]> {
    return keys.map((key) => {
      const entry = this.#file.get("SELECT state, digest, token FROM entries WHERE base = ? AND key = ?", [
        this.#id,
        key,
      ]);
      const body = this.#file.get("SELECT body FROM bodies WHERE base = ? AND key = ?", [this.#id, key]);
      return entry && toEntry(key, entry, body?.[0]);
    });
  }

  async write(entries: readonly BaseEntry[]): Promise<void> {
    this.#upsert(entries.length, (i) => entries[i] as BaseEntry);
  }

  async writeBatch(batch: EntryBatch): Promise<void> {
    this.#upsert(batch.count, (i) => {
      const state = NAME_OF.get(stateAt(batch, i) as 0) ?? "noBase";
      const token = tokenAt(batch, i);
      return {
        key: keyAt(batch, i),
        state,
        ...(state === "present" ? { digest: digestAt(batch, i) } : {}),
        ...(token === "" ? {} : { token }),
      };
    });
  }

  async journal(entries: readonly LocalJournalEntry[]): Promise<void> {
    this.#file.transaction(() => this.#log.appendJournal(entries));
  }

  async *journalOf(applyId: string): AsyncGenerator<readonly LocalJournalEntry[]> {
    for (const id of this.#log.journalRowIds(applyId)) yield this.#log.journalRow(id);
  }

  async savePlan(header: ApplyHeader, plan: unknown): Promise<void> {
    this.#file.transaction(() => this.#log.savePlan(header, plan));
  }

  async saveOutcomes(applyId: string, outcomes: readonly WriteOutcome[]): Promise<void> {
    this.#file.transaction(() => this.#log.appendOutcomes(applyId, outcomes));
  }

  async plan(applyId: string): Promise<StoredApply | undefined> {
    return this.#log.plan(applyId);
  }

  async applies(): Promise<readonly ApplyHeader[]> {
    return this.#log.applies();
  }

  #upsert(count: number, entryAt: (i: number) => BaseEntry): void {
    for (let from = 0; from < count; from += ENTRIES_PER_TRANSACTION) {
      const to = Math.min(from + ENTRIES_PER_TRANSACTION, count);
      this.#file.transaction(() => {
        let mayHaveBodies = this.#bodyBytes() > 0;
        for (let i = from; i < to; i++) {
          const entry = entryAt(i);
          this.#put(entry, mayHaveBodies);
          mayHaveBodies ||= entry.body !== undefined;
        }
        this.#evict();
      });
    }
  }

  #put({ key, state, digest, token, body }: BaseEntry, mayHaveBody: boolean): void {
    const isPresent = state === "present" && digest !== undefined;
    const keepsBody = isPresent && body === undefined && mayHaveBody && this.#hasDigest(key, digest);
    if (mayHaveBody && !keepsBody) {
      this.#file.run("DELETE FROM bodies WHERE base = ? AND key = ?", [this.#id, key]);
    }
    this.#file.run("INSERT OR REPLACE INTO entries VALUES (?, ?, ?, ?, ?)", [
      this.#id,
      key,
      STATE_OF[state],
      isPresent ? digest : null,
      utf8.encode(token ?? ""),
    ]);
    if (!isPresent || body === undefined) return;
    this.#file.run("INSERT INTO bodies (base, key, body) VALUES (?, ?, ?)", [
      this.#id,
      key,
      utf8.encode(body),
    ]);
  }

  #hasDigest(key: Uint8Array, digest: Uint8Array): boolean {
    const sql = "SELECT 1 FROM entries WHERE base = ? AND key = ? AND state = 0 AND digest = ?";
    return this.#file.get(sql, [this.#id, key, digest]) !== undefined;
  }

  #bodyBytes(): number {
    return Number(this.#file.get("SELECT bodyBytes FROM bases WHERE id = ?", [this.#id])?.[0] ?? 0);
  }

  #evict(): void {
    while (this.#bodyBytes() > this.#bodyBudget) {
      const sql = "SELECT id FROM bodies WHERE base = ? ORDER BY id LIMIT ?";
      const oldest = this.#file.all(sql, [this.#id, BODIES_PER_EVICTION]);
      if (oldest.length === 0) return;
      for (const [id] of oldest) this.#file.run("DELETE FROM bodies WHERE id = ?", [Number(id)]);
    }
  }
}

function findOrMake(file: BaseFile, identity: BaseIdentity, profile: string): number {
  const described = JSON.stringify([...identityParts(identity), profile]);
  const hash = createHash("sha256").update(described).digest("hex");
  return file.transaction(() => {
    const find = "SELECT id FROM bases WHERE hash = ?";
    const known = file.get(find, [hash]);
    if (known === undefined) {
      file.run("INSERT INTO bases (hash, identity) VALUES (?, ?)", [hash, described]);
    }
    return Number((known ?? file.get(find, [hash]))?.[0]);
  });
}

function pushRow(builder: EntryBatchBuilder, [key, state, digest, token]: readonly Cell[]): void {
  builder.push(
    asBytes(key),
    state as EntryState,
    state === EntryState.present ? asBytes(digest) : undefined,
    text.decode(asBytes(token)),
  );
}

function toEntry(
  key: Uint8Array,
  [state, digest, token]: readonly Cell[],
  body: Cell | undefined,
): BaseEntry {
  const name = text.decode(asBytes(token));
  return {
    key,
    state: NAME_OF.get(state as 0) ?? "noBase",
    ...(state === EntryState.present ? { digest: asBytes(digest) } : {}),
    ...(name === "" ? {} : { token: name }),
    ...(body instanceof Uint8Array ? { body: text.decode(body) } : {}),
  };
}

function asBytes(cell: Cell | undefined): Uint8Array {
  if (cell instanceof Uint8Array) return cell;
  throw new TypeError("a row of the base does not hold what it should");
}
