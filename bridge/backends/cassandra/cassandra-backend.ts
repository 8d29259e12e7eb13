/** A keyspace of a Cassandra cluster as a backend: collections of Driftscope's own, and somebody's tables. */
import type { Finding } from "../../../core/protocol/frames.ts";
import { MAX_BODY_BYTES } from "../../../core/protocol/limits.ts";
import {
  type BackendCapabilities,
  type BackendCollection,
  type BackendSetUp,
  type BackendTables,
  defaultCapabilities,
  type RemoteBackend,
} from "../backend.ts";
import { DocumentCollection, type DocumentServer } from "../shared/document-collection.ts";
import { ServerTables } from "../shared/tables/server-tables.ts";
import { checkCluster } from "./check-cluster.ts";
import { CassandraCluster, type ClusterSettings } from "./cluster.ts";
import { findCollection, initCollection, listCollections } from "./collections.ts";
import { compareAndSet } from "./compare-and-set.ts";
import { findHeads, wholeRecords } from "./find-records.ts";
import { PartitionWriters } from "./partition-writers.ts";
import type { RecordsOf } from "./record-statements.ts";
import { scanBuckets } from "./scan-buckets.ts";
import { definitions, tableNames } from "./schema.ts";
import { CassandraTables } from "./tables/cassandra-tables.ts";

/** A clustering key's length is told in 16 bits. */
const MAX_CLUSTERING_KEY_BYTES = 65_535;

/** A condition is checked against what is there by then: of who writes without one it knows nothing, and a later timestamp wins. */
const PLAIN_WRITERS =
  "Programs that write this table without conditions, as a plain INSERT or UPDATE does, are not held off: one that writes the same row at the same moment can be overwritten unseen, or hide what is written here. Each write is read back, and says so where it can be seen. Cells that change get a new write time.";

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
  readonly tables: BackendTables;

  /** Connects when it is first asked for something. */
  constructor(settings: ClusterSettings) {
    const cluster = new CassandraCluster(settings);
    const statements = definitions(settings.keyspace);
    this.#cluster = cluster;
    this.tables = new ServerTables(new CassandraTables(cluster), {
      maxKeyBytes: MAX_CLUSTERING_KEY_BYTES,
      caution: PLAIN_WRITERS,
    });
    this.setUp = { statements: () => statements, run: () => cluster.define(statements) };
  }

  collections(): Promise<{ name: string }[]> {
    return listCollections(this.#cluster);
  }

  collection(name: string): BackendCollection {
    return new DocumentCollection(documentsOf(this.#cluster, this.#partitions), name);
  }

  check(): Promise<readonly Finding[]> {
    return checkCluster(this.#cluster);
  }

  close(): Promise<void> {
    return this.#cluster.close();
  }
}

function documentsOf(cluster: CassandraCluster, partitions: PartitionWriters): DocumentServer<RecordsOf> {
  const { records: table } = tableNames(cluster.settings.keyspace);
  return {
    product: "Cassandra",
    async find(name, isLatest) {
      const found = await findCollection(cluster, name, isLatest);
      if (found === undefined) return undefined;
      const { meta, buckets } = found;
      return { meta, records: { table, incarnation: meta.incarnation, buckets } };
    },
    init: (name, init) => initCollection(cluster, name, init),
    scan: (records, range, limit, signal) => scanBuckets(cluster, records, range, limit, signal),
    findHeads: (records, keys) => findHeads(cluster, records, keys),
    findRecords: (records, keys) => wholeRecords(cluster, records, keys),
    write: (records, operations, writer) =>
      compareAndSet({ cluster, partitions, records, writer }, operations),
  };
}
