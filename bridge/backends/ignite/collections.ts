/** The table of collections: their meta records (decision 12). */
import type { CollectionInit, CollectionMeta } from "../../../core/session/ports.ts";
import { BackendError } from "../backend-error.ts";
import { agreeOnMeta, COLLECTION_FORMAT, decodeStoredMeta, notOurs } from "../shared/stored-meta.ts";
import { isFinished } from "./ignite-errors.ts";
import { formText, type IgniteNode } from "./ignite-node.ts";

export interface StoredCollection {
  readonly meta: CollectionMeta;
  /** Of the description: moves with every change. */
  readonly revision: number;
}

/** @throws BackendError; ProtocolError "newer-format", "corrupt" */
export async function findCollection(node: IgniteNode, name: string): Promise<StoredCollection | undefined> {
  const sql = `SELECT "format", "incarnation", "init", "revision", "purge_watermark", "fence_epoch"
    FROM "${node.tables.collections}" WHERE "name" = ?`;
  const [row] = await unlessMissing(() => node.rows(sql, [name]));
  if (row === undefined) return undefined;
  const [format, incarnation, init, revision, purgeWatermark, fenceEpoch] = row;
  if (typeof revision !== "number") throw notOurs(name);
  const meta = decodeStoredMeta(name, { format, incarnation, init, purgeWatermark, fenceEpoch });
  return { meta, revision };
}

/** As BackendCollection.init. */
export function initCollection(
  node: IgniteNode,
  name: string,
  init: CollectionInit,
): Promise<CollectionMeta> {
  return agreeOnMeta<StoredCollection>(name, init, {
    find: () => findCollection(node, name),
    create: (incarnation, text) => createCollection(node, name, incarnation, text),
    update: ({ revision }, text) => updateDescription(node, name, revision, text),
  });
}

async function createCollection(
  node: IgniteNode,
  name: string,
  incarnation: string,
  init: string,
): Promise<void> {
  const sql = `INSERT INTO "${node.tables.collections}"
    ("name", "format", "incarnation", "init", "revision", "purge_watermark", "fence_epoch")
    VALUES (?, ${COLLECTION_FORMAT}, ?, ?, 1, 0, 0)`;
  try {
    await node.update(sql, [name, incarnation, init].map(formText));
  } catch (error) {
    // Somebody else was first.
    if (!isFinished(error)) throw error;
  }
}

async function updateDescription(
  node: IgniteNode,
  name: string,
  revision: number,
  init: string,
): Promise<void> {
  const sql = `UPDATE "${node.tables.collections}" SET "init" = ?, "revision" = ? WHERE "name" = ? AND "revision" = ?`;
  try {
    await node.update(sql, [init, revision + 1, name, revision].map(formText));
  } catch (error) {
    if (!isFinished(error)) throw error;
  }
}

export async function listCollections(node: IgniteNode): Promise<{ name: string }[]> {
  const sql = `SELECT "name" FROM "${node.tables.collections}" ORDER BY "name"`;
  const rows = await unlessMissing(() => node.rows(sql));
  return rows.map(([name]) => ({ name: String(name) }));
}

/** Where nothing was made yet, nothing is there. */
async function unlessMissing(rows: () => Promise<unknown[][]>): Promise<unknown[][]> {
  try {
    return await rows();
  } catch (error) {
    if (error instanceof BackendError && error.code === "not-set-up") return [];
    throw error;
  }
}
