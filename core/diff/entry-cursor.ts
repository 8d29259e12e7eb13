import type { EntryBatch } from "../batch/entry-batch.ts";
import { compareKeysAt, keyAt } from "../batch/entry-batch-access.ts";
import { toHex } from "../key/hex.ts";
import { abortable } from "./abortable.ts";
import { DiffError, type DiffSource } from "./diff-error.ts";

const NO_ENTRIES: EntryBatch = {
  count: 0,
  keys: { bytes: new Uint8Array(0), ends: new Uint32Array(0) },
  digests: new Uint8Array(0),
  states: new Uint8Array(0),
  tokens: { bytes: new Uint8Array(0), ends: new Uint32Array(0) },
};

/**
 * A position in one ordered stream of batches. It asks for the next batch as soon as it has one, so that the
 * source works while the current batch is joined, and holds no more than those two.
 */
export class EntryCursor {
  batch: EntryBatch = NO_ENTRIES;
  index = 0;
  ended = false;
  readonly source: DiffSource;
  readonly #entries: AsyncIterable<EntryBatch>;
  #iterator: AsyncIterator<EntryBatch> | undefined;
  readonly #signal: AbortSignal | undefined;
  #ahead: Promise<IteratorResult<EntryBatch>>;

  /** Starts reading at once. */
  constructor(source: DiffSource, entries: AsyncIterable<EntryBatch>, signal: AbortSignal | undefined) {
    this.source = source;
    this.#signal = signal;
    this.#entries = entries;
    this.#ahead = this.#read();
  }

  /** Whether the current batch has no entry left. An ended cursor is never exhausted: nothing more comes. */
  get exhausted(): boolean {
    return !this.ended && this.index >= this.batch.count;
  }

  /**
   * Moves to the next batch that has entries, or to the end.
   *
   * @throws DiffError, or the signal's reason.
   */
  async refill(): Promise<void> {
    while (this.exhausted) {
      const result = await this.#next();
      // A source that gives up early on an abort must not look like one that is complete.
      this.#signal?.throwIfAborted();
      if (result.done) {
        this.ended = true;
        return;
      }
      if (result.value.count > 0) this.#moveTo(result.value);
    }
  }

  /** Lets the source go. Not awaited: a source that hangs would hold the caller back. */
  close(): void {
    const closing = this.#iterator?.return?.();
    closing?.catch(() => undefined);
  }

  async #next(): Promise<IteratorResult<EntryBatch>> {
    try {
      const result = await abortable(this.#ahead, this.#signal);
      if (!result.done) this.#ahead = this.#read();
      return result;
    } catch (error) {
      this.#signal?.throwIfAborted();
      throw new DiffError(
        "scan-failed",
        this.source,
        `The ${this.source} scan failed, so what comes after it is not known: ${messageOf(error)}`,
        error,
      );
    }
  }

  #read(): Promise<IteratorResult<EntryBatch>> {
    const ahead = this.#advance();
    // It may fail while nobody waits for it yet; `#next` sees the error.
    ahead.catch(() => undefined);
    return ahead;
  }

  /** Async, so that a source that throws at once fails like one that rejects. */
  async #advance(): Promise<IteratorResult<EntryBatch>> {
    this.#iterator ??= this.#entries[Symbol.asyncIterator]();
    return await this.#iterator.next();
  }

  #moveTo(batch: EntryBatch): void {
    if (this.batch.count > 0 && compareKeysAt(this.batch, this.batch.count - 1, batch, 0) >= 0) {
      this.#failOrder(batch, 0);
    }
    for (let i = 1; i < batch.count; i++) {
      if (compareKeysAt(batch, i - 1, batch, i) >= 0) this.#failOrder(batch, i);
    }
    this.batch = batch;
    this.index = 0;
  }

  #failOrder(batch: EntryBatch, index: number): never {
    throw new DiffError(
      "out-of-order",
      this.source,
      `The ${this.source} scan gave key ${toHex(keyAt(batch, index))} after a key that is not below it.`,
    );
  }
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
