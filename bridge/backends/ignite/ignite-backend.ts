/** An Ignite cluster as a backend, in document mode. */

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
import { checkNode } from "./check-node.ts";
import { findCollection, initCollection, listCollections } from "./collections.ts";
import { compareAndSet } from "./compare-and-set.ts";
import { findHeads, wholeRecords } from "./find-records.ts";
import { IgniteNode, type IgniteSettings } from "./ignite-node.ts";
import type { RecordsOf } from "./record-rows.ts";
import { scanTable } from "./scan-table.ts";
import { definitions, tablesOf } from "./schema.ts";

/** Entries of a batch where the reader names no size. */
const DEFAULT_BATCH_ENTRIES = 2000;

export const igniteCapabilities: BackendCapabilities = {
  ...defaultCapabilities,
  // Rows of different keys have no order of commits, so nothing can be told to lie after a checkpoint.
  changes: false,
};

export class IgniteBackend implements RemoteBackend {
  readonly capabilities = igniteCapabilities;
  readonly #node: IgniteNode;
  readonly setUp: BackendSetUp;

  /** Asks nothing before it is first asked for something. */
  constructor(settings: IgniteSettings) {
    const node = new IgniteNode(settings);
    const tables = tablesOf(settings.prefix);
    const statements = definitions(tables);
    this.#node = node;
    const makesCache = `REST: cmd=getorcreate&cacheName=${tables.cache}&templateName=REPLICATED`;
    this.setUp = { statements: () => [makesCache, ...statements], run: () => node.define(statements) };
  }

  collections(): Promise<{ name: string }[]> {
    return listCollections(this.#node);
  }

  collection(name: string): BackendCollection {
    return new IgniteCollection(this.#node, name);
  }

  check(): Promise<readonly Finding[]> {
    return checkNode(this.#node);
  }

  close(): Promise<void> {
    return this.#node.close();
  }
}

class IgniteCollection implements BackendCollection {
  readonly #node: IgniteNode;
  readonly #name: string;

  constructor(node: IgniteNode, name: string) {
    this.#node = node;
    this.#name = name;
  }

  async meta(): Promise<CollectionMeta | undefined> {
    return (await findCollection(this.#node, this.#name))?.meta;
  }

  init(init: CollectionInit): Promise<CollectionMeta> {
    return initCollection(this.#node, this.#name, init);
  }

  async *scan(range: BackendScan, signal: AbortSignal): AsyncGenerator<EncodedEntries> {
    const limit = range.batchSize ?? DEFAULT_BATCH_ENTRIES;
    for await (const batch of scanTable(this.#node, await this.#records(), range, limit, signal)) {
      yield { count: batch.count, bytes: encodeEntryBatch(batch) };
    }
  }

  async lookup(keys: readonly Uint8Array[]): Promise<EncodedEntries> {
    const batch = headEntries(keys, await findHeads(this.#node, await this.#records(), keys));
    return { count: batch.count, bytes: encodeEntryBatch(batch) };
  }

  async *read(keys: readonly Uint8Array[], signal: AbortSignal): AsyncGenerator<readonly BackendRecord[]> {
    const records = await this.#records();
    yield* readInWindows(keys, (some) => wholeRecords(this.#node, records, some), signal);
  }

  async write(operations: readonly BackendWrite[], writer: string): Promise<readonly BackendOutcome[]> {
    return compareAndSet({ node: this.#node, records: await this.#records(), writer }, operations);
  }

  changes(): never {
    throw new ProtocolError("unsupported", "Ignite does not tell what has changed: compare all records.");
  }

  async #records(): Promise<RecordsOf> {
    const found = await findCollection(this.#node, this.#name);
    if (found === undefined) throw unknownCollection(this.#name);
    return { table: `"${this.#node.tables.records}"`, incarnation: found.meta.incarnation };
  }
}
