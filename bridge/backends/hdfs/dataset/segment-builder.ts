/** Makes the two files of a segment, block by block, of rows in the order of their keys. */
import { createHash } from "node:crypto";
import { crc32 } from "node:zlib";
import { EntryBatchBuilder } from "../../../../core/batch/entry-batch-builder.ts";
import { toHex } from "../../../../core/key/hex.ts";
import type { RowHead } from "../../shared/document-rows.ts";
import { type DataWriter, dataWriter } from "./data-writer.ts";
import { type BlockEntry, encodeHeadBlock, encodeHeadIndex } from "./heads-format.ts";
import type { SegmentEntry, SegmentFormat } from "./manifest.ts";
import type { StoredRow } from "./stored-row.ts";

/** A block is read as a whole for one of its records. */
const MAX_BLOCK_ROWS = 1000;
const MAX_BLOCK_BYTES = 256 * 1024;

export interface BuiltBlock {
  /** Of the file of rows, in pieces. */
  readonly data: readonly Uint8Array[];
  readonly heads: Uint8Array;
}

export class SegmentBuilder {
  readonly #entries = new EntryBatchBuilder();
  readonly #data: DataWriter;
  #stored: StoredRow[] = [];
  #commits: number[] = [];
  #blockBytes = 0;
  #firstKey: Uint8Array | undefined;
  #lastKey: Uint8Array | undefined;
  readonly #blocks: BlockEntry[] = [];
  #rows = 0;
  #bytes = 0;
  #headBytes = 0;

  constructor(format: SegmentFormat) {
    this.#data = dataWriter(format);
  }

  /**
   * @param stored What the head is of.
   * @param commit The manifest that brought the row; 0 = the one that brings this segment.
   * @returns A block that has become full before this row.
   */
  push({ key, state, digest, token }: RowHead, stored: StoredRow, commit: number): BuiltBlock | undefined {
    const bytes = this.#data.sizeOf(stored);
    const isFull =
      this.#entries.count === MAX_BLOCK_ROWS ||
      (this.#entries.count > 0 && this.#blockBytes + bytes > MAX_BLOCK_BYTES);
    const built = isFull ? this.#endBlock() : undefined;
    this.#entries.push(key, state, digest, token);
    this.#stored.push(stored);
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
    const footer = this.#data.end();
    const segment: SegmentEntry = {
      name,
      ...(this.#data.format === "ndjson" ? {} : { format: this.#data.format }),
      commit,
      rows: this.#rows,
      bytes: this.#data.begin.length + this.#bytes + footer.length,
      heads: {
        bytes: this.#headBytes + index.length,
        indexBytes: index.length,
        indexSha256: sha256Of(index),
      },
      ...(footer.length === 0 ? {} : { footer: { bytes: footer.length, sha256: sha256Of(footer) } }),
      firstKey: this.#blocks[0]?.firstKey ?? "",
      lastKey: toHex(this.#lastKey),
    };
    return {
      last: { data: [...last.data, footer], heads: Buffer.concat([last.heads, index]) },
      segment,
    };
  }

  #endBlock(): BuiltBlock {
    const commits = Uint32Array.from(this.#commits);
    const entries = this.#entries.build();
    const { pieces, lineBytes } = this.#data.block(this.#stored);
    const heads = encodeHeadBlock({ entries, lineBytes, commits });
    const bytes = pieces.reduce((sum, { length }) => sum + length, 0);
    const isFirst = this.#blocks.length === 0;
    this.#blocks.push({
      rows: entries.count,
      headBytes: heads.length,
      headCrc: crc32(heads),
      lineBytes: bytes,
      lineCrc: pieces.reduce((crc, piece) => crc32(piece, crc), 0),
      newestCommit: commits.includes(0) ? 0 : Math.max(...commits),
      firstKey: toHex(this.#firstKey ?? new Uint8Array()),
    });
    this.#rows += entries.count;
    this.#bytes += bytes;
    this.#headBytes += heads.length;
    this.#stored = [];
    this.#commits = [];
    this.#blockBytes = 0;
    this.#firstKey = undefined;
    return { data: isFirst ? [this.#data.begin, ...pieces] : pieces, heads };
  }
}

const sha256Of = (bytes: Uint8Array): string => createHash("sha256").update(bytes).digest("hex");
