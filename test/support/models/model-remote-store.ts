import { type EntryBatch, EntryState } from "../../../core/batch/entry-batch.ts";
import { EntryBatchBuilder } from "../../../core/batch/entry-batch-builder.ts";
import { fromHex, toHex } from "../../../core/key/hex.ts";
import {
  type CollectionInit,
  type CollectionMeta,
  FROM_NOW,
  type Preimage,
  type RecordRead,
  type RemoteCapabilities,
  type RemoteStore,
  type RemoteWrite,
  type RemoteWriteOptions,
  type ScanOptions,
  type WriteOutcome,
} from "../../../core/session/ports.ts";
import { digestOf } from "./bodies.ts";
import type { Environment } from "./environment.ts";
import type { Effect } from "./model-local-store.ts";
import { SortedTable } from "./sorted-table.ts";

export interface RemoteRow {
  /** Undefined = a tombstone. */
  readonly body: string | undefined;
  readonly digest: Uint8Array | undefined;
  readonly token: string;
  /** A tombstone that only fences (decision 23): reads as absent, with a token. */
  readonly fence: boolean;
  readonly unreadable?: string;
  /** Outside the mapping's scope: scans do not show it. */
  readonly outside?: boolean;
}

/** A remote's refusal of a checkpoint. */
class StaleCheckpointError extends Error {
  readonly code = "stale-checkpoint";
}

/** All of a table as it was, for a restore. */
export interface Backup {
  readonly rows: ReadonlyMap<string, RemoteRow>;
  readonly changed: ReadonlyMap<string, number>;
  readonly histories: readonly string[];
}

interface LateRequest {
  readonly operations: readonly RemoteWrite[];
  readonly applyId: string;
}

/** The backend's table with the bridge's journal: both outlive any session. */
export class RemoteTable {
  readonly rows = new SortedTable<RemoteRow>();
  readonly effects: Effect[] = [];
  readonly journal = new Map<string, Map<string, Preimage>>();
  /** Requests whose answer was lost before they ran. They may still run. */
  readonly late: LateRequest[] = [];
  /** The number of each key's last change, and the history of each number. */
  #changed = new Map<string, number>();
  #histories: string[] = [""];
  #history = "first";
  #restores = 0;
  #version = 0;

