import type { EntryBatch } from "../../../../core/batch/entry-batch.ts";
import { mergedRows } from "./scan-snapshot.ts";
import { SegmentCursor } from "./segment-cursor.ts";
import type { SegmentReader } from "./segment-reader.ts";

export interface MergedLine {
  /** What the heads say, at `row`. */
  readonly entries: EntryBatch;
  readonly row: number;
  /** With its end. */
  readonly line: Buffer;
  /** The manifest that brought it. */
  readonly commit: number;
}

/** The rows that count, tombstones too, in the order of their keys. @param segments Oldest first. */
export async function* mergedLines(
  segments: readonly SegmentReader[],
  signal?: AbortSignal,
): AsyncGenerator<MergedLine> {
  const cursors = segments.map((segment) => new SegmentCursor(segment, { signal }));
  for await (const { cursor, rows } of mergedRows(cursors)) {
    const { entries, row: first } = cursor;
    const [lines] = (await cursor.segment.lines([cursor.block], signal)) as [Buffer];
    let start = cursor.lineStart();
    for (let row = first; row < first + rows; row++) {
      const end = start + cursor.lineBytesAt(row);
      yield { entries, row, line: lines.subarray(start, end), commit: cursor.commitAt(row) };
      start = end;
    }
  }
}
