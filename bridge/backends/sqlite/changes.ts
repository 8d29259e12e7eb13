/**
 * What changed after a checkpoint `<incarnation>:<sequence>:<history>`.
 *
 * A number is taken inside the write transaction (BEGIN IMMEDIATE), and SQLite has one writer at a time over all
 * processes: numbers are in the order of the commits, and a reader that sees one sees all below it. Each page is
 * read with its checkpoint in one read transaction.
 */
import type { EntryBatch } from "../../../core/batch/entry-batch.ts";
import { EntryBatchBuilder } from "../../../core/batch/entry-batch-builder.ts";
import { compareBytes } from "../../../core/key/compare-bytes.ts";
import { ProtocolError } from "../../../core/protocol/protocol-error.ts";
import { FROM_NOW } from "../../../core/session/ports.ts";
import { toRowHead } from "../shared/document-rows.ts";
import { lastSequence, type StoredCollection } from "./collections-table.ts";
import type { SqliteFile } from "./driver.ts";
import { historyAt } from "./histories.ts";

export interface ChangedPage {
  readonly batch: EntryBatch;
  readonly checkpoint: string;
  readonly isLast: boolean;
}

/** @throws ProtocolError "stale-checkpoint" */
export function changedPage(
  file: SqliteFile,
  collection: StoredCollection,
  since: string,
  limit: number,
): ChangedPage {
  file.exec("BEGIN");
  try {
    const last = lastSequence(file, collection.id);
    if (since === FROM_NOW) return emptyPage(checkpointAt(file, collection, last));
    const after = verifiedSequence(file, collection, since, last);
    const rows = Array.from(
      file
        .statement(
          `SELECT key, version, digest, deleted, seq FROM ${collection.table} WHERE seq > ? ORDER BY seq LIMIT ?`,
        )
        .iterate([after, limit]),
    );
    const isLast = rows.length < limit;
    const heads = rows.map(toRowHead).sort((a, b) => compareBytes(a.key, b.key));
    const builder = new EntryBatchBuilder();
    for (const head of heads) builder.push(head.key, head.state, head.digest, head.token);
    const upTo = isLast ? last : Number(rows.at(-1)?.[4]);
    return { batch: builder.build(), checkpoint: checkpointAt(file, collection, upTo), isLast };
  } finally {
    file.exec("COMMIT");
  }
}

const emptyPage = (checkpoint: string): ChangedPage => ({
  batch: new EntryBatchBuilder().build(),
  checkpoint,
  isLast: true,
});

function checkpointAt(file: SqliteFile, { id, meta }: StoredCollection, seq: number): string {
  return `${meta.incarnation}:${seq}:${historyAt(file, id, seq) ?? "?"}`;
}

/** The number to go on after. */
function verifiedSequence(
  file: SqliteFile,
  { id, meta }: StoredCollection,
  checkpoint: string,
  last: number,
): number {
  if (checkpoint === "") return 0;
  const [, of, digits = "", history] = /^([^:]*):(\d{1,15}):([^:]*)$/.exec(checkpoint) ?? [];
  const seq = Number(digits);
  if (of !== meta.incarnation) throw stale("it was made anew since");
  if (seq > last) throw stale("it was put back to an earlier state since, as from a backup");
  const found = historyAt(file, id, seq);
  if (found === undefined) throw stale("too much has been written since to tell what changed");
  if (found !== history) throw stale("it was put back to an earlier state since, and written to again");
  return seq;
}

function stale(why: string): ProtocolError {
  return new ProtocolError("stale-checkpoint", `The collection cannot be gone on from here: ${why}.`);
}
