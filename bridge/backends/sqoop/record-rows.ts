/** Answers as document-rows.ts takes rows: keys and digests come as hexadecimal text, bodies in base64. */
import { fromHex } from "../../../core/key/hex.ts";
import type { BackendRecord } from "../backend.ts";
import { BackendError } from "../backend-error.ts";
import { type RowHead, toRecord, toRowHead } from "../shared/document-rows.ts";

/** @param cells key, version, digest, deleted. */
export const headOf = (cells: readonly unknown[]): RowHead => toRowHead(decoded(cells));

/** @param cells key, version, digest, deleted, prevOpId, body. */
export function recordOf(cells: readonly unknown[]): BackendRecord {
  const [, , , , prevOpId, body] = cells;
  const bytes = typeof body === "string" ? new Uint8Array(Buffer.from(body, "base64")) : body;
  return toRecord([...decoded(cells), prevOpId, bytes]);
}

function decoded([key, version, digest, deleted]: readonly unknown[]): unknown[] {
  if (typeof key !== "string") throw new BackendError("backend-failed", "An answer of Sqoop without a key.");
  return [fromHex(key), version, typeof digest === "string" ? fromHex(digest) : digest, deleted];
}
