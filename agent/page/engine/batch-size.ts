import { roughSize } from "./rough-size.ts";

/** Bytes that one batch should hold: enough to make calls cheap, little enough to keep memory flat. */
const BATCH_BYTES = 2 * 1024 * 1024;

/** On the page's own thread one batch must not hold it for long. */
const BATCH_BYTES_ON_PAGE = 128 * 1024;

/** A look at this many records tells the size of the next batch. */
const SAMPLES = 8;

/** Nothing is known of a store's records yet: they may be of half a megabyte each. */
export const FIRST_BATCH = 16;

/** How many records to ask for at once, learned from the last batch. */
export class BatchSize {
  readonly #most: number;
  readonly #bytes: number;
  #next: number;

  constructor(most: number, first: number, sharesThreadWithPage: boolean) {
    this.#most = Math.max(1, most);
    this.#bytes = sharesThreadWithPage ? BATCH_BYTES_ON_PAGE : BATCH_BYTES;
    this.#next = Math.min(first, this.#most);
  }

  get next(): number {
    return this.#next;
  }

  learn(values: readonly { readonly value: unknown }[]): void {
    if (values.length === 0) return;
    const step = Math.max(1, Math.floor(values.length / SAMPLES));
    let bytes = 0;
    let seen = 0;
    for (let i = 0; i < values.length; i += step) {
      bytes += roughSize(values[i]?.value);
      seen++;
    }
    const fitting = Math.floor((this.#bytes * seen) / Math.max(1, bytes));
    // A few records say little about the next ones: grow step by step, shrink at once.
    this.#next = Math.max(1, Math.min(this.#most, fitting, this.#next * 4));
  }
}
