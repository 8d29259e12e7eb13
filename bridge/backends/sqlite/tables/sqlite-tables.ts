/** Somebody's own tables in an SQLite file. */
import { statSync } from "node:fs";
import { EntryBatchBuilder } from "../../../../core/batch/entry-batch-builder.ts";
import { toHex } from "../../../../core/key/hex.ts";
import { NotRepresentable } from "../../../../core/mapping/cell.ts";
import type { TableDescription } from "../../../../core/mapping/table-description.ts";
import type { TableMapping } from "../../../../core/mapping/table-mapping.ts";
import { TARGET_ITEM_BYTES } from "../../../../core/protocol/limits.ts";
import { recordWeight } from "../../../../core/protocol/record-columns.ts";
import { encodeTableMapping } from "../../../../core/protocol/table-mapping.ts";
import type { ReadOptions } from "../../../../core/session/ports.ts";
import { ExternalSort, type SortedEntry } from "../../../sort/external-sort.ts";
import {
  type BackendCapabilities,
  type BackendOutcome,
  type BackendRecord,
  type BackendRows,
  type BackendScan,
  type BackendTables,
  type BackendWrite,
  defaultCapabilities,
  type EncodedEntries,
} from "../../backend.ts";
import { encoded, inBatches } from "../../shared/tables/entry-batches.ts";
import { singleKey } from "../../shared/tables/key-range.ts";
import { isKeyless, pushLookedUp } from "../../shared/tables/keyless-rows.ts";
import { headOf, toRecord } from "../../shared/tables/table-row.ts";
import { SqliteFile } from "../driver.ts";
import { isForeignKeyViolation } from "./constraint-words.ts";
import { findRow, keyCondition } from "./find-rows.ts";
import { describeTable, listTables } from "./introspect.ts";
import { DEFAULT_PAGE_ROWS, fillSort, isOrderedByIndex, keylessEntries, orderedPage } from "./scan-rows.ts";
import { TablePlan } from "./table-plan.ts";
import { readRest } from "./table-rest.ts";
import { TransactionTakenBack, writeRow } from "./write-rows.ts";

export const tableCapabilities: BackendCapabilities = {
  ...defaultCapabilities,
  canFence: false,
  changes: false,
  tombstones: false,
};

/** The file, as far as tables need it. */
export interface TableFile {
  readonly path: string;
  readonly busyTimeoutMs: number;
  attempt<Result>(work: (file: SqliteFile) => Result): Promise<Result>;
  transact<Result>(work: (file: SqliteFile) => Result): Promise<Result>;
}

/** Plans of mappings that are in use. */
const MAX_PLANS = 50;

export class SqliteTables implements BackendTables {
  readonly capabilities = tableCapabilities;
  readonly #file: TableFile;
  readonly #rows = new Map<string, SqliteRows>();

  constructor(file: TableFile) {
    this.#file = file;
  }

  list(): Promise<{ name: string; isView: boolean; rows?: number }[]> {
    return this.#file.attempt(listTables);
  }

  async describe(table: string): Promise<TableDescription> {
    const info = await this.#file.attempt((file) => describeTable(file, table));
    const { hasRowid: _, rowidColumn: __, orders: ___, ...description } = info;
    return description;
  }

