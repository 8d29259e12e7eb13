/** What changed after a checkpoint `<incarnation>:<sequence>`. */
import type { EntryBatch } from "../../../core/batch/entry-batch.ts";
import { EntryBatchBuilder } from "../../../core/batch/entry-batch-builder.ts";
import { compareBytes } from "../../../core/key/compare-bytes.ts";
import { ProtocolError } from "../../../core/protocol/protocol-error.ts";
import { lastSequence } from "./collections-table.ts";
import type { SqliteFile } from "./driver.ts";
import { toRowHead } from "./record-rows.ts";

/** The sequence number to go on after. @throws ProtocolError "stale-checkpoint" */
export function parseCheckpoint(checkpoint: string, incarnation: string): number {
  if (checkpoint === "") return 0;
  const [of, seq] = checkpoint.split(":");
  if (of === incarnation && /^\d{1,15}$/.test(seq ?? "")) return Number(seq);
  throw new ProtocolError(
    "stale-checkpoint",
    "The collection was recreated since this checkpoint: scan it instead.",
  );
}

/**
 * @throws ProtocolError "stale-checkpoint" when the collection never came so far: its file was put back to an
 *   earlier day, and what was written since then would never be looked at.
 */
export function requireReached(file: SqliteFile, id: number, seq: number): void {
  if (lastSequence(file, id) >= seq) return;
  throw new ProtocolError(
    "stale-checkpoint",
    "The collection is older than this checkpoint, as if it was restored from a backup: scan it instead.",
  );
}

export function changedPage(
  file: SqliteFile,
  table: string,
  afterSeq: number,
  limit: number,
): { batch: EntryBatch; lastSeq: number } {
  const rows = Array.from(
    file
      .statement(`SELECT key, version, digest, deleted, seq FROM ${table} WHERE seq > ? ORDER BY seq LIMIT ?`)
      .iterate([afterSeq, limit]),
  );
  const lastSeq = Number(rows.at(-1)?.[4] ?? afterSeq);
  const heads = rows.map(toRowHead).sort((a, b) => compareBytes(a.key, b.key));
  const builder = new EntryBatchBuilder();
  for (const head of heads) builder.push(head.key, head.state, head.digest, head.token);
  return { batch: builder.build(), lastSeq };
}
