import { LazyList } from "./read-list.ts";

/** Items of one chunk, by column. */
interface Chunk {
  readonly count: number;
}

/** Enough that a chunk's fixed costs vanish, few enough to be made from objects. */
const CHUNK_ITEMS = 4096;

/** A list in chunks of columns: only a chunk at a time is ever made from objects. */
export abstract class ChunkedList<Item, Columns extends Chunk> extends LazyList<Item> {
  readonly #chunks: readonly Columns[];
  readonly #length: number;
  /** Index of the first item of each chunk. */
  readonly #starts: readonly number[];
  /** The chunk that was looked into last: lists are mostly read in order. */
  #last = 0;

  constructor(chunks: readonly Columns[]) {
    super();
    this.#chunks = chunks;
    let length = 0;
    this.#starts = chunks.map(({ count }) => {
      length += count;
      return length - count;
    });
    this.#length = length;
  }

  get chunks(): readonly Columns[] {
    return this.#chunks;
  }

  get length(): number {
    return this.#length;
  }

  protected abstract unpack(chunk: Columns, index: number): Item;

  protected item(index: number): Item {
    const chunk = this.chunkOf(index);
    return this.unpack(this.chunks[chunk] as Columns, index - this.startOf(chunk));
  }

  /** Index of the chunk that holds the item. */
  protected chunkOf(index: number): number {
    const { count = 0 } = this.chunks[this.#last] ?? {};
    const start = this.startOf(this.#last);
    if (index >= start && index < start + count) return this.#last;
    let low = 0;
    let high = this.chunks.length;
    while (high - low > 1) {
      const middle = (low + high) >> 1;
      if (this.startOf(middle) <= index) low = middle;
      else high = middle;
    }
    this.#last = low;
    return low;
  }

  /** Index of the first item of a chunk. */
  protected startOf(chunk: number): number {
    return this.#starts[chunk] ?? 0;
  }
}

/** Packs items as they come; at no time are more than a chunk of them objects. */
export class ChunkBuilder<Item, Columns extends Chunk> {
  readonly #pack: (items: readonly Item[]) => Columns;
  readonly #chunks: Columns[];
  #open: Item[] = [];
  #closed: number;

  /** @param before Chunks that come before. */
  constructor(pack: (items: readonly Item[]) => Columns, before: readonly Columns[] = []) {
    this.#pack = pack;
    this.#chunks = [...before];
    this.#closed = before.reduce((sum, { count }) => sum + count, 0);
  }

  get length(): number {
    return this.#closed + this.#open.length;
  }

  push(...items: readonly Item[]): void {
    this.#open.push(...items);
    if (this.#open.length >= CHUNK_ITEMS) this.#close();
  }

  /** Takes over a chunk as it is. */
  pushChunk(chunk: Columns): void {
    this.#close();
    this.#chunks.push(chunk);
    this.#closed += chunk.count;
  }

  chunks(): readonly Columns[] {
    this.#close();
    return this.#chunks;
  }

  #close(): void {
    if (this.#open.length === 0) return;
    this.#chunks.push(this.#pack(this.#open));
    this.#closed += this.#open.length;
    this.#open = [];
  }
}
