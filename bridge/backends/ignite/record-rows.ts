/** Rows of the table of records as document-rows.ts takes them: keys and digests are hexadecimal text here. */
import { fromHex, toHex } from "../../../core/key/hex.ts";
import { ProtocolError } from "../../../core/protocol/protocol-error.ts";
import type { BackendRecord } from "../backend.ts";
import { type RowHead, toRecord, toRowHead } from "../shared/document-rows.ts";

/** A collection's part of the table of records. */
export interface RecordsOf {
  /** Quoted. */
  readonly table: string;
  readonly incarnation: string;
}

export const HEAD = '"k", "version", "digest", "deleted"';
export const WHOLE = `${HEAD}, "prev_op_id", "body"`;

const utf8 = new TextEncoder();

/** Before all keys of the collection; with EVERY_KEY after it, after all of them. */
export const prefixOf = ({ incarnation }: RecordsOf): string => `${incarnation.replaceAll("-", "")}/`;

/** Sorts after every hexadecimal digit. */
const AFTER_DIGITS = "~";

export const endOf = (records: RecordsOf): string => prefixOf(records) + AFTER_DIGITS;

export const rowKey = (records: RecordsOf, key: Uint8Array): string => prefixOf(records) + toHex(key);

/** @throws ProtocolError "malformed-row" for a key that is not of ours */
export function headOf(records: RecordsOf, row: readonly unknown[]): RowHead {
  return toRowHead(cellsOf(records, row));
}

/** @throws ProtocolError "malformed-row" for a key that is not of ours */
export function recordOf(records: RecordsOf, row: readonly unknown[]): BackendRecord {
  const [, , , , prevOpId, body] = row;
  const bytes = typeof body === "string" ? utf8.encode(body) : body;
  return toRecord([...cellsOf(records, row), prevOpId, bytes]);
}

function cellsOf(records: RecordsOf, [k, version, digest, deleted]: readonly unknown[]): unknown[] {
  return [keyOf(records, String(k)), version, hexBytes(digest), deleted];
}

function keyOf(records: RecordsOf, k: string): Uint8Array {
  const prefix = prefixOf(records);
  try {
    if (k.startsWith(prefix)) return fromHex(k.slice(prefix.length));
  } catch {
    // Told below.
  }
  throw new ProtocolError(
    "malformed-row",
    `The table ${records.table} has a row of this collection with the key ${JSON.stringify(k)}, which is not hexadecimal: Driftscope did not write it. Delete it, or use another collection.`,
  );
}

/** What is no hexadecimal text stays as it is: it is no digest either. */
function hexBytes(digest: unknown): unknown {
  if (typeof digest !== "string") return digest;
  try {
    return fromHex(digest);
  } catch {
    return digest;
  }
}
