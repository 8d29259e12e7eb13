import type { EntryBatch } from "../../../../core/batch/entry-batch.ts";
import { mergedRows } from "./scan-snapshot.ts";
import { SegmentCursor } from "./segment-cursor.ts";
import type { BlockRows, PlacedBlock, SegmentReader } from "./segment-reader.ts";
import type { StoredRow } from "./stored-row.ts";

export interface MergedRow {
  /** What the heads say, at `row`. */
  readonly entries: EntryBatch;
  readonly row: number;
  readonly stored: StoredRow;
  /** The manifest that brought it. */
  readonly commit: number;
}

/** The rows that count, tombstones too, in the order of their keys. @param segments Oldest first. */
export async function* mergedStoredRows(
  segments: readonly SegmentReader[],
  signal?: AbortSignal,
): AsyncGenerator<MergedRow> {
  const cursors = segments.map((segment) => new SegmentCursor(segment, { signal }));
  /** Of the block that each is in. */
  const held = new Map<SegmentCursor, { readonly block: PlacedBlock; readonly rows: BlockRows }>();
  for await (const { cursor, rows } of mergedRows(cursors)) {
    const { entries, row: first, block } = cursor;
    let current = held.get(cursor);
    if (current?.block !== block) {
      const [read] = (await cursor.segment.rows([{ block, heads: cursor.heads }], signal)) as [BlockRows];
      current = { block, rows: read };
      held.set(cursor, current);
    }
    for (let row = first; row < first + rows; row++) {
      yield { entries, row, stored: current.rows.at(row), commit: cursor.commitAt(row) };
    }
  }
}
