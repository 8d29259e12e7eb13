/** What changed after a checkpoint `<incarnation>:<sequence>`. */
import type { EntryBatch } from "../../../core/batch/entry-batch.ts";
import { EntryBatchBuilder } from "../../../core/batch/entry-batch-builder.ts";
import { compareBytes } from "../../../core/key/compare-bytes.ts";
import { ProtocolError } from "../../../core/protocol/protocol-error.ts";
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
