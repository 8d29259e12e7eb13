/**
 * The table of collections: the meta records of decision 12, and which table holds each collection's records.
 *
 * Records lie in `driftscope_records_<id>` and not in tables named after their collections, because SQLite's
 * names ignore case and a collection is named after page data.
 */
import { randomUUID } from "node:crypto";
import { encodeCollectionInit } from "../../../core/protocol/collection-meta.ts";
import { ProtocolError } from "../../../core/protocol/protocol-error.ts";
import type { CollectionInit, CollectionMeta } from "../../../core/session/ports.ts";
import { COLLECTION_FORMAT, decodeStoredMeta, withNewerDescription } from "../shared/stored-meta.ts";
import { type Cell, quoteIdentifier, type SqliteFile } from "./driver.ts";

const TABLE = quoteIdentifier("driftscope_collections");

const CREATE_TABLE = `CREATE TABLE IF NOT EXISTS ${TABLE} (
  id INTEGER PRIMARY KEY,
  name BLOB NOT NULL UNIQUE,
  format INTEGER NOT NULL,
  incarnation TEXT NOT NULL,
  init BLOB NOT NULL,
  purgeWatermark INTEGER NOT NULL,
  fenceEpoch INTEGER NOT NULL,
  lastSeq INTEGER NOT NULL
) STRICT`;

/** @param table Quoted. What find-records.ts and scan-pages.ts read. */
export const createRecords = (table: string): string => `CREATE TABLE ${table} (
  key BLOB NOT NULL PRIMARY KEY,
  version TEXT NOT NULL,
  digest BLOB,
  deleted INTEGER NOT NULL,
  opId TEXT NOT NULL,
  prevOpId TEXT,
  writer TEXT NOT NULL,
  seq INTEGER NOT NULL,
  body BLOB
) STRICT, WITHOUT ROWID`;

const utf8 = new TextEncoder();
const text = new TextDecoder();

export interface StoredCollection {
  readonly id: number;
  /** Quoted. */
  readonly table: string;
  readonly meta: CollectionMeta;
}

const recordsTable = (id: number): string => quoteIdentifier(`driftscope_records_${id}`);

function hasCollections(file: SqliteFile): boolean {
  const query = "SELECT 1 FROM sqlite_schema WHERE type = 'table' AND name = 'driftscope_collections'";
  return file.statement(query).get([]) !== undefined;
}

function bytes(cell: Cell | undefined): Uint8Array {
  if (cell instanceof Uint8Array) return cell;
  throw new ProtocolError("corrupt", "The table driftscope_collections does not hold what it should.");
}

/** @throws ProtocolError "newer-format", "corrupt" */
export function findCollection(file: SqliteFile, name: string): StoredCollection | undefined {
  if (!hasCollections(file)) return undefined;
  const row = file
    .statement(
      `SELECT id, format, incarnation, init, purgeWatermark, fenceEpoch FROM ${TABLE} WHERE name = ?`,
    )
    .get([utf8.encode(name)]);
  if (row === undefined) return undefined;
  const [id, format, incarnation, init, purgeWatermark, fenceEpoch] = row;
  const cells = { format, incarnation, init: text.decode(bytes(init)), purgeWatermark, fenceEpoch };
  const meta = decodeStoredMeta(name, cells);
  return { id: Number(id), table: recordsTable(Number(id)), meta };
}

/** Inside a transaction of the caller's. */
export function createCollection(file: SqliteFile, init: CollectionInit): void {
  file.exec(CREATE_TABLE);
  file
    .statement(
      `INSERT INTO ${TABLE} (name, format, incarnation, init, purgeWatermark, fenceEpoch, lastSeq) VALUES (?, ?, ?, ?, 0, 0, 0)`,
    )
    .run([
      utf8.encode(init.collection),
      COLLECTION_FORMAT,
      randomUUID(),
      utf8.encode(encodeCollectionInit(init)),
    ]);
  const id = file
    .statement(`SELECT id FROM ${TABLE} WHERE name = ?`)
    .get([utf8.encode(init.collection)])?.[0];
  const table = recordsTable(Number(id));
  file.exec(createRecords(table));
  // For `changes`, and for counting what is there without touching the bodies.
  file.exec(`CREATE INDEX ${quoteIdentifier(`driftscope_changes_${Number(id)}`)} ON ${table} (seq, deleted)`);
}

/** Inside a transaction of the caller's. */
export function updateDescription(
  file: SqliteFile,
  { id, meta }: StoredCollection,
  init: CollectionInit,
): void {
  file
    .statement(`UPDATE ${TABLE} SET init = ? WHERE id = ?`)
    .run([utf8.encode(withNewerDescription(meta, init)), id]);
}

export function listCollections(file: SqliteFile): { name: string; count: number }[] {
  if (!hasCollections(file)) return [];
  return Array.from(file.statement(`SELECT id, name FROM ${TABLE} ORDER BY name`).iterate([])).map(
    ([id, name]) => {
      const count = file
        .statement(`SELECT count(*) FROM ${recordsTable(Number(id))} WHERE deleted = 0`)
        .get([])?.[0];
      return { name: text.decode(bytes(name)), count: Number(count) };
    },
  );
}

/** Takes `count` sequence numbers, inside a write transaction; returns the first. */
export function takeSequence(file: SqliteFile, id: number, count: number): number {
  file.statement(`UPDATE ${TABLE} SET lastSeq = lastSeq + ? WHERE id = ?`).run([count, id]);
  return lastSequence(file, id) - count + 1;
}

/** Of the last write, whether or not any of its operations applied. */
export function lastSequence(file: SqliteFile, id: number): number {
  const last = file.statement(`SELECT lastSeq FROM ${TABLE} WHERE id = ?`).get([id])?.[0];
  if (typeof last !== "number" || !Number.isSafeInteger(last)) {
    throw new ProtocolError("corrupt", "The sequence of a collection is not a number.");
  }
  return last;
}
