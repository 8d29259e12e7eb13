/**
 * Calls that come while a run is under way wait, and go together in the next one: a run of Sqoop takes seconds, whatever
 * it does.
 */
import { setTimeout as wait } from "node:timers/promises";

/**
 * What is asked in the same breath goes along, also where it comes in frames of its own; and those whose answers came together
 * ask on together: what they need in between is an fsync at most.
 */
const GATHER_MS = 50;

export interface TogetherOptions<Item, Result> {
  /** One result an item, in order. */
  readonly run: (items: readonly Item[]) => Promise<readonly Result[]>;
  /** Of a run; an item that is larger goes alone. */
  readonly maxSize: number;
  readonly sizeOf: (item: Item) => number;
}

interface Waiting<Item, Result> {
  readonly item: Item;
  readonly resolve: (result: Result) => void;
  readonly reject: (error: unknown) => void;
}

export class Together<Item, Result> {
  readonly #options: TogetherOptions<Item, Result>;
  readonly #waiting: Waiting<Item, Result>[] = [];
  #isRunning = false;

  constructor(options: TogetherOptions<Item, Result>) {
    this.#options = options;
  }

  add(item: Item): Promise<Result> {
    return new Promise((resolve, reject) => {
      this.#waiting.push({ item, resolve, reject });
      if (!this.#isRunning) void this.#runAll();
    });
  }

  async #runAll(): Promise<void> {
    this.#isRunning = true;
    do {
      await wait(GATHER_MS);
      if (this.#waiting.length > 0) await this.#runSome(this.#takeSome());
    } while (this.#waiting.length > 0);
    this.#isRunning = false;
  }

  #takeSome(): Waiting<Item, Result>[] {
    const { maxSize, sizeOf } = this.#options;
    let size = 0;
    let count = 0;
    for (const { item } of this.#waiting) {
      size += sizeOf(item);
      if (count > 0 && size > maxSize) break;
      count++;
    }
    return this.#waiting.splice(0, count);
  }

  async #runSome(some: readonly Waiting<Item, Result>[]): Promise<void> {
    try {
      const results = await this.#options.run(some.map(({ item }) => item));
      some.forEach(({ resolve }, i) => {
        resolve(results[i] as Result);
      });
    } catch (error) {
      for (const { reject } of some) reject(error);
    }
  }
}
