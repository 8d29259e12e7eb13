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

/** Of one request. */
const READ_BYTES = 2 * 1024 * 1024;
const READS_AT_A_TIME = 4;

/** About what a decoded entry of an index takes. */
const INDEX_ENTRY_BYTES = 200;

/** A block of the index, with where it lies. */
export interface PlacedBlock extends BlockEntry {
  readonly at: number;
  readonly first: Uint8Array;
  readonly headOffset: number;
  readonly lineOffset: number;
}

type Cached =
  | { readonly index: readonly PlacedBlock[] }
  | { readonly heads: HeadBlock }
  | { readonly lines: Buffer };

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
    const path = headsPath(this.#folder, this.entry.name);
    // A small file at once: its blocks are wanted next.
    const offset = bytes <= READ_BYTES ? 0 : bytes - indexBytes;
    const read = await this.#read(path, offset, bytes - offset, signal);
    const text = read.subarray(read.length - indexBytes);
    if (createHash("sha256").update(text).digest("hex") !== indexSha256) throw damaged(path);
    const index = placed(decodeHeadIndex(path, text));
    this.#cache.set(this.entry.name, { index }, { size: 1 + index.length * INDEX_ENTRY_BYTES });
    if (offset === 0) for (const block of index) this.#keepHeads(path, block, read, block.headOffset);
    return index;
  }

  /** The heads of these blocks, in their order. */
  async heads(blocks: readonly PlacedBlock[], signal?: AbortSignal): Promise<HeadBlock[]> {
    const path = headsPath(this.#folder, this.entry.name);
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

  /** The lines of these blocks, in their order. */
  async lines(blocks: readonly PlacedBlock[], signal?: AbortSignal): Promise<Buffer[]> {
    const path = dataPath(this.#folder, this.entry.name);
    return this.#blocks(
      blocks,
      (block) => {
        const cached = this.#cache.get(this.#nameOf(block, "lines"));
        return cached !== undefined && "lines" in cached ? cached.lines : undefined;
      },
      ({ lineOffset, lineBytes }) => ({ path, offset: lineOffset, bytes: lineBytes }),
      (block, read, from) => {
        const lines = read.subarray(from, from + block.lineBytes);
        if (crc32(lines) !== block.lineCrc) throw damaged(path);
        this.#cache.set(this.#nameOf(block, "lines"), { lines }, { size: lines.length });
        return lines;
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

function placed(blocks: readonly BlockEntry[]): PlacedBlock[] {
  let headOffset = 0;
  let lineOffset = 0;
  return blocks.map((block, at) => {
    const here = { ...block, at, first: fromHex(block.firstKey), headOffset, lineOffset };
    headOffset += block.headBytes;
    lineOffset += block.lineBytes;
    return here;
  });
}

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
