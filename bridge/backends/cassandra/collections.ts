/** The table of collections: the meta records of decision 12, and in how many buckets the records of each lie. */
import type { types } from "cassandra-driver";
import type { CollectionInit, CollectionMeta } from "../../../core/session/ports.ts";
import { BackendError } from "../backend-error.ts";
import { agreeOnMeta, COLLECTION_FORMAT, decodeStoredMeta, notOurs } from "../shared/stored-meta.ts";
import { isMissingTable } from "./cassandra-errors.ts";
import type { CassandraCluster } from "./cluster.ts";
import { tableNames } from "./schema.ts";

/** Of a partition; larger ones are slow to read and to repair. */
const PARTITION_BYTES = 50 * 1024 * 1024;
/** What a record is taken to have, before any was seen. */
const EXPECTED_RECORD_BYTES = 1024;
/** Fewer make fewer writes run side by side, more make a scan wait for more pages. */
const MIN_BUCKETS = 16;
const MAX_BUCKETS = 1024;

export interface StoredCollection {
  readonly meta: CollectionMeta;
  readonly buckets: number;
  /** Of the description: moves with every change. */
  readonly revision: number;
}

/**
 * @param isLatest Also what was made a moment ago, elsewhere: it takes a round of Paxos.
 * @throws BackendError; ProtocolError "newer-format", "corrupt"
 */
export async function findCollection(
  cluster: CassandraCluster,
  name: string,
  isLatest = false,
): Promise<StoredCollection | undefined> {
  const { collections } = tableNames(cluster.settings.keyspace);
  const query = `SELECT format, incarnation, buckets, init, revision, purge_watermark, fence_epoch FROM ${collections} WHERE name = ?`;
  try {
    const statement = { query, params: [name] };
    const [row] = await (isLatest ? cluster.serialRows(statement) : cluster.rows(statement));
    return row === undefined ? undefined : toCollection(name, row);
  } catch (error) {
    // Nothing was made here yet.
    if (isMissingTable(error)) return undefined;
    throw error;
  }
}

function toCollection(name: string, row: types.Row): StoredCollection {
  const { format, incarnation, buckets, init, revision, purge_watermark, fence_epoch } = row;
  if (!Number.isInteger(buckets) || buckets < 1 || !Number.isInteger(revision)) throw notOurs(name);
  const cells = { format, incarnation, init, purgeWatermark: purge_watermark, fenceEpoch: fence_epoch };
  return { meta: decodeStoredMeta(name, cells), buckets, revision };
}

/** As BackendCollection.init. */
export function initCollection(
  cluster: CassandraCluster,
  name: string,
  init: CollectionInit,
): Promise<CollectionMeta> {
  const buckets = bucketsFor(init);
  return agreeOnMeta<StoredCollection>(name, init, {
    find: () => findCollection(cluster, name, true),
    create: (incarnation, text) => createCollection(cluster, name, [incarnation, buckets, text]),
    update: (stored, text) => updateDescription(cluster, name, stored, text),
  });
}

async function createCollection(
  cluster: CassandraCluster,
  name: string,
  cells: readonly [incarnation: string, buckets: number, init: string],
): Promise<void> {
  const { collections } = tableNames(cluster.settings.keyspace);
  const query = `INSERT INTO ${collections} (name, format, incarnation, buckets, init, revision, purge_watermark, fence_epoch)
    VALUES (?, ?, ?, ?, ?, 1, 0, 0) IF NOT EXISTS`;
  try {
    await cluster.conditionally([{ query, params: [name, COLLECTION_FORMAT, ...cells] }]);
  } catch (error) {
    if (!isMissingTable(error)) throw error;
    throw new BackendError(
      "not-set-up",
      `The keyspace ${cluster.settings.keyspace} has no tables of Driftscope yet: \`driftscope init CONNECTION\` shows what it would make, and makes it.`,
      { cause: error },
    );
  }
}

async function updateDescription(
  cluster: CassandraCluster,
  name: string,
  { revision }: StoredCollection,
  init: string,
): Promise<void> {
  const { collections } = tableNames(cluster.settings.keyspace);
  const query = `UPDATE ${collections} SET init = ?, revision = ? WHERE name = ? IF revision = ?`;
  await cluster.conditionally([{ query, params: [init, revision + 1, name, revision] }]);
}

/** Fixed when a collection is made: the next power of two that keeps partitions small at four times the records. */
function bucketsFor({ localSchema }: CollectionInit): number {
  const expected = (localSchema.schema.count ?? 0) * 4 * EXPECTED_RECORD_BYTES;
  const wanted = 2 ** Math.ceil(Math.log2(Math.max(1, expected / PARTITION_BYTES)));
  return Math.min(MAX_BUCKETS, Math.max(MIN_BUCKETS, wanted));
}

export async function listCollections(cluster: CassandraCluster): Promise<{ name: string }[]> {
  const { collections } = tableNames(cluster.settings.keyspace);
  try {
    const rows = await cluster.rows({ query: `SELECT name FROM ${collections}`, params: [] });
    return rows.map(({ name }) => ({ name: String(name) })).sort((a, b) => (a.name < b.name ? -1 : 1));
  } catch (error) {
    if (isMissingTable(error)) return [];
    throw error;
  }
}
