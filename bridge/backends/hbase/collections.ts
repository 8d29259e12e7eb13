/** The rows that describe collections: their meta records (decision 12). */
import type { CollectionInit, CollectionMeta } from "../../../core/session/ports.ts";
import { BackendError } from "../backend-error.ts";
import { agreeOnMeta, COLLECTION_FORMAT, decodeStoredMeta, notOurs } from "../shared/stored-meta.ts";
import type { Row } from "./cell-set.ts";
import { cutOff } from "./find-records.ts";
import type { Gateway } from "./gateway.ts";
import {
  Column,
  collectionNameOf,
  collectionRow,
  END_OF_COLLECTIONS,
  endRowOf,
  MetaColumn,
  prefixOf,
  SENTINEL_VERSION,
  START_OF_COLLECTIONS,
} from "./schema.ts";

const LIST_ROWS = 1000;

export interface StoredCollection {
  readonly meta: CollectionMeta;
  /** Of the description: moves with every change. */
  readonly revision: string;
}

/** @throws BackendError; ProtocolError "newer-format", "corrupt", "incomplete" */
export async function findCollection(gateway: Gateway, name: string): Promise<StoredCollection | undefined> {
  const key = collectionRow(name);
  const [row] = await unlessMissing(
    () => gateway.rowsFrom(key, 1),
    [{ key: END_OF_COLLECTIONS, cells: new Map() }],
  );
  if (row === undefined) throw cutOff(gateway.where);
  return row.key === key ? toCollection(name, row) : undefined;
}

function toCollection(name: string, { cells }: Row): StoredCollection {
  const textOf = (column: string): string | undefined => {
    const cell = cells.get(column);
    return cell === undefined ? undefined : new TextDecoder().decode(cell);
  };
  const revision = textOf(Column.version);
  if (revision === undefined) throw notOurs(name);
  const meta = decodeStoredMeta(name, {
    format: Number(textOf(MetaColumn.format)),
    incarnation: textOf(MetaColumn.incarnation),
    init: textOf(MetaColumn.init),
    purgeWatermark: textOf(MetaColumn.purgeWatermark),
    fenceEpoch: textOf(MetaColumn.fenceEpoch),
  });
  return { meta, revision };
}

/** As BackendCollection.init. */
export function initCollection(
  gateway: Gateway,
  name: string,
  init: CollectionInit,
): Promise<CollectionMeta> {
  return agreeOnMeta<StoredCollection>(name, init, {
    find: () => findCollection(gateway, name),
    create: (incarnation, text) => createCollection(gateway, name, incarnation, text),
    update: ({ revision }, text) => updateDescription(gateway, name, revision, text),
  });
}

/** The row behind its records comes first: without it no scan of it would count. */
async function createCollection(
  gateway: Gateway,
  name: string,
  incarnation: string,
  init: string,
): Promise<void> {
  await gateway.put(endRowOf(prefixOf(incarnation)), [[Column.version, SENTINEL_VERSION]]);
  const cells = [
    [Column.version, "1"],
    [MetaColumn.format, String(COLLECTION_FORMAT)],
    [MetaColumn.incarnation, incarnation],
    [MetaColumn.init, init],
    [MetaColumn.purgeWatermark, "0"],
    [MetaColumn.fenceEpoch, "0"],
  ] as const;
  // Whether somebody else made it first shows when it is read again.
  await gateway.checkAndPut(collectionRow(name), cells, null);
}

async function updateDescription(
  gateway: Gateway,
  name: string,
  revision: string,
  init: string,
): Promise<void> {
  const cells = [
    [Column.version, String(Number(revision) + 1)],
    [MetaColumn.init, init],
  ] as const;
  await gateway.checkAndPut(collectionRow(name), cells, revision);
}

export function listCollections(gateway: Gateway): Promise<{ name: string }[]> {
  return unlessMissing(() => readNames(gateway), []);
}

async function readNames(gateway: Gateway): Promise<{ name: string }[]> {
  const names: { name: string }[] = [];
  for (let from = START_OF_COLLECTIONS; ; ) {
    const rows = await gateway.rowsFrom(from, LIST_ROWS, [Column.version]);
    for (const { key } of rows) {
      if (key >= END_OF_COLLECTIONS) return names;
      names.push({ name: collectionNameOf(key) });
    }
    const last = rows.at(-1);
    if (last === undefined) throw cutOff(gateway.where);
    from = `${last.key}\0`;
  }
}

/** Where nothing was made yet, nothing is there. */
async function unlessMissing<Value>(read: () => Promise<Value>, nothing: Value): Promise<Value> {
  try {
    return await read();
  } catch (error) {
    if (error instanceof BackendError && error.code === "not-set-up") return nothing;
    throw error;
  }
}
