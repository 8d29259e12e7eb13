/** Reads the blocks of a segment. Segments never change, so what was read is kept while there is room. */
import { createHash } from "node:crypto";
import { crc32 } from "node:zlib";
import type { LRUCache } from "lru-cache";
import { compareBytes } from "../../../../core/key/compare-bytes.ts";
import { fromHex } from "../../../../core/key/hex.ts";
import { ProtocolError } from "../../../../core/protocol/protocol-error.ts";
import { inGroups } from "../../shared/in-groups.ts";
import { inParallel } from "../../shared/in-parallel.ts";
import type { WebHdfs } from "../webhdfs/webhdfs.ts";
import { dataPath, headsPath } from "./dataset-paths.ts";
import { type BlockEntry, decodeHeadBlock, decodeHeadIndex, type HeadBlock } from "./heads-format.ts";
import type { SegmentEntry } from "./manifest.ts";
import { type ParquetFooter, readFooter, readRowGroup } from "./parquet-blocks.ts";
import type { SegmentRow } from "./segment-rows.ts";
import { StoredRow } from "./stored-row.ts";

/** Of one request. */
const READ_BYTES = 2 * 1024 * 1024;
const READS_AT_A_TIME = 4;

/** About what a decoded entry of an index takes. */
const INDEX_ENTRY_BYTES = 200;
/** About what a row takes beside its bytes. */
const ROW_BYTES = 400;
/** About how much more a footer takes than its bytes. */
const FOOTER_GROWS = 10;
/** Of a Parquet file, before its first row group: PAR1. */
const PARQUET_BEGIN = 4;

/** A block of the index, with where it lies. */
export interface PlacedBlock extends BlockEntry {
  readonly at: number;
  readonly first: Uint8Array;
  readonly headOffset: number;
  readonly lineOffset: number;
}

/** A block's rows, whatever the segment's format. */
export interface BlockRows {
  /** @throws ProtocolError "corrupt" */
  at(row: number): StoredRow;
}

/** A block whose rows are wanted. */
interface WantedBlock {
  readonly block: PlacedBlock;
  readonly heads: HeadBlock;
}

type Cached =
  | { readonly index: readonly PlacedBlock[] }
  | { readonly heads: HeadBlock }
  | { readonly data: Buffer }
  | { readonly rows: readonly SegmentRow[] }
  | { readonly footer: ParquetFooter };

/** By segment and block; sizes in bytes. Shared by all datasets of a connection. */
export type SegmentCache = LRUCache<string, Cached>;

export class SegmentReader {
  readonly entry: SegmentEntry;
  readonly firstKey: Uint8Array;
  readonly lastKey: Uint8Array;
  readonly #fs: WebHdfs;
  readonly #folder: string;
  readonly #cache: SegmentCache;

  constructor(fs: WebHdfs, folder: string, entry: SegmentEntry, cache: SegmentCache) {
    this.#fs = fs;
    this.#folder = folder;
    this.entry = entry;
    this.#cache = cache;
    this.firstKey = fromHex(entry.firstKey);
    this.lastKey = fromHex(entry.lastKey);
  }

