/** A keyspace of a Cassandra cluster as a backend, in document mode. */

import { encodeEntryBatch } from "../../../core/batch/entry-batch-codec.ts";
import type { Finding } from "../../../core/protocol/frames.ts";
import { MAX_BODY_BYTES } from "../../../core/protocol/limits.ts";
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
import { checkCluster } from "./check-cluster.ts";
import { CassandraCluster, type ClusterSettings } from "./cluster.ts";
import { findCollection, initCollection, listCollections } from "./collections.ts";
import { compareAndSet } from "./compare-and-set.ts";
import { findHeads, wholeRecords } from "./find-records.ts";
import { PartitionWriters } from "./partition-writers.ts";
import type { RecordsOf } from "./record-statements.ts";
import { scanBuckets } from "./scan-buckets.ts";
import { definitions, tableNames } from "./schema.ts";

/** A clustering key's length is told in 16 bits. */
const MAX_CLUSTERING_KEY_BYTES = 65_535;

/** Entries of a batch where the reader names no size. */
const DEFAULT_BATCH_ENTRIES = 2000;

export const cassandraCapabilities: BackendCapabilities = {
  ...defaultCapabilities,
  // Writes of different partitions have no order, so nothing can be told to lie after a checkpoint.
  changes: false,
  maxKeyBytes: MAX_CLUSTERING_KEY_BYTES,
  maxBodyBytes: MAX_BODY_BYTES,
};

export class CassandraBackend implements RemoteBackend {
  readonly capabilities = cassandraCapabilities;
  readonly #cluster: CassandraCluster;
  readonly #partitions = new PartitionWriters();
  readonly setUp: BackendSetUp;

  /** Connects when it is first asked for something. */
  constructor(settings: ClusterSettings) {
    const cluster = new CassandraCluster(settings);
    const statements = definitions(settings.keyspace);
    this.#cluster = cluster;
    this.setUp = { statements: () => statements, run: () => cluster.define(statements) };
  }

  collections(): Promise<{ name: string }[]> {
    return listCollections(this.#cluster);
  }

  collection(name: string): BackendCollection {
    return new CassandraCollection(this.#cluster, this.#partitions, name);
  }

  check(): Promise<readonly Finding[]> {
    return checkCluster(this.#cluster);
  }

  close(): Promise<void> {
    return this.#cluster.close();
  }
}

class CassandraCollection implements BackendCollection {
  readonly #cluster: CassandraCluster;
  readonly #partitions: PartitionWriters;
  readonly #name: string;

  constructor(cluster: CassandraCluster, partitions: PartitionWriters, name: string) {
    this.#cluster = cluster;
    this.#partitions = partitions;
    this.#name = name;
  }

  async meta(): Promise<CollectionMeta | undefined> {
    return (await findCollection(this.#cluster, this.#name, true))?.meta;
  }

  init(init: CollectionInit): Promise<CollectionMeta> {
    return initCollection(this.#cluster, this.#name, init);
  }

  async *scan(range: BackendScan, signal: AbortSignal): AsyncGenerator<EncodedEntries> {
    const limit = range.batchSize ?? DEFAULT_BATCH_ENTRIES;
    const records = await this.#records();
    for await (const batch of scanBuckets(this.#cluster, records, range, limit, signal)) {
      yield { count: batch.count, bytes: encodeEntryBatch(batch) };
    }
  }

  async lookup(keys: readonly Uint8Array[]): Promise<EncodedEntries> {
    const batch = headEntries(keys, await findHeads(this.#cluster, await this.#records(), keys));
    return { count: batch.count, bytes: encodeEntryBatch(batch) };
  }

  async *read(keys: readonly Uint8Array[], signal: AbortSignal): AsyncGenerator<readonly BackendRecord[]> {
    const records = await this.#records();
    yield* readInWindows(keys, (some) => wholeRecords(this.#cluster, records, some), signal);
  }

  async write(operations: readonly BackendWrite[], writer: string): Promise<readonly BackendOutcome[]> {
    const target = {
      cluster: this.#cluster,
      partitions: this.#partitions,
      records: await this.#records(),
      writer,
    };
    return compareAndSet(target, operations);
  }

  changes(): never {
    throw new ProtocolError("unsupported", "Cassandra does not tell what has changed: compare all records.");
  }

  async #records(): Promise<RecordsOf> {
    const found = await findCollection(this.#cluster, this.#name);
    if (found === undefined) throw unknownCollection(this.#name);
    const { records: table } = tableNames(this.#cluster.settings.keyspace);
    return { table, incarnation: found.meta.incarnation, buckets: found.buckets };
  }
}
