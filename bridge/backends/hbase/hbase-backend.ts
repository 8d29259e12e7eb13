/** A table of HBase as a backend, in document mode. */

import { encodeEntryBatch } from "../../../core/batch/entry-batch-codec.ts";
import type { Finding } from "../../../core/protocol/frames.ts";
import { ProtocolError } from "../../../core/protocol/protocol-error.ts";
import type { CollectionInit, CollectionMeta } from "../../../core/session/ports.ts";
import {
  type BackendCapabilities,
  type BackendCollection,
  type BackendOutcome,
  type BackendRecord,
  type BackendScan,
  type BackendSetUp,
  type BackendWrite,
  defaultCapabilities,
  type EncodedEntries,
  type RemoteBackend,
} from "../backend.ts";
import { headEntries } from "../shared/head-entries.ts";
import { readInWindows } from "../shared/record-windows.ts";
import { unknownCollection } from "../shared/stored-meta.ts";
import { checkGateway } from "./check-gateway.ts";
import { findCollection, initCollection, listCollections } from "./collections.ts";
import { compareAndSet } from "./compare-and-set.ts";
import { findHeads, type RecordsOf, wholeRecords } from "./find-records.ts";
import { Gateway, type HBaseSettings } from "./gateway.ts";
import { scanTable } from "./scan-table.ts";
import { Column, END_OF_COLLECTIONS, MAX_KEY_BYTES, prefixOf, SENTINEL_VERSION } from "./schema.ts";
import { definition, TableDefinition } from "./table-definition.ts";

/** HBase's default of the largest cell, less what is beside the value. */
const MAX_CELL_BYTES = 10 * 1024 * 1024 - 64 * 1024;

/** Entries of a batch where the reader names no size. */
const DEFAULT_BATCH_ENTRIES = 2000;

export const hbaseCapabilities: BackendCapabilities = {
  ...defaultCapabilities,
  // Cells have the times of clocks, which can be wrong: nothing can be told to lie after a checkpoint.
  changes: false,
  maxKeyBytes: MAX_KEY_BYTES,
  maxBodyBytes: MAX_CELL_BYTES,
};

export class HBaseBackend implements RemoteBackend {
  readonly capabilities = hbaseCapabilities;
  readonly #gateway: Gateway;
  readonly #definition: TableDefinition;
  readonly setUp: BackendSetUp;

  /** Asks nothing before it is first asked for something. */
  constructor(settings: HBaseSettings) {
    this.#gateway = new Gateway(settings);
    this.#definition = new TableDefinition(settings);
    const row = `put '${settings.table}', '${END_OF_COLLECTIONS}', '${Column.version}', '${SENTINEL_VERSION}'`;
    this.setUp = { statements: () => [definition(settings.table), row], run: () => this.#setUp() };
  }

  collections(): Promise<{ name: string }[]> {
    return listCollections(this.#gateway);
  }

  collection(name: string): BackendCollection {
    return new HBaseCollection(this.#gateway, name);
  }

  check(): Promise<readonly Finding[]> {
    return checkGateway({ gateway: this.#gateway, definition: this.#definition });
  }

  close(): Promise<void> {
    return this.#gateway.close();
  }

  async #setUp(): Promise<void> {
    await this.#definition.make();
    await this.#gateway.put(END_OF_COLLECTIONS, [[Column.version, SENTINEL_VERSION]]);
  }
}

class HBaseCollection implements BackendCollection {
  readonly #gateway: Gateway;
  readonly #name: string;

  constructor(gateway: Gateway, name: string) {
    this.#gateway = gateway;
    this.#name = name;
  }

  async meta(): Promise<CollectionMeta | undefined> {
    return (await findCollection(this.#gateway, this.#name))?.meta;
  }

  init(init: CollectionInit): Promise<CollectionMeta> {
    return initCollection(this.#gateway, this.#name, init);
  }

  async *scan(range: BackendScan, signal: AbortSignal): AsyncGenerator<EncodedEntries> {
    const limit = range.batchSize ?? DEFAULT_BATCH_ENTRIES;
    for await (const batch of scanTable(await this.#records(), range, limit, signal)) {
      yield { count: batch.count, bytes: encodeEntryBatch(batch) };
    }
  }

  async lookup(keys: readonly Uint8Array[]): Promise<EncodedEntries> {
    const batch = headEntries(keys, await findHeads(await this.#records(), keys));
    return { count: batch.count, bytes: encodeEntryBatch(batch) };
  }

  async *read(keys: readonly Uint8Array[], signal: AbortSignal): AsyncGenerator<readonly BackendRecord[]> {
    const records = await this.#records();
    yield* readInWindows(keys, (some) => wholeRecords(records, some), signal);
  }

  async write(operations: readonly BackendWrite[], writer: string): Promise<readonly BackendOutcome[]> {
    return compareAndSet(await this.#records(), operations, writer);
  }

  changes(): never {
    throw new ProtocolError("unsupported", "HBase does not tell what has changed: compare all records.");
  }

  async #records(): Promise<RecordsOf> {
    const found = await findCollection(this.#gateway, this.#name);
    if (found === undefined) throw unknownCollection(this.#name);
    return { gateway: this.#gateway, prefix: prefixOf(found.meta.incarnation) };
  }
}