  /** In the order of their keys. */
  async index(signal?: AbortSignal): Promise<readonly PlacedBlock[]> {
    const cached = this.#cache.get(this.entry.name);
    if (cached !== undefined && "index" in cached) return cached.index;
    const { bytes, indexBytes, indexSha256 } = this.entry.heads;
    const path = headsPath(this.#folder, this.entry);
    // A small file at once: its blocks are wanted next.
    const offset = bytes <= READ_BYTES ? 0 : bytes - indexBytes;
    const read = await this.#read(path, offset, bytes - offset, signal);
    const text = read.subarray(read.length - indexBytes);
    if (sha256Of(text) !== indexSha256) throw damaged(path);
    const begin = this.entry.format === "parquet" ? PARQUET_BEGIN : 0;
    const index = placed(decodeHeadIndex(path, text), begin);
    this.#cache.set(this.entry.name, { index }, { size: 1 + index.length * INDEX_ENTRY_BYTES });
    if (offset === 0) for (const block of index) this.#keepHeads(path, block, read, block.headOffset);
    return index;
  }

  /** The heads of these blocks, in their order. */
  async heads(blocks: readonly PlacedBlock[], signal?: AbortSignal): Promise<HeadBlock[]> {
    const path = headsPath(this.#folder, this.entry);
    return this.#blocks(
      blocks,
      (block) => {
        const cached = this.#cache.get(this.#nameOf(block, "heads"));
        return cached !== undefined && "heads" in cached ? cached.heads : undefined;
      },
      ({ headOffset, headBytes }) => ({ path, offset: headOffset, bytes: headBytes }),
      (block, read, from) => this.#keepHeads(path, block, read, from),
      signal,
    );
  }

  /** The rows of these blocks, in their order. */
  async rows(wanted: readonly WantedBlock[], signal?: AbortSignal): Promise<BlockRows[]> {
    if (this.entry.format === "parquet") return this.#rowGroups(wanted, signal);
    const blocks = wanted.map(({ block }) => block);
    const lines = await this.#data(blocks, signal);
    return wanted.map(({ heads }, i) => rowsOfLines(lines[i] as Buffer, heads.lineBytes));
  }

  async #rowGroups(wanted: readonly WantedBlock[], signal?: AbortSignal): Promise<BlockRows[]> {
    const held = new Map<number, readonly SegmentRow[]>();
    for (const { block } of wanted) {
      const cached = this.#cache.get(this.#nameOf(block, "rows"));
      if (cached !== undefined && "rows" in cached) held.set(block.at, cached.rows);
    }
    const missing = wanted.map(({ block }) => block).filter(({ at }) => !held.has(at));
    const groups = await this.#data(missing, signal);
    const path = dataPath(this.#folder, this.entry);
    for (const [i, block] of missing.entries()) {
      const footer = await this.#footer(signal);
      const rows = await readRowGroup(path, footer, block, groups[i] as Buffer);
      const size = (groups[i] as Buffer).length + rows.length * ROW_BYTES;
      this.#cache.set(this.#nameOf(block, "rows"), { rows }, { size });
      held.set(block.at, rows);
    }
    return wanted.map(({ block }) => ({
      at: (row) => StoredRow.of(held.get(block.at)?.[row] as SegmentRow),
    }));
  }

  async #footer(signal?: AbortSignal): Promise<ParquetFooter> {
    const name = `${this.entry.name}/footer`;
    const cached = this.#cache.get(name);
    if (cached !== undefined && "footer" in cached) return cached.footer;
    const path = dataPath(this.#folder, this.entry);
    const { bytes = 0, sha256 } = this.entry.footer ?? {};
    const read = await this.#read(path, this.entry.bytes - bytes, bytes, signal);
    if (sha256Of(read) !== sha256) throw damaged(path);
    const footer = readFooter(path, read);
    this.#cache.set(name, { footer }, { size: FOOTER_GROWS * bytes });
    return footer;
  }

  /** The bytes of these blocks in the file of rows, in their order. */
  #data(blocks: readonly PlacedBlock[], signal: AbortSignal | undefined): Promise<Buffer[]> {
    const path = dataPath(this.#folder, this.entry);
    return this.#blocks(
      blocks,
      (block) => {
        const cached = this.#cache.get(this.#nameOf(block, "data"));
        return cached !== undefined && "data" in cached ? cached.data : undefined;
      },
      ({ lineOffset, lineBytes }) => ({ path, offset: lineOffset, bytes: lineBytes }),
      (block, read, from) => {
        const data = read.subarray(from, from + block.lineBytes);
        if (crc32(data) !== block.lineCrc) throw damaged(path);
        // Of Parquet the rows are kept.
        if (this.entry.format === undefined) {
          this.#cache.set(this.#nameOf(block, "data"), { data }, { size: data.length });
        }
        return data;
      },
      signal,
    );
  }

