/**
 * What changed after a checkpoint `<incarnation>:<topic id>:<history>:<offset>`: offsets are in the order of the commits, so what
 * lies behind one is what was written after it, as long as it is the same log (`history`, of the materialization). Of a key that changed several times, the last change is told.
 */
import { type EntryBatch, EntryState } from "../../../core/batch/entry-batch.ts";
import { EntryBatchBuilder } from "../../../core/batch/entry-batch-builder.ts";
import { compareBytes } from "../../../core/key/compare-bytes.ts";
import { ProtocolError } from "../../../core/protocol/protocol-error.ts";
import { FROM_NOW } from "../../../core/session/ports.ts";
import { type RowHead, toRowHead } from "../shared/document-rows.ts";
import type { Cell, SqliteFile } from "../sqlite/driver.ts";
import type { Tables } from "./materialization.ts";

export interface ChangedPage {
  readonly batch: EntryBatch;
  readonly checkpoint: string;
  readonly isLast: boolean;
}

export interface ChangesOf {
  readonly incarnation: string;
  readonly topicId: string;
  readonly history: string;
  /** The first offset that has not been read. */
  readonly next: number;
}

/** @throws ProtocolError "stale-checkpoint" */
export function changedPage(
  file: SqliteFile,
  tables: Tables,
  of: ChangesOf,
  since: string,
  limit: number,
): ChangedPage {
  if (since === FROM_NOW) {
    return { batch: new EntryBatchBuilder().build(), checkpoint: checkpointAt(of, of.next), isLast: true };
  }
  const from = since === "" ? 0 : verifiedOffset(of, since);
  const rows = file
    .statement(
      `SELECT key, version, digest, deleted, seq FROM ${tables.records} WHERE seq >= ?
       UNION ALL SELECT key, NULL, NULL, NULL, seq FROM ${tables.forgotten}
         WHERE seq >= ? AND key NOT IN (SELECT key FROM ${tables.records})
       ORDER BY seq LIMIT ?`,
    )
    .all([from, from, limit]);
  const isLast = rows.length < limit;
  const builder = new EntryBatchBuilder();
  for (const { key, state, digest, token } of rows.map(toHead).sort((a, b) => compareBytes(a.key, b.key))) {
    builder.push(key, state, digest, token);
  }
  const upTo = isLast ? of.next : Number(rows.at(-1)?.[4]) + 1;
  return { batch: builder.build(), checkpoint: checkpointAt(of, upTo), isLast };
}

function toHead(row: readonly Cell[]): RowHead {
  const [key, version] = row;
  // Forgotten: as if nothing had ever been there.
  if (version === null && key instanceof Uint8Array) return { key, state: EntryState.absent, token: "" };
  return toRowHead(row);
}

const checkpointAt = ({ incarnation, topicId, history }: ChangesOf, offset: number): string =>
  `${incarnation}:${topicId}:${history}:${offset}`;

function verifiedOffset(of: ChangesOf, checkpoint: string): number {
  const [, incarnation, topicId, history, digits = ""] =
    /^([^:]*):([^:]*):([^:]*):(\d{1,15})$/.exec(checkpoint) ?? [];
  if (incarnation !== of.incarnation || topicId !== of.topicId) throw stale("it was made anew since");
  const offset = Number(digits);
  if (history !== of.history || offset > of.next) {
    throw stale("its topic was put back to an earlier state since, or this bridge has read it anew");
  }
  return offset;
}

function stale(why: string): ProtocolError {
  return new ProtocolError("stale-checkpoint", `The collection cannot be gone on from here: ${why}.`);
}
