/** Encoded batches of one part of a scan, waiting until the parts before it have gone out. */

/** Text that a part may hold back before it has to wait for its turn. */
const MAX_HELD_UNITS = 2 * 1024 * 1024;

export class HeldBatches {
  readonly #held: string[] = [];
  #units = 0;
  #ended = false;
  #error: unknown;
  #wakeReader: (() => void) | undefined;
  #wakeWriter: (() => void) | undefined;

  /** Resolves when there is room for more. */
  async push(batch: string): Promise<void> {
    this.#held.push(batch);
    this.#units += batch.length;
    this.#wakeReader?.();
    while (this.#units > MAX_HELD_UNITS) {
      await new Promise<void>((resolve) => {
        this.#wakeWriter = resolve;
      });
    }
  }

  end(): void {
    this.#ended = true;
    this.#wakeReader?.();
  }

  fail(error: unknown): void {
    this.#error = error;
    this.end();
  }

  /** @throws what the part's reading failed with. */
  async *drain(): AsyncGenerator<string> {
    for (;;) {
      const batch = this.#held.shift();
      if (batch !== undefined) {
        this.#units -= batch.length;
        this.#wakeWriter?.();
        yield batch;
      } else if (this.#error !== undefined) {
        throw this.#error;
      } else if (this.#ended) {
        return;
      } else {
        await new Promise<void>((resolve) => {
          this.#wakeReader = resolve;
        });
      }
    }
  }
}
