import { EntryBatchBuilder } from "../../../../core/batch/entry-batch-builder.ts";
import { type Cell, NotRepresentable } from "../../../../core/mapping/cell.ts";
import type { TableMapping } from "../../../../core/mapping/table-mapping.ts";
import type { ReadOptions } from "../../../../core/session/ports.ts";
import { ExternalSort, type SortedEntry } from "../../../sort/external-sort.ts";
import type {
  BackendOutcome,
  BackendRecord,
  BackendRows,
  BackendScan,
  BackendWrite,
  EncodedEntries,
} from "../../backend.ts";
import { keyText } from "../key-text.ts";
import { readInWindows } from "../record-windows.ts";
import { encoded, inBatches } from "./entry-batches.ts";
import { isWithin, singleKey } from "./key-range.ts";
import { isKeyless, keylessEntry, MAX_KEYLESS, pushLookedUp, tooManyKeyless } from "./keyless-rows.ts";
import { prepareChange } from "./prepare-change.ts";
import { encodeRest } from "./row-rest.ts";
import { sendChanges } from "./send-changes.ts";
import { ServerPlan } from "./server-plan.ts";
import { headOf, type TableRow, toRecord } from "./table-row.ts";
import type { FoundRow, TableServer } from "./table-server.ts";

const DEFAULT_BATCH = 1000;
/** Keys that are looked up at a time. */
const LOOKUP_KEYS = 500;
/** A call that takes this long works with a description that is as old: another may as well begin with it. */
const PLAN_AGE_MS = 1000;

export class ServerRows implements BackendRows {
  readonly #server: TableServer;
  readonly #mapping: TableMapping;
  #recent: { readonly plan: Promise<ServerPlan>; readonly since: number } | undefined;

  constructor(server: TableServer, mapping: TableMapping) {
    this.#server = server;
    this.#mapping = mapping;
  }

  /** No server has the order of our keys for every type: what was read is sorted, spilled where it is much. */
  async *scan(range: BackendScan, signal: AbortSignal): AsyncGenerator<EncodedEntries> {
    const plan = await this.plan();
    const single = singleKey(range);
    if (single !== undefined && !isKeyless(single)) {
      const row = (await this.#find(plan, [single])).get(keyText(single));
      if (row?.inScope === true) yield* inBatches([{ key: single, ...headOf(row) }], 1);
      return;
    }
    const sort = new ExternalSort();
    try {
      for await (const entry of this.#entries(plan, signal)) if (isWithin(entry.key, range)) sort.add(entry);
      for (const batch of inBatches(sort.sorted(), range.batchSize ?? DEFAULT_BATCH)) {
        signal.throwIfAborted();
        yield batch;
      }
    } finally {
      sort.close();
    }
  }

  async lookup(keys: readonly Uint8Array[]): Promise<EncodedEntries> {
    const plan = await this.#recentPlan();
    const keyless = await this.#keylessOf(plan, keys);
    const builder = new EntryBatchBuilder();
    for (let from = 0; from < keys.length; from += LOOKUP_KEYS) {
      const some = keys.slice(from, from + LOOKUP_KEYS);
      const rows = await this.#find(plan, some);
      for (const key of some) {
        pushLookedUp(builder, key, keyless.get(keyText(key)) ?? rows.get(keyText(key)));
      }
    }
    return encoded(builder);
  }

  async *read(
    keys: readonly Uint8Array[],
    signal: AbortSignal,
    { rest = false }: ReadOptions = {},
  ): AsyncGenerator<readonly BackendRecord[]> {
    const plan = await this.#recentPlan();
    const keyless = await this.#keylessOf(plan, keys);
    const find = async (some: readonly Uint8Array[]): Promise<ReadonlyMap<string, BackendRecord>> => {
      const records = await this.#records(plan, some, rest);
      for (const key of some) {
        const without = keyless.get(keyText(key));
        if (without === undefined) continue;
        records.set(keyText(key), { key, state: "notRepresentable", reason: without.token });
      }
      return records;
    };
    yield* readInWindows(keys, find, signal);
  }

  async write(operations: readonly BackendWrite[]): Promise<readonly BackendOutcome[]> {
    const plan = await this.#recentPlan();
    return sendChanges(this.#server, plan, operations, await this.#foundOf(plan, operations));
  }

  async predict(operations: readonly BackendWrite[]): Promise<readonly BackendOutcome[]> {
    const plan = await this.#recentPlan();
    const found = await this.#foundOf(plan, operations);
    return operations.map((operation) => {
      const prepared = prepareChange(this.#server, plan, operation, found.get(keyText(operation.key)));
      return "status" in prepared ? prepared : { status: "applied" };
    });
  }

  /** Of the table as it is now. */
  async plan(): Promise<ServerPlan> {
    const { table } = this.#mapping.columns;
    return new ServerPlan(this.#mapping, await this.#server.describe(table, this.#mapping));
  }

  /** Many small calls in a row ask once what the table is like. */
  #recentPlan(): Promise<ServerPlan> {
    const now = performance.now();
    if (this.#recent === undefined || now - this.#recent.since > PLAN_AGE_MS) {
      const recent = { plan: this.plan(), since: now };
      this.#recent = recent;
      recent.plan.catch(() => {
        if (this.#recent === recent) this.#recent = undefined;
      });
    }
    return this.#recent.plan;
  }

  async *#entries(plan: ServerPlan, signal: AbortSignal): AsyncGenerator<SortedEntry> {
    let keyless = 0;
    for await (const rows of this.#server.scan(plan, plan.read, signal)) {
      signal.throwIfAborted();
      for (const { cells } of rows) {
        const row = plan.toRow(cells);
        if (!row.inScope) continue;
        if (!(row.key instanceof NotRepresentable)) {
          yield { key: row.key, ...headOf(row) };
          continue;
        }
        if (++keyless > MAX_KEYLESS) throw tooManyKeyless(plan.table.name, plan.keyColumns);
        yield keylessEntry(row, cells);
      }
    }
  }

  /** By keyText, of the keys that stand for rows without one. */
  async #keylessOf(plan: ServerPlan, keys: readonly Uint8Array[]): Promise<ReadonlyMap<string, SortedEntry>> {
    const found = new Map<string, SortedEntry>();
    if (!keys.some(isKeyless)) return found;
    for await (const entry of this.#entries(plan, new AbortController().signal)) {
      if (isKeyless(entry.key)) found.set(keyText(entry.key), entry);
    }
    return found;
  }

  /** By keyText; those that are certain to be absent are missing. */
  async #find(plan: ServerPlan, keys: readonly Uint8Array[]): Promise<ReadonlyMap<string, TableRow>> {
    const found = await this.#foundRows(plan, plan.read, keys);
    return new Map(Array.from(found, ([key, { cells }]) => [key, plan.toRow(cells)]));
  }

  #foundOf(plan: ServerPlan, operations: readonly BackendWrite[]): Promise<ReadonlyMap<string, FoundRow>> {
    return this.#foundRows(
      plan,
      plan.read,
      operations.map(({ key }) => key),
    );
  }