  /** The file by its inode: a copy or a backup in its place is another one. */
  identity(table: string): Promise<string> {
    return this.#file.attempt(() => {
      const { dev, ino } = statSync(this.#file.path, { bigint: true });
      return `sqlite:${dev}:${ino}:${table}`;
    });
  }

  rows(mapping: TableMapping): BackendRows {
    const name = encodeTableMapping(mapping);
    let rows = this.#rows.get(name);
    if (rows === undefined) {
      if (this.#rows.size >= MAX_PLANS) this.#rows.clear();
      rows = new SqliteRows(this.#file, mapping);
      this.#rows.set(name, rows);
    }
    return rows;
  }
}

class SqliteRows implements BackendRows {
  readonly #file: TableFile;
  readonly #mapping: TableMapping;
  #plan: { readonly plan: TablePlan; readonly schema: unknown } | undefined;

  constructor(file: TableFile, mapping: TableMapping) {
    this.#file = file;
    this.#mapping = mapping;
  }

  async *scan(range: BackendScan, signal: AbortSignal): AsyncGenerator<EncodedEntries> {
    const single = singleKey(range);
    if (single !== undefined) {
      yield* this.#scanOne(single);
      return;
    }
    const ordered = await this.#file.attempt((file) => isOrderedByIndex(file, this.#planOf(file)));
    const limit = range.batchSize ?? DEFAULT_PAGE_ROWS;
    if (ordered) yield* this.#scanPages(range, limit, signal);
    else yield* this.#scanSorted(range, limit, signal);
    const keyless = await this.#file.attempt((file) => keylessEntries(file, this.#planOf(file), range));
    yield* inBatches(keyless, limit);
  }

  lookup(keys: readonly Uint8Array[]): Promise<EncodedEntries> {
    return this.#file.attempt((file) => {
      const plan = this.#planOf(file);
      const keyless = keylessOf(file, plan, keys);
      const builder = new EntryBatchBuilder();
      for (const key of keys) {
        const where = keyCondition(plan, key);
        const row = where instanceof NotRepresentable ? undefined : findRow(file, plan, where);
        pushLookedUp(builder, key, keyless.get(toHex(key)) ?? row);
      }
      return encoded(builder);
    });
  }

  async *read(
    keys: readonly Uint8Array[],
    signal: AbortSignal,
    { rest = false }: ReadOptions = {},
  ): AsyncGenerator<readonly BackendRecord[]> {
    for (let at = 0; at < keys.length; ) {
      signal.throwIfAborted();
      const from = at;
      const chunk = await this.#file.attempt((file) => this.#readChunk(file, keys, from, rest));
      at += chunk.length;
      yield chunk;
    }
  }

  /**
   * One transaction for all, and where a constraint that is checked late, or a trigger that takes everything back,
   * spoils it, one for each.
   */
  async write(operations: readonly BackendWrite[]): Promise<readonly BackendOutcome[]> {
    try {
      return await this.#writeAll(operations);
    } catch (error) {
      if (!isSpoilt(error)) throw error;
    }
    const outcomes: BackendOutcome[] = [];
    for (const operation of operations) outcomes.push(await this.#writeAlone(operation));
    return outcomes;
  }

  async predict(operations: readonly BackendWrite[]): Promise<readonly BackendOutcome[]> {
    const outcomes: BackendOutcome[] = [];
    const takeBack = new Error("a prediction is taken back");
    await this.#file
      .transact((file) => {
        const plan = this.#planOf(file);
        for (const operation of operations) outcomes.push(writeRow({ file, plan }, operation));
        throw takeBack;
      })
      .catch((error: unknown) => {
        if (!isCausedBy(error, takeBack)) throw error;
      });
    return outcomes;
  }

  #writeAll(operations: readonly BackendWrite[]): Promise<BackendOutcome[]> {
    return this.#file.transact((file) => {
      const plan = this.#planOf(file);
      return operations.map((operation) => writeRow({ file, plan }, operation));
    });
  }

  async #writeAlone(operation: BackendWrite): Promise<BackendOutcome> {
    try {
      const [outcome] = await this.#writeAll([operation]);
      return outcome as BackendOutcome;
    } catch (error) {
      if (!isSpoilt(error)) throw error;
      if (isForeignKeyCause(error)) {
        return {
          status: "rejected",
          code: "foreign-key",
          reason: "A foreign key of the table does not hold.",
        };
      }
      const said =
        error instanceof Error && error.cause instanceof Error ? error.cause.message : String(error);
      return { status: "rejected", code: "trigger", reason: `The table refused it: ${said}.` };
    }
  }

  #readChunk(file: SqliteFile, keys: readonly Uint8Array[], from: number, rest: boolean): BackendRecord[] {
    const plan = this.#planOf(file);
    const keyless = keylessOf(file, plan, keys.slice(from));
    const chunk: BackendRecord[] = [];
    let bytes = 0;
    for (let i = from; i < keys.length && (chunk.length === 0 || bytes < TARGET_ITEM_BYTES); i++) {
      const key = keys[i] as Uint8Array;
      const without = keyless.get(toHex(key));
      const where = keyCondition(plan, key);
      let record: BackendRecord;
      if (without !== undefined) {
        record = { key, state: "notRepresentable", reason: without.token };
      } else if (where instanceof NotRepresentable) {
        record = { key, state: "absent" };
      } else {
        const row = findRow(file, plan, where);
        const left = rest && row !== undefined ? readRest(file, plan, where) : undefined;
        record = { ...toRecord(key, row), ...(left === undefined ? {} : { rest: left }) };
      }
      bytes += recordWeight(record);
      chunk.push(record);
    }
    return chunk;
  }

  /** Within the scope, which a lookup is not. */
  async *#scanOne(key: Uint8Array): AsyncGenerator<EncodedEntries> {
    const entries = await this.#file.attempt((file) => {
      const plan = this.#planOf(file);
      const where = keyCondition(plan, key);
      const row = where instanceof NotRepresentable ? undefined : findRow(file, plan, where);
      if (row?.inScope !== true) return undefined;
      const { state, digest, token } = headOf(row);
      return { key, state, digest, token };
    });
    if (entries !== undefined) yield* inBatches([entries], 1);
  }

  async *#scanPages(range: BackendScan, limit: number, signal: AbortSignal): AsyncGenerator<EncodedEntries> {
    let from: Uint8Array | undefined;
    do {
      signal.throwIfAborted();
      const page = await this.#file.attempt((file) =>
        orderedPage(file, this.#planOf(file), range, from, limit),
      );
      if (page.entries !== undefined) yield page.entries;
      from = page.last;
    } while (from !== undefined);
  }

  /** On a connection of its own, so that one snapshot serves the whole scan. */
  async *#scanSorted(range: BackendScan, limit: number, signal: AbortSignal): AsyncGenerator<EncodedEntries> {
    const sort = new ExternalSort();
    const file = new SqliteFile(this.#file.path, this.#file.busyTimeoutMs);
    try {
      file.exec("BEGIN");
      const plan = await this.#file.attempt((shared) => this.#planOf(shared));
      for (const _ of fillSort(file, plan, range, sort)) {
        signal.throwIfAborted();
        await new Promise<void>((resolve) => setImmediate(resolve));
      }
      file.exec("COMMIT");
      for (const batch of inBatches(sort.sorted(), limit)) {
        signal.throwIfAborted();
        yield batch;
      }
    } finally {
      sort.close();
      file.close();
    }
  }

  /** Made anew when the schema has changed. */
  #planOf(file: SqliteFile): TablePlan {
    const schema = file.statement("PRAGMA schema_version").get([])?.[0];
    if (this.#plan !== undefined && this.#plan.schema === schema) return this.#plan.plan;
    const plan = new TablePlan(file, this.#mapping);
    this.#plan = { plan, schema };
    return plan;
  }
}

function keylessOf(
  file: SqliteFile,
  plan: TablePlan,
  keys: readonly Uint8Array[],
): ReadonlyMap<string, SortedEntry> {
  if (!keys.some(isKeyless)) return new Map();
  return new Map(keylessEntries(file, plan, {}).map((entry) => [toHex(entry.key), entry]));
}

const isSpoilt = (error: unknown): boolean => isForeignKeyCause(error) || causesOf(error).some(isTakenBack);
const isTakenBack = (error: unknown): boolean => error instanceof TransactionTakenBack;
const isForeignKeyCause = (error: unknown): boolean => causesOf(error).some(isForeignKeyViolation);
const isCausedBy = (error: unknown, cause: unknown): boolean => causesOf(error).includes(cause);

function causesOf(error: unknown): unknown[] {
  const causes: unknown[] = [];
  for (
    let at = error;
    at !== undefined && causes.length < 5;
    at = (at as { cause?: unknown } | null)?.cause
  ) {
    causes.push(at);
  }
  return causes;
}
