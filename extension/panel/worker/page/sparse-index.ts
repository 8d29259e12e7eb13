/**
 * Finds the record at a position, in a store that can only be read onwards from a record.
 *
 * Remembered is the last record of every block, found by reading keys alone, and all records of the few blocks
 * visited last. So the first visit of a region reads the keys before it once, and every later one nothing.
 */

const BLOCK = 1000;
/** Blocks read in one call while running ahead to a far position. */
const BLOCKS_PER_READ = 5;
const BLOCKS_KEPT = 16;

/** @typeParam Position names a record: where reading goes on after it */
export type ReadPositions<Position> = (
  after: Position | undefined,
  limit: number,
) => Promise<readonly Position[]>;

export class SparseIndex<Position> {
  readonly #read: ReadPositions<Position>;
  /** `#ends[i]` is the last record of block i. */
  readonly #ends: Position[] = [];
  readonly #blocks = new Map<number, readonly Position[]>();
  #complete = false;

  constructor(read: ReadPositions<Position>) {
    this.#read = read;
  }

  /**
   * The record before this offset: reading on after it starts at the offset. Undefined for offset 0.
   * When the store has fewer records, the last one there is.
   */
  async before(offset: number): Promise<Position | undefined> {
    if (offset <= 0) return undefined;
    const wanted = Math.floor((offset - 1) / BLOCK);
    await this.#readEndsUpTo(wanted);
    const number = Math.min(wanted, this.#ends.length);
    const block = await this.#block(number);
    const found = number === wanted ? block[(offset - 1) % BLOCK] : undefined;
    return found ?? block.at(-1) ?? this.#ends.at(-1);
  }

  /** Reads on until block `wanted - 1` has its end, or the store ends. */
  async #readEndsUpTo(wanted: number): Promise<void> {
    while (this.#ends.length < wanted && !this.#complete) {
      const blocks = Math.min(BLOCKS_PER_READ, wanted - this.#ends.length);
      const positions = await this.#read(this.#ends.at(-1), blocks * BLOCK);
      for (let from = 0; from + BLOCK <= positions.length; from += BLOCK) {
        const block = positions.slice(from, from + BLOCK);
        this.#keep(this.#ends.length, block);
        this.#ends.push(block[BLOCK - 1] as Position);
      }
      this.#complete = positions.length < blocks * BLOCK;
    }
  }

  async #block(number: number): Promise<readonly Position[]> {
    const known = this.#blocks.get(number);
    const block = known ?? (await this.#read(number === 0 ? undefined : this.#ends[number - 1], BLOCK));
    this.#keep(number, block);
    if (block.length === BLOCK && number === this.#ends.length) this.#ends.push(block[BLOCK - 1] as Position);
    return block;
  }

  /** The block visited longest ago goes: a Map keeps the order in which keys were set. */
  #keep(number: number, block: readonly Position[]): void {
    this.#blocks.delete(number);
    this.#blocks.set(number, block);
    const [oldest] = this.#blocks.keys();
    if (this.#blocks.size > BLOCKS_KEPT && oldest !== undefined) this.#blocks.delete(oldest);
  }
}