  async #foundRows(
    plan: ServerPlan,
    columns: readonly string[],
    keys: readonly Uint8Array[],
  ): Promise<ReadonlyMap<string, FoundRow>> {
    const held: { readonly key: Uint8Array; readonly cells: readonly Cell[] }[] = [];
    for (const key of keys) {
      const cells = plan.codec.keyToCells(key);
      // No row can have another key.
      if (cells instanceof NotRepresentable) continue;
      const isRefused = cells.some(
        (cell, i) => this.#server.refusalOf(plan, plan.keyColumns[i] ?? "", cell) !== undefined,
      );
      if (!isRefused) held.push({ key, cells });
    }
    const rows = await this.#server.find(
      plan,
      columns,
      held.map(({ cells }) => cells),
    );
    const found = new Map<string, FoundRow>();
    for (const [i, { key }] of held.entries()) {
      const row = rows[i];
      if (row !== undefined) found.set(keyText(key), row);
    }
    return found;
  }

  async #records(
    plan: ServerPlan,
    keys: readonly Uint8Array[],
    withRest: boolean,
  ): Promise<Map<string, BackendRecord>> {
    const columns = withRest ? [...new Set([...plan.read, ...plan.rest])] : plan.read;
    const found = await this.#foundRows(plan, columns, keys);
    const records = new Map<string, BackendRecord>();
    for (const key of keys) {
      const row = found.get(keyText(key));
      if (row === undefined) continue;
      const record = toRecord(key, plan.toRow(row.cells));
      records.set(keyText(key), withRest ? this.#withRest(plan, columns, record, row) : record);
    }
    return records;
  }

  #withRest(
    plan: ServerPlan,
    columns: readonly string[],
    record: BackendRecord,
    row: FoundRow,
  ): BackendRecord {
    const left = this.#server.restOf?.(plan, row) ?? restOf(plan, columns, row);
    if (left.size === 0 || record.state !== "present") return record;
    const rest = encodeRest([...left.keys()], [...left.values()]);
    if (!(rest instanceof NotRepresentable)) return { ...record, rest };
    const { key, token } = record;
    return { key, state: "notRepresentable", reason: rest.reason, ...(token === undefined ? {} : { token }) };
  }
}

function restOf(
  plan: ServerPlan,
  columns: readonly string[],
  { cells }: FoundRow,
): ReadonlyMap<string, Cell | NotRepresentable> {
  return new Map(plan.rest.map((column) => [column, cells[columns.indexOf(column)] ?? null]));
}