  /** Those that are not at hand are read, neighbours together. */
  async #blocks<Held>(
    blocks: readonly PlacedBlock[],
    cached: (block: PlacedBlock) => Held | undefined,
    placeOf: (block: PlacedBlock) => { path: string; offset: number; bytes: number },
    keep: (block: PlacedBlock, read: Buffer, from: number) => Held,
    signal: AbortSignal | undefined,
  ): Promise<Held[]> {
    const held = new Map<number, Held>();
    const missing: PlacedBlock[] = [];
    for (const block of blocks) {
      const one = cached(block);
      if (one === undefined) missing.push(block);
      else held.set(block.at, one);
    }
    await inParallel(
      neighbours(missing, (block) => placeOf(block).bytes),
      READS_AT_A_TIME,
      async (some) => {
        const places = some.map(placeOf);
        const { path, offset } = places[0] as { path: string; offset: number };
        const bytes = places.reduce((sum, place) => sum + place.bytes, 0);
        const read = await this.#read(path, offset, bytes, signal);
        for (const [i, block] of some.entries()) {
          held.set(block.at, keep(block, read, (places[i]?.offset ?? 0) - offset));
        }
      },
    );
    return blocks.map(({ at }) => held.get(at) as Held);
  }

  #keepHeads(path: string, block: PlacedBlock, read: Buffer, from: number): HeadBlock {
    const bytes = read.subarray(from, from + block.headBytes);
    if (crc32(bytes) !== block.headCrc) throw damaged(path);
    const heads = decodeHeadBlock(bytes);
    this.#cache.set(this.#nameOf(block, "heads"), { heads }, { size: bytes.length });
    return heads;
  }

  #nameOf({ at }: PlacedBlock, what: string): string {
    return `${this.entry.name}/${at}/${what}`;
  }

  async #read(path: string, offset: number, length: number, signal?: AbortSignal): Promise<Buffer> {
    const read = await this.#fs.read(path, { offset, length }, signal);
    if (read !== undefined) return read;
    throw new ProtocolError(
      "incomplete",
      `${this.#fs.where}: ${path} is not there any more. What is read here lasts a day; if this did not take as long, somebody deleted the file: put it back from a backup. Else compare again.`,
    );
  }
}

/** @param begin Where the first block of rows lies. */
function placed(blocks: readonly BlockEntry[], begin: number): PlacedBlock[] {
  let headOffset = 0;
  let lineOffset = begin;
  return blocks.map((block, at) => {
    const here = { ...block, at, first: fromHex(block.firstKey), headOffset, lineOffset };
    headOffset += block.headBytes;
    lineOffset += block.lineBytes;
    return here;
  });
}

function rowsOfLines(lines: Buffer, lineBytes: Uint32Array): BlockRows {
  const starts = [0];
  for (const [row, bytes] of lineBytes.entries()) starts.push((starts[row] as number) + bytes);
  return { at: (row) => StoredRow.ofLine(lines.subarray(starts[row], starts[row + 1])) };
}

const sha256Of = (bytes: Uint8Array): string => createHash("sha256").update(bytes).digest("hex");

/** Runs of blocks that lie side by side, for a request each. */
function neighbours(blocks: readonly PlacedBlock[], sizeOf: (block: PlacedBlock) => number): PlacedBlock[][] {
  const runs: PlacedBlock[][] = [];
  for (const block of blocks) {
    const last = runs.at(-1);
    if (last?.at(-1)?.at === block.at - 1) last.push(block);
    else runs.push([block]);
  }
  return runs.flatMap((run) => inGroups(run, { most: run.length, bytes: READ_BYTES }, sizeOf));
}

const damaged = (path: string): ProtocolError =>
  new ProtocolError(
    "corrupt",
    `${path} is damaged, or somebody else's: its checksum is not the one that was written. Put it back from a backup.`,
  );

/** The last block that begins at or before a key; -1 = the key lies before all. */
export function blockFor(blocks: readonly PlacedBlock[], key: Uint8Array): number {
  let low = 0;
  let high = blocks.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (compareBytes((blocks[middle] as PlacedBlock).first, key) <= 0) low = middle + 1;
    else high = middle;
  }
  return low - 1;
}
