/**
 * What changed after a checkpoint `<incarnation>:<number>:<id>`, of a manifest. Commits follow one another, so the rows of
 * later ones are all that changed; each row knows the commit that brought it, also when segments were merged since.
 */
import type { EntryBatch } from "../../../../core/batch/entry-batch.ts";
import { EntryBatchBuilder } from "../../../../core/batch/entry-batch-builder.ts";
import { ProtocolError } from "../../../../core/protocol/protocol-error.ts";
import { FROM_NOW } from "../../../../core/session/ports.ts";
import type { Snapshot } from "./dataset.ts";
import { mergedRows } from "./scan-snapshot.ts";
import { SegmentCursor } from "./segment-cursor.ts";

const BATCH_ENTRIES = 2000;

/** As BackendCollection.changes. @throws ProtocolError "stale-checkpoint" */
export async function* changedRows(
  snapshot: Snapshot,
  since: string,
  signal: AbortSignal,
): AsyncGenerator<EntryBatch, string> {
  const { manifest, meta, segments } = snapshot;
  const checkpoint = `${meta.incarnation}:${manifest.n}:${manifest.id}`;
  if (since === FROM_NOW || since === checkpoint) return checkpoint;
  const after = since === "" ? 0 : await verifiedNumber(snapshot, since);
  const builder = new EntryBatchBuilder();
  const cursors = segments.map(
    (segment) =>
      new SegmentCursor(segment, {
        signal,
        isWanted: ({ newestCommit }) => (newestCommit || segment.entry.commit) > after,
      }),
  );
  for await (const { cursor, rows } of mergedRows(cursors)) {
    for (let row = cursor.row; row < cursor.row + rows; row++) {
      if (cursor.commitAt(row) <= after) continue;
      builder.pushFrom(cursor.entries, row);
      if (builder.count === BATCH_ENTRIES) yield builder.build();
    }
    signal.throwIfAborted();
  }
  if (builder.count > 0) yield builder.build();
  return checkpoint;
}

async function verifiedNumber({ dataset, meta, manifest }: Snapshot, checkpoint: string): Promise<number> {
  const [, of, digits = "", id] = /^([^:]*):(\d{1,12}):([^:]*)$/.exec(checkpoint) ?? [];
  const n = Number(digits);
  if (of !== meta.incarnation) throw stale("it was made anew since");
  if (n > manifest.n) throw stale("it was put back to an earlier state since, as from a backup");
  const there = await dataset.manifest(n);
  if (there === undefined) throw stale("its manifest of then is not kept any more");
  if (there.id !== id) throw stale("it was put back to an earlier state since, and written to again");
  return n;
}

const stale = (why: string): ProtocolError =>
  new ProtocolError("stale-checkpoint", `The collection cannot be gone on from here: ${why}.`);
