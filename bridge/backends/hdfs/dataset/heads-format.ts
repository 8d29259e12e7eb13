/**
 * The heads of a segment: what a compare and a compare-and-set read of its rows, which is not their bodies.
 *
 * Rows lie in blocks; a block of heads stands for the same rows as a block of lines. The file has the blocks one after the
 * other and an index at its end, as JSON: for each block its rows, the bytes of its heads and of its lines with a CRC-32
 * of each, the newest commit in it and its first key. The manifest vouches for the index, and the index for the blocks.
 *
 *     block: uint32 LE bytes of the entries | entries (core/batch) | uint32 LE a row: bytes of its line
 *            | uint32 LE a row: its commit, 0 = that of the segment
 *
 * Of a segment of Parquet a block is a row group: lineBytes and lineCrc are the row group's, and rows have no lines (0).
 */
import * as v from "valibot";
import type { EntryBatch } from "../../../../core/batch/entry-batch.ts";
import { decodeEntryBatch, encodeEntryBatch } from "../../../../core/batch/entry-batch-codec.ts";
import { ProtocolError } from "../../../../core/protocol/protocol-error.ts";

export interface HeadBlock {
  readonly entries: EntryBatch;
  /** Bytes of each row's line, with its end; 0 in Parquet. */
  readonly lineBytes: Uint32Array;
  /** The manifest that brought each row; 0 = the segment's. */
  readonly commits: Uint32Array;
}

const count = v.pipe(v.number(), v.integer(), v.minValue(0));
const BlockSchema = v.object({
  rows: count,
  headBytes: count,
  headCrc: count,
  lineBytes: count,
  lineCrc: count,
  newestCommit: count,
  firstKey: v.pipe(v.string(), v.regex(/^(?:[0-9a-f]{2})+$/)),
});
const IndexSchema = v.object({ format: v.literal(1), blocks: v.array(BlockSchema) });
export type BlockEntry = v.InferOutput<typeof BlockSchema>;

const WORD = 4;

export function encodeHeadBlock({ entries, lineBytes, commits }: HeadBlock): Buffer {
  const batch = encodeEntryBatch(entries);
  const bytes = Buffer.alloc(WORD + batch.length + 2 * WORD * entries.count);
  bytes.writeUInt32LE(batch.length, 0);
  bytes.set(batch, WORD);
  let at = WORD + batch.length;
  for (const column of [lineBytes, commits]) {
    for (const word of column) at = bytes.writeUInt32LE(word, at);
  }
  return bytes;
}

/** @throws BatchError, RangeError for bytes that `encodeHeadBlock` did not give */
export function decodeHeadBlock(bytes: Buffer): HeadBlock {
  const batchBytes = bytes.readUInt32LE(0);
  const entries = decodeEntryBatch(bytes.subarray(WORD, WORD + batchBytes));
  const column = (index: number): Uint32Array =>
    Uint32Array.from({ length: entries.count }, (_, row) =>
      bytes.readUInt32LE(WORD + batchBytes + WORD * (index * entries.count + row)),
    );
  return { entries, lineBytes: column(0), commits: column(1) };
}

export const encodeHeadIndex = (blocks: readonly BlockEntry[]): Buffer =>
  Buffer.from(JSON.stringify({ format: 1, blocks }));

/** @throws ProtocolError "corrupt" */
export function decodeHeadIndex(path: string, bytes: Uint8Array): readonly BlockEntry[] {
  const text = new TextDecoder().decode(bytes);
  const parsed = v.safeParse(v.pipe(v.string(), v.parseJson(), IndexSchema), text);
  if (parsed.success) return parsed.output.blocks;
  throw new ProtocolError("corrupt", `The index of ${path} is not one that Driftscope writes.`);
}
