/** Statements about the records of one bucket, with what they bind. */
import { crc32 } from "node:zlib";
import type { types } from "cassandra-driver";
import type { BackendScan, BackendWrite } from "../backend.ts";
import { Deleted } from "../shared/document-rows.ts";
import { opIdOf } from "../shared/tokens.ts";
import type { Statement } from "./cluster.ts";

/** A collection's part of the table of records. */
export interface RecordsOf {
  /** Quoted, with the keyspace. */
  readonly table: string;
  readonly incarnation: string;
  readonly buckets: number;
}

const HEAD = "key, version, digest, deleted";
const WHOLE = `${HEAD}, prev_op_id, body`;

/** Stable for ever: what is stored lies where this says. */
export const bucketOf = ({ buckets }: RecordsOf, key: Uint8Array): number => crc32(key) % buckets;

/** What document-rows.ts takes: the columns of HEAD in its order. */
export const headCells = ({ key, version, digest, deleted }: types.Row): unknown[] => [
  plainBytes(key),
  version,
  plainBytes(digest),
  deleted,
];

/** The columns of WHOLE. */
export const recordCells = (row: types.Row): unknown[] => [
  ...headCells(row),
  row.prev_op_id,
  plainBytes(row.body),
];

/** The driver gives Buffers of their own memory. */
function plainBytes(cell: unknown): unknown {
  return cell instanceof Uint8Array ? new Uint8Array(cell.buffer, cell.byteOffset, cell.byteLength) : cell;
}

export function scanStatement(
  { table, incarnation }: RecordsOf,
  bucket: number,
  range: BackendScan,
): Statement {
  const params: unknown[] = [incarnation, bucket];
  let where = "collection = ? AND bucket = ?";
  const lower = lowerBound(range);
  if (lower !== undefined) {
    where += ` AND key ${lower.isExclusive ? ">" : ">="} ?`;
    params.push(bufferOf(lower.key));
  }
  if (range.upper !== undefined) {
    where += " AND key < ?";
    params.push(bufferOf(range.upper));
  }
  return { query: `SELECT ${HEAD} FROM ${table} WHERE ${where}`, params };
}

/** CQL takes one lower bound. */
function lowerBound({ after, lower }: BackendScan): { key: Uint8Array; isExclusive: boolean } | undefined {
  if (after !== undefined && (lower === undefined || Buffer.compare(after, lower) >= 0)) {
    return { key: after, isExclusive: true };
  }
  return lower === undefined ? undefined : { key: lower, isExclusive: false };
}

/** @param keys Of one bucket. */
export function findStatement(
  { table, incarnation }: RecordsOf,
  bucket: number,
  keys: readonly Uint8Array[],
  columns: "head" | "whole",
): Statement {
  const selected = columns === "head" ? HEAD : WHOLE;
  return {
    query: `SELECT ${selected} FROM ${table} WHERE collection = ? AND bucket = ? AND key IN ?`,
    params: [incarnation, bucket, keys.map(bufferOf)],
  };
}

/** An operation with the version that it gives, and who sends it. */
export interface TokenedWrite {
  readonly operation: BackendWrite;
  readonly token: string;
  readonly writer: string;
}

/** About what it takes beside its body. */
const ROW_BYTES = 200;

/** Bytes that it takes on the server, about. */
export function weightOf({ key, write }: BackendWrite): number {
  return ROW_BYTES + key.length + (typeof write === "string" ? 0 : write.body.length);
}

/** The conditional statement of an operation. */
export function writeStatement(
  records: RecordsOf,
  bucket: number,
  { operation, token, writer }: TokenedWrite,
): Statement {
  const { table, incarnation } = records;
  const { opId, key, expect } = operation;
  const { digest, deleted, body } = valuesOf(operation);
  const place = [incarnation, bucket, bufferOf(key)];
  if (expect === null) {
    // What is null is left unset: a null would be written as a tombstone.
    return {
      query: `INSERT INTO ${table} (collection, bucket, key, version, digest, deleted, op_id, writer, body)
        VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?) IF NOT EXISTS`,
      params: [...place, token, digest ?? undefined, deleted, opId, writer, body ?? undefined],
    };
  }
  return {
    query: `UPDATE ${table} SET version = ?, digest = ?, deleted = ?, op_id = ?, prev_op_id = ?, writer = ?, body = ?
      WHERE collection = ? AND bucket = ? AND key = ? IF version = ?`,
    params: [token, digest, deleted, opId, opIdOf(expect) ?? null, writer, body, ...place, expect],
  };
}

interface Values {
  readonly digest: Buffer | null;
  readonly deleted: number;
  readonly body: Buffer | null;
}

function valuesOf({ write }: BackendWrite): Values {
  if (write === "delete") return { digest: null, deleted: Deleted.yes, body: null };
  if (write === "absent") return { digest: null, deleted: Deleted.neverThere, body: null };
  return { digest: bufferOf(write.digest), deleted: Deleted.no, body: bufferOf(write.body) };
}

/** The driver takes Buffers; the bytes are not copied. */
const bufferOf = ({ buffer, byteOffset, byteLength }: Uint8Array): Buffer =>
  Buffer.from(buffer, byteOffset, byteLength);