  backup(): Backup {
    const rows = new Map(this.rows.keys().map((key) => [key, this.rows.get(key) as RemoteRow]));
    return { rows, changed: new Map(this.#changed), histories: [...this.#histories] };
  }

  putBack({ rows, changed, histories }: Backup): void {
    for (const key of this.rows.keys()) if (!rows.has(key)) this.rows.delete(key);
    for (const [key, row] of rows) this.rows.set(key, row);
    this.#changed = new Map(changed);
    this.#histories = [...histories];
    this.#history = `after restore ${++this.#restores}`;
  }

  get checkpoint(): string {
    const seq = this.#histories.length - 1;
    return `${seq}:${this.#histories[seq]}`;
  }

  /** Keys in the order of their last changes. */
  changedSince(checkpoint: string): string[] {
    const [digits, history] = checkpoint.split(":");
    const after = Number(digits);
    if (checkpoint !== "" && this.#histories[after] !== history) {
      throw new StaleCheckpointError("The remote was put back to an earlier state.");
    }
    return [...this.#changed].sort((a, b) => a[1] - b[1]).flatMap(([key, seq]) => (seq > after ? [key] : []));
  }

  /** Another writer. */
  put(key: string, body: string, marks: { unreadable?: string; outside?: boolean } = {}): string {
    const token = this.#nextToken("other");
    this.#set(key, { body, digest: digestOf(body), token, fence: false, ...marks });
    return token;
  }

  delete(key: string): string {
    const token = this.#nextToken("other");
    this.#set(key, { body: undefined, digest: undefined, token, fence: false });
    return token;
  }

  body(key: string): string | undefined {
    return this.rows.get(key)?.body;
  }

  /** Somebody put the backend's files of an earlier day back. */
  restore(change: (rows: SortedTable<RemoteRow>) => void): void {
    change(this.rows);
  }

  /** Runs the oldest late request. */
  deliverLate(): void {
    const request = this.late.shift();
    for (const operation of request?.operations ?? []) this.apply(operation, request?.applyId ?? "", false);
  }

  apply(operation: RemoteWrite, applyId: string, dryRun: boolean): WriteOutcome {
    const { opId, key, expect, write } = operation;
    const hex = toHex(key);
    const earlier = this.journal.get(applyId)?.get(opId);
    if (earlier?.token !== undefined) return { opId, status: "applied", token: earlier.token };
    const row = this.rows.get(hex);
    if ((row?.token ?? null) !== expect) {
      // Journals come before the compare-and-set, so they hold operations that never applied, too.
      if (!dryRun) this.#remember(applyId, { opId, key, before: this.read(key) });
      return { opId, status: "conflict", current: this.read(key) };
    }
    if (dryRun) return { opId, status: "applied" };
    const token = this.#nextToken(opId);
    this.#remember(applyId, { opId, key, before: this.read(key), token });
    const body = write === "delete" ? undefined : write.body;
    this.effects.push({ side: "remote", opId, key: hex, before: row?.body, after: body });
    this.#set(hex, {
      body,
      digest: body === undefined ? undefined : digestOf(body),
      token,
      fence: false,
    });
    return { opId, status: "applied", token };
  }

  /** Decision 21: repeats the identical compare-and-set, and tells whether somebody wrote after ours. */
  settle(operation: RemoteWrite, applyId: string): WriteOutcome {
    const outcome = this.apply(operation, applyId, false);
    if (outcome.status !== "applied") return outcome;
    if (this.rows.get(toHex(operation.key))?.token === outcome.token) return outcome;
    return { opId: operation.opId, status: "superseded", current: this.read(operation.key) };
  }

  fence(operation: RemoteWrite, applyId: string): WriteOutcome {
    const { opId, key } = operation;
    const hex = toHex(key);
    const row = this.rows.get(hex);
    if (this.journal.get(applyId)?.get(opId)?.token !== undefined) return this.settle(operation, applyId);
    const token = this.#nextToken("fence");
    this.#set(hex, row ? { ...row, token } : { body: undefined, digest: undefined, token, fence: true });
    return { opId, status: "rejected", code: "fenced", reason: "Given up; it can no longer apply." };
  }

  read(key: Uint8Array): RecordRead {
    const row = this.rows.get(toHex(key));
    if (!row) return { key, state: "absent" };
    if (row.unreadable) return { key, state: "unreadable", reason: row.unreadable };
    if (row.body === undefined || !row.digest) {
      return { key, state: row.fence ? "absent" : "deleted", token: row.token };
    }
    return { key, state: "present", digest: row.digest, token: row.token, body: row.body };
  }

  /** A write and its number are one commit. */
  #set(key: string, row: RemoteRow): void {
    this.#changed.set(key, this.#histories.push(this.#history) - 1);
    this.rows.set(key, row);
  }

  #remember(applyId: string, preimage: Preimage): void {
    const entries = this.journal.get(applyId) ?? new Map<string, Preimage>();
    this.journal.set(applyId, entries.set(preimage.opId, preimage));
  }

  #nextToken(writer: string): string {
    return `${++this.#version}.${writer}`;
  }
}

const DEFAULT_CAPABILITIES: RemoteCapabilities = {
  canFence: true,
  tombstones: true,
  scoped: false,
  writable: true,
  changes: true,
  maxBatchOperations: 100,
  maxBatchBytes: 1 << 20,
};
const DEFAULT_BATCH = 64;

/** A session's access to the table. */
export class ModelRemoteStore implements RemoteStore {
  readonly capabilities: RemoteCapabilities;
  readonly #table: RemoteTable;
  readonly #environment: Environment;

  constructor(table: RemoteTable, environment: Environment, capabilities: Partial<RemoteCapabilities> = {}) {
    this.capabilities = { ...DEFAULT_CAPABILITIES, ...capabilities };
    this.#table = table;
    this.#environment = environment;
  }

  async meta(): Promise<CollectionMeta | undefined> {
    return undefined;
  }

  async init(init: CollectionInit): Promise<CollectionMeta> {
    return { format: 1, ...init, incarnation: "one", purgeWatermark: 0, fenceEpoch: 0 };
  }

  async *scan(options: ScanOptions): AsyncGenerator<EntryBatch> {
    let after = options.after && toHex(options.after);
    for (;;) {
      const fault = await this.#environment.enter("remote.scan");
      options.signal?.throwIfAborted();
      const page = this.#table.rows.page(options, after, options.batchSize ?? DEFAULT_BATCH);
      if (page.length === 0) return;
      const batch = this.#batch(page.filter((key) => this.#isScanned(key)));
      this.#environment.leave("remote.scan", fault);
      yield batch;
      after = page.at(-1);
    }
  }

