/** Where a merge is in a segment. */
import type { EntryBatch } from "../../../../core/batch/entry-batch.ts";
import { keyAt } from "../../../../core/batch/entry-batch-access.ts";
import { compareBytes } from "../../../../core/key/compare-bytes.ts";
import { firstAtOrBehind } from "./block-search.ts";
import type { HeadBlock } from "./heads-format.ts";
import { blockFor, type PlacedBlock, type SegmentReader } from "./segment-reader.ts";

/** Blocks of heads of one request. */
const BLOCKS_AT_A_TIME = 24;

/** The part that is read: behind `after`, from `lower` on. */
interface CursorOptions {
  readonly after?: Uint8Array | undefined;
  readonly lower?: Uint8Array | undefined;
  /** Absent = all blocks. */
  readonly isWanted?: (block: PlacedBlock) => boolean;
  readonly signal?: AbortSignal | undefined;
}

export class SegmentCursor {
  readonly segment: SegmentReader;
  /** No row that it comes to has a smaller key. */
  readonly from: Uint8Array;
  readonly #after: Uint8Array | undefined;
  readonly #isWanted: (block: PlacedBlock) => boolean;
  readonly #signal: AbortSignal | undefined;
  #index: readonly PlacedBlock[] = [];
  #read: readonly HeadBlock[] = [];
  #at = 0;
  #nextBlock = 0;
  #opening: Promise<void> | undefined;
  #reading: Promise<readonly HeadBlock[]> | undefined;
  #row = 0;
  /** Of this row, once somebody has asked for it: a merge asks again and again. */
  #key: Uint8Array | undefined;

  constructor(segment: SegmentReader, { after, lower, isWanted = () => true, signal }: CursorOptions) {
    this.segment = segment;
    this.#after = after;
    this.#isWanted = isWanted;
    this.#signal = signal;
    const starts = [segment.firstKey, after, lower].filter((key) => key !== undefined);
    this.from = starts.reduce((a, b) => (compareBytes(a, b) >= 0 ? a : b));
  }

  get entries(): EntryBatch {
    return this.heads.entries;
  }

  get row(): number {
    return this.#row;
  }

  get key(): Uint8Array {
    this.#key ??= keyAt(this.entries, this.#row);
    return this.#key;
  }

  /** Of the block that it is in. */
  get heads(): HeadBlock {
    return this.#read[this.#at] as HeadBlock;
  }

  /** The manifest that brought the row. */
  commitAt(row: number): number {
    return this.heads.commits[row] || this.segment.entry.commit;
  }

  get block(): PlacedBlock {
    return this.#index[this.#nextBlock - this.#read.length + this.#at] as PlacedBlock;
  }

  /** Begins to read. */
  prepare(): void {
    if (this.#opening !== undefined) return;
    this.#opening = this.#openIndex();
    // Whoever opens it is told.
    this.#opening.catch(() => {});
  }

  /** Goes to its first row. False where there is none. */
  async open(): Promise<boolean> {
    this.prepare();
    await this.#opening;
    if (!(await this.#turn())) return false;
    this.#moveTo(firstAtOrBehind(this.entries, this.from));
    const isThere = await this.#settle();
    if (!isThere || this.#after === undefined || compareBytes(this.key, this.#after) > 0) return isThere;
    return this.pass(1);
  }

  /** Rows of this block from here on whose keys lie before this one; all where there is none. */
  rowsBefore(key: Uint8Array | undefined): number {
    const next = this.#row + 1;
    if (key === undefined) return this.entries.count - this.#row;
    // Where segments have every other key.
    if (next >= this.entries.count || compareBytes(keyAt(this.entries, next), key) >= 0) return 1;
    return Math.max(1, firstAtOrBehind(this.entries, key) - this.#row);
  }

  /** Goes on by so many rows of this block. False at the end of the segment; a promise where it has to be read first. */
  pass(rows: number): boolean | Promise<boolean> {
    this.#moveTo(this.#row + rows);
    return this.#row < this.entries.count || this.#settle();
  }

  #moveTo(row: number): void {
    this.#row = row;
    this.#key = undefined;
  }

  async #openIndex(): Promise<void> {
    this.#index = (await this.segment.index(this.#signal)).filter(this.#isWanted);
    this.#nextBlock = Math.max(0, blockFor(this.#index, this.from));
    this.#readAhead();
    await this.#reading;
  }

  /** At the end of a block it goes to the next one. */
  async #settle(): Promise<boolean> {
    while (this.#row >= this.entries.count) {
      this.#moveTo(0);
      if (this.#at + 1 < this.#read.length) this.#at++;
      else if (!(await this.#turn())) return false;
    }
    return true;
  }

  async #turn(): Promise<boolean> {
    const blocks = await this.#reading;
    if (blocks === undefined) return false;
    this.#read = blocks;
    this.#at = 0;
    this.#nextBlock += blocks.length;
    this.#readAhead();
    return true;
  }

  #readAhead(): void {
    const from = this.#nextBlock;
    const blocks = this.#index.slice(from, from + BLOCKS_AT_A_TIME);
    this.#reading = blocks.length === 0 ? undefined : this.segment.heads(blocks, this.#signal);
    // Where the scan ends before it gets here, nobody waits for it.
    this.#reading?.catch(() => {});
  }
}
