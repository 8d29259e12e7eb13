/** The table of collections: the meta records of decision 12, and in how many buckets the records of each lie. */
import { randomUUID } from "node:crypto";
import type { types } from "cassandra-driver";
import { newerDescription } from "../../../core/mapping/newer-description.ts";
import {
  decodeCollectionInit,
  decodeCollectionMeta,
  encodeCollectionInit,
  encodeCollectionMeta,
} from "../../../core/protocol/collection-meta.ts";
import { ProtocolError } from "../../../core/protocol/protocol-error.ts";
import type { CollectionInit, CollectionMeta } from "../../../core/session/ports.ts";
import { BackendError } from "../backend-error.ts";
import { describesMore } from "../describes-more.ts";
import { isMissingTable } from "./cassandra-errors.ts";
import type { CassandraCluster } from "./cluster.ts";
import { tableNames } from "./schema.ts";

const FORMAT = 1;

/** Of a partition; larger ones are slow to read and to repair. */
const PARTITION_BYTES = 50 * 1024 * 1024;
/** What a record is taken to have, before any was seen. */
const EXPECTED_RECORD_BYTES = 1024;
/** Fewer make fewer writes run side by side, more make a scan wait for more pages. */
const MIN_BUCKETS = 16;
const MAX_BUCKETS = 1024;
/** A description that is made newer by several at the same time: each try sees what the others wrote. */
const MAX_DESCRIPTION_TRIES = 20;

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
  if (typeof format === "number" && format > FORMAT) {
    throw new ProtocolError(
      "newer-format",
      `The collection ${JSON.stringify(name)} has format ${format}, this version knows format ${FORMAT}: update Driftscope.`,
    );
  }
  if (!Number.isInteger(buckets) || buckets < 1 || typeof init !== "string" || !Number.isInteger(revision)) {
    throw new ProtocolError(
      "corrupt",
      `The row of the collection ${JSON.stringify(name)} in the table driftscope_collections is not one of ours.`,
    );
  }
  // Through the codec, which checks what somebody else may have written here.
  const meta = decodeCollectionMeta(
    encodeCollectionMeta({
      ...decodeCollectionInit(init),
      format: FORMAT,
      incarnation: String(incarnation),
      purgeWatermark: Number(purge_watermark),
      fenceEpoch: Number(fence_epoch),
    }),
  );
  return { meta, buckets, revision };
}

/** As BackendCollection.init. */
export async function initCollection(
  cluster: CassandraCluster,
  name: string,
  init: CollectionInit,
): Promise<CollectionMeta> {
  for (let attempt = 0; attempt < MAX_DESCRIPTION_TRIES; attempt++) {
    const stored = await findCollection(cluster, name, true);
    if (stored === undefined) await createCollection(cluster, name, init);
    else if (!describesMore(stored.meta, init)) return stored.meta;
    else await updateDescription(cluster, stored, init);
  }
  throw new BackendError(
    "backend-failed",
    `The description of the collection ${JSON.stringify(name)} is changed by others all the time: try again.`,
  );
}

async function createCollection(
  cluster: CassandraCluster,
  name: string,
  init: CollectionInit,
): Promise<void> {
  const { collections } = tableNames(cluster.settings.keyspace);
  const query = `INSERT INTO ${collections} (name, format, incarnation, buckets, init, revision, purge_watermark, fence_epoch)
    VALUES (?, ?, ?, ?, ?, 1, 0, 0) IF NOT EXISTS`;
  const text = encodeCollectionInit({ ...init, collection: name });
  try {
    // Whether somebody else made it first shows when it is read again.
    await cluster.conditionally([{ query, params: [name, FORMAT, randomUUID(), bucketsFor(init), text] }]);
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
  { meta, revision }: StoredCollection,
  given: CollectionInit,
): Promise<void> {
  const { collections } = tableNames(cluster.settings.keyspace);
  const { collection, projectionId } = meta;
  const localSchema = newerDescription(meta.localSchema, given.localSchema);
  const text = encodeCollectionInit({ collection, projectionId, localSchema });
  const query = `UPDATE ${collections} SET init = ?, revision = ? WHERE name = ? IF revision = ?`;
  await cluster.conditionally([{ query, params: [text, revision + 1, collection, revision] }]);
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