  async lookup(keys: readonly Uint8Array[], signal?: AbortSignal): Promise<EntryBatch> {
    const fault = await this.#environment.enter("remote.lookup");
    signal?.throwIfAborted();
    const batch = this.#batch(keys.map(toHex));
    this.#environment.leave("remote.lookup", fault);
    return batch;
  }

  async *read(keys: readonly Uint8Array[], signal?: AbortSignal): AsyncGenerator<readonly RecordRead[]> {
    const fault = await this.#environment.enter("remote.read");
    signal?.throwIfAborted();
    const chunk = keys.map((key) => this.#table.read(key));
    this.#environment.leave("remote.read", fault);
    yield chunk;
  }

  async write(
    operations: readonly RemoteWrite[],
    options: RemoteWriteOptions,
  ): Promise<readonly WriteOutcome[]> {
    this.#requireWithinLimits(operations);
    return await this.#run("remote.write", operations, options, (operation) =>
      this.#table.apply(operation, options.applyId, options.dryRun === true),
    );
  }

  async settle(
    operations: readonly RemoteWrite[],
    options: RemoteWriteOptions,
  ): Promise<readonly WriteOutcome[]> {
    return await this.#run("remote.settle", operations, options, (operation) =>
      this.#table.settle(operation, options.applyId),
    );
  }

  async fence(
    operations: readonly RemoteWrite[],
    options: RemoteWriteOptions,
  ): Promise<readonly WriteOutcome[]> {
    return await this.#run("remote.fence", operations, options, (operation) =>
      this.#table.fence(operation, options.applyId),
    );
  }

  async *preimages(applyId: string): AsyncGenerator<readonly Preimage[]> {
    const fault = await this.#environment.enter("remote.preimages");
    yield [...(this.#table.journal.get(applyId)?.values() ?? [])];
    this.#environment.leave("remote.preimages", fault);
  }

  async *changes(since: string, signal?: AbortSignal): AsyncGenerator<EntryBatch, string> {
    let checkpoint = since;
    for (;;) {
      const fault = await this.#environment.enter("remote.changes");
      signal?.throwIfAborted();
      const now = this.#table.checkpoint;
      const changed = checkpoint === FROM_NOW ? [] : this.#table.changedSince(checkpoint);
      this.#environment.leave("remote.changes", fault);
      if (changed.length === 0) return now;
      yield this.#batch(changed.sort());
      checkpoint = now;
    }
  }

  /** A lost answer is sometimes an error of the call and sometimes an `unknown` for each operation. */
  async #run(
    point: string,
    operations: readonly RemoteWrite[],
    options: RemoteWriteOptions,
    apply: (operation: RemoteWrite) => WriteOutcome,
  ): Promise<readonly WriteOutcome[]> {
    const fault = await this.#environment.enter(point);
    if (fault === "late") {
      if (!options.dryRun) this.#table.late.push({ operations, applyId: options.applyId });
      return operations.map(({ opId }) => ({ opId, status: "unknown", reason: "No answer in time." }));
    }
    const reached = fault === "crash-midway" ? operations.length >> 1 : operations.length;
    const outcomes = operations.slice(0, reached).map(apply);
    this.#environment.leave(point, fault);
    return outcomes;
  }

  #requireWithinLimits(operations: readonly RemoteWrite[]): void {
    const bytes = operations.reduce(
      (sum, { write }) => sum + (write === "delete" ? 0 : Buffer.byteLength(write.body)),
      0,
    );
    const tooMany = operations.length > this.capabilities.maxBatchOperations;
    if (tooMany || (bytes > this.capabilities.maxBatchBytes && operations.length > 1)) {
      throw new Error(`A batch of ${operations.length} operations and ${bytes} bytes is above the limits.`);
    }
  }

  #isScanned(key: string): boolean {
    const row = this.#table.rows.get(key);
    return row !== undefined && !row.fence && !row.outside;
  }

  #batch(keys: readonly string[]): EntryBatch {
    const builder = new EntryBatchBuilder();
    for (const hex of keys) {
      const key = fromHex(hex);
      const row = this.#table.read(key);
      if (row.state === "unreadable") builder.push(key, EntryState.unreadable, undefined, row.reason);
      else builder.push(key, EntryState[row.state], row.digest, row.token);
    }
    return builder.build();
  }
}
