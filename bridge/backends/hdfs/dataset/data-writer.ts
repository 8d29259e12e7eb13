/** Makes the file of a segment's rows, block by block. */
import type { SegmentFormat } from "./manifest.ts";
import { ParquetDataWriter } from "./parquet-data-writer.ts";
import type { StoredRow } from "./stored-row.ts";

export interface DataWriter {
  readonly format: SegmentFormat;
  /** What stands in front of the first block. */
  readonly begin: Uint8Array;
  /** About the bytes that a row takes of a block. */
  sizeOf(row: StoredRow): number;
  /** A block of these rows, in pieces, and the bytes of each one's line; 0 where rows have none. */
  block(rows: readonly StoredRow[]): {
    readonly pieces: readonly Uint8Array[];
    readonly lineBytes: Uint32Array;
  };
  /** What stands behind the last block. */
  end(): Uint8Array;
}

export const dataWriter = (format: SegmentFormat): DataWriter =>
  format === "parquet" ? new ParquetDataWriter() : LINES;

const lengthOf = (pieces: readonly Uint8Array[]): number =>
  pieces.reduce((sum, { length }) => sum + length, 0);

/** Lines of other segments are taken over as they are. */
const LINES: DataWriter = {
  format: "ndjson",
  begin: new Uint8Array(),
  sizeOf: ({ line }) => lengthOf(line),
  block: (rows) => ({
    pieces: rows.flatMap(({ line }) => line),
    lineBytes: Uint32Array.from(rows, ({ line }) => lengthOf(line)),
  }),
  end: () => new Uint8Array(),
};
