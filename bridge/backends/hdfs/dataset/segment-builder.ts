/** Makes the two files of a segment, block by block, of rows in the order of their keys. */
import { createHash } from "node:crypto";
import { crc32 } from "node:zlib";
import { EntryBatchBuilder } from "../../../../core/batch/entry-batch-builder.ts";
import { toHex } from "../../../../core/key/hex.ts";
import type { RowHead } from "../../shared/document-rows.ts";
import { type BlockEntry, encodeHeadBlock, encodeHeadIndex } from "./heads-format.ts";
import type { SegmentEntry } from "./manifest.ts";

/** A block is read as a whole for one of its records. */
const MAX_BLOCK_ROWS = 1000;
const MAX_BLOCK_BYTES = 256 * 1024;

export interface BuiltBlock {
  /** Lines, in pieces. */
  readonly lines: readonly Uint8Array[];
  readonly heads: Buffer;
}

export class SegmentBuilder {
  readonly #entries = new EntryBatchBuilder();
  #lines: Uint8Array[] = [];
  #lineBytes: number[] = [];
  #commits: number[] = [];
  #blockBytes = 0;
  #firstKey: Uint8Array | undefined;
  #lastKey: Uint8Array | undefined;
  readonly #blocks: BlockEntry[] = [];
  #rows = 0;
  #bytes = 0;
  #headBytes = 0;

  /**
   * @param line In pieces, with its end.
   * @param commit The manifest that brought the row; 0 = the one that brings this segment.
   * @returns A block that has become full before this row.
   */
  push(
    { key, state, digest, token }: RowHead,
    line: readonly Uint8Array[],
    commit: number,
  ): BuiltBlock | undefined {
    const bytes = line.reduce((sum, { length }) => sum + length, 0);
    const isFull =
      this.#entries.count === MAX_BLOCK_ROWS ||
      (this.#entries.count > 0 && this.#blockBytes + bytes > MAX_BLOCK_BYTES);
    const built = isFull ? this.#endBlock() : undefined;
    this.#entries.push(key, state, digest, token);
    this.#lines.push(...line);
    this.#lineBytes.push(bytes);
    this.#commits.push(commit);
    this.#blockBytes += bytes;
    this.#firstKey ??= key;
    this.#lastKey = key;
    return built;
  }

  /** The rest, with the index behind the heads. Undefined where there was no row at all. */
  finish(
    name: string,
    commit: number,
  ): { readonly last: BuiltBlock; readonly segment: SegmentEntry } | undefined {
    if (this.#lastKey === undefined) return undefined;
    const last = this.#endBlock();
    const index = encodeHeadIndex(this.#blocks);
    const segment: SegmentEntry = {
      name,
      commit,
      rows: this.#rows,
      bytes: this.#bytes,
      heads: {
        bytes: this.#headBytes + index.length,
        indexBytes: index.length,
        indexSha256: createHash("sha256").update(index).digest("hex"),
      },
      firstKey: this.#blocks[0]?.firstKey ?? "",
      lastKey: toHex(this.#lastKey),
    };
    return { last: { lines: last.lines, heads: Buffer.concat([last.heads, index]) }, segment };
  }

  #endBlock(): BuiltBlock {
    const lines = this.#lines;
    const commits = Uint32Array.from(this.#commits);
    const entries = this.#entries.build();
    const heads = encodeHeadBlock({ entries, lineBytes: Uint32Array.from(this.#lineBytes), commits });
    this.#blocks.push({
      rows: entries.count,
      headBytes: heads.length,
      headCrc: crc32(heads),
      lineBytes: this.#blockBytes,
      lineCrc: lines.reduce((crc, piece) => crc32(piece, crc), 0),
      newestCommit: commits.includes(0) ? 0 : Math.max(...commits),
      firstKey: toHex(this.#firstKey ?? new Uint8Array()),
    });
    this.#rows += entries.count;
    this.#bytes += this.#blockBytes;
    this.#headBytes += heads.length;
    this.#lines = [];
    this.#lineBytes = [];
    this.#commits = [];
    this.#blockBytes = 0;
    this.#firstKey = undefined;
    return { lines, heads };
  }
}
