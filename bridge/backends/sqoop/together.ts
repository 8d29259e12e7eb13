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

/** Whoever sends so much sends more: that is waited for, until nothing comes for a while or a run is full. */
const BULK_SIZE = 64 * 1024;
const QUIET_MS = 750;

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
  /** Of all that waits. */
  #size = 0;
  #isRunning = false;

  constructor(options: TogetherOptions<Item, Result>) {
    this.#options = options;
  }

  add(item: Item): Promise<Result> {
    return new Promise((resolve, reject) => {
      this.#waiting.push({ item, resolve, reject });
      this.#size += this.#options.sizeOf(item);
      if (!this.#isRunning) void this.#runAll();
    });
  }

  async #runAll(): Promise<void> {
    this.#isRunning = true;
    do {
      await this.#gather();
      if (this.#waiting.length > 0) await this.#runSome(this.#takeSome());
    } while (this.#waiting.length > 0);
    this.#isRunning = false;
  }

  async #gather(): Promise<void> {
    await wait(GATHER_MS);
    let seen = this.#waiting.length;
    for (let quietMs = 0; this.#isBulk && quietMs < QUIET_MS; quietMs += GATHER_MS) {
      await wait(GATHER_MS);
      if (this.#waiting.length > seen) quietMs = 0;
      seen = this.#waiting.length;
    }
  }

  get #isBulk(): boolean {
    return this.#size >= BULK_SIZE && this.#size < this.#options.maxSize;
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
    const taken = this.#waiting.splice(0, count);
    for (const { item } of taken) this.#size -= sizeOf(item);
    return taken;
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
