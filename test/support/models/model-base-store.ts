import { type EntryBatch, EntryState } from "../../../core/batch/entry-batch.ts";
import { digestAt, keyAt, stateAt, tokenAt } from "../../../core/batch/entry-batch-access.ts";
import { EntryBatchBuilder } from "../../../core/batch/entry-batch-builder.ts";
import { equalBytes } from "../../../core/diff/equal-bytes.ts";
import { fromHex, toHex } from "../../../core/key/hex.ts";
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
import type { Environment } from "./environment.ts";
import { SortedTable } from "./sorted-table.ts";

interface SavedApply {
  readonly header: ApplyHeader;
  readonly plan: unknown;
  readonly outcomes: ReadonlyMap<string, WriteOutcome>;
}

/** The panel's storage: outlives any session. */
export class BaseTable {
  readonly rows = new SortedTable<BaseEntry>();
  readonly journal = new Map<string, LocalJournalEntry[]>();
  readonly applies = new Map<string, SavedApply>();
  completeAt: number | undefined;
  known: KnownSides | undefined;
  remoteCheckpoint: string | undefined;
}

const STATE_NAMES: readonly (BaseEntry["state"] | undefined)[] = [
  "present",
  "deleted",
  undefined,
  "absent",
  "noBase",
];
const DEFAULT_BATCH = 64;

/** A session's access to it. */
export class ModelBaseStore implements BaseStore {
  readonly identity: BaseIdentity;
  readonly #table: BaseTable;
  readonly #environment: Environment;

  constructor(table: BaseTable, environment: Environment, identity: BaseIdentity) {
    this.identity = identity;
    this.#table = table;
    this.#environment = environment;
  }

  async completeAt(): Promise<number | undefined> {
    return await this.#call("base.completeAt", () => this.#table.completeAt);
  }

  async setCompleteAt(time: number): Promise<void> {
    await this.#call("base.setCompleteAt", () => {
      this.#table.completeAt = time;
    });
  }

  async knownSides(): Promise<KnownSides | undefined> {
    return await this.#call("base.knownSides", () => this.#table.known);
  }

  async setKnownSides(known: KnownSides): Promise<void> {
    await this.#call("base.setKnownSides", () => {
      this.#table.known = structuredClone(known);
    });
  }

  async remoteCheckpoint(): Promise<string | undefined> {
    return await this.#call("base.remoteCheckpoint", () => this.#table.remoteCheckpoint);
  }

  async setRemoteCheckpoint(checkpoint: string | undefined): Promise<void> {
    await this.#call("base.setRemoteCheckpoint", () => {
      this.#table.remoteCheckpoint = checkpoint;
    });
  }

  async *scan(options: ScanOptions): AsyncGenerator<EntryBatch> {
    let after = options.after && toHex(options.after);
    for (;;) {
      const fault = await this.#environment.enter("base.scan");
      options.signal?.throwIfAborted();
      const page = this.#table.rows.page(options, after, options.batchSize ?? DEFAULT_BATCH);
      if (page.length === 0) return;
      const builder = new EntryBatchBuilder();
      for (const key of page) {
        const { state, digest, token } = this.#table.rows.get(key) as BaseEntry;
        builder.push(fromHex(key), EntryState[state], state === "present" ? digest : undefined, token);
      }
      this.#environment.leave("base.scan", fault);
      yield builder.build();
      after = page.at(-1);
    }
  }

  async read(keys: readonly Uint8Array[]): Promise<readonly (BaseEntry | undefined)[]> {
    return await this.#call("base.read", () => keys.map((key) => this.#table.rows.get(toHex(key))));
  }

  async write(entries: readonly BaseEntry[]): Promise<void> {
    await this.#call("base.write", () => {
      for (const entry of entries) this.#upsert(structuredClone(entry));
    });
  }

  async writeBatch(batch: EntryBatch): Promise<void> {
    await this.#call("base.writeBatch", () => {
      for (let i = 0; i < batch.count; i++) {
        const state = STATE_NAMES[stateAt(batch, i)];
        if (!state) throw new Error("A base entry cannot be unreadable.");
        const token = tokenAt(batch, i);
        this.#upsert({
          key: keyAt(batch, i).slice(),
          state,
          ...(state === "present" ? { digest: digestAt(batch, i).slice() } : {}),
          ...(token === "" ? {} : { token }),
        });
      }
    });
  }

  async journal(entries: readonly LocalJournalEntry[]): Promise<void> {
    await this.#call("base.journal", () => {
      for (const entry of structuredClone(entries)) {
        const list = this.#table.journal.get(entry.applyId) ?? [];
        this.#table.journal.set(entry.applyId, list);
        list.push(entry);
      }
    });
  }

  async *journalOf(applyId: string): AsyncGenerator<readonly LocalJournalEntry[]> {
    yield await this.#call("base.journalOf", () => [...(this.#table.journal.get(applyId) ?? [])]);
  }

  async savePlan(header: ApplyHeader, plan: unknown): Promise<void> {
    await this.#call("base.savePlan", () => {
      const outcomes = this.#table.applies.get(header.applyId)?.outcomes ?? new Map();
      this.#table.applies.set(header.applyId, { header, plan: structuredClone(plan), outcomes });
    });
  }

  async saveOutcomes(applyId: string, outcomes: readonly WriteOutcome[]): Promise<void> {
    await this.#call("base.saveOutcomes", () => {
      const saved = this.#table.applies.get(applyId);
      if (!saved) throw new Error("Outcomes of an apply that was never saved.");
      const merged = new Map(saved.outcomes);
      for (const outcome of outcomes) merged.set(outcome.opId, outcome);
      this.#table.applies.set(applyId, { ...saved, outcomes: merged });
    });
  }

  async plan(
    applyId: string,
  ): Promise<{ header: ApplyHeader; plan: unknown; outcomes: readonly WriteOutcome[] } | undefined> {
    return await this.#call("base.plan", () => {
      const saved = this.#table.applies.get(applyId);
      return saved && { ...saved, outcomes: [...saved.outcomes.values()] };
    });
  }

  async applies(): Promise<readonly ApplyHeader[]> {
    return [...this.#table.applies.values()].map(({ header }) => header).reverse();
  }

  #upsert(entry: BaseEntry): void {
    const hex = toHex(entry.key);
    const before = this.#table.rows.get(hex);
    const keepsBody =
      entry.body === undefined && before?.body !== undefined && equalBytes(entry.digest, before.digest);
    this.#table.rows.set(hex, keepsBody ? { ...entry, body: before?.body as string } : entry);
  }

  async #call<T>(point: string, run: () => T): Promise<T> {
    const fault = await this.#environment.enter(point);
    if (fault === "late") this.#environment.leave(point, fault);
    const result = run();
    this.#environment.leave(point, fault);
    return result;
  }
}
