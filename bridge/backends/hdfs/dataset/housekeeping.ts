/** Merges and deletes what has come together in a dataset, while nobody writes to it. */
import { compact, MAX_SEGMENTS } from "./compact.ts";
import type { Dataset } from "./dataset.ts";
import { tidy } from "./tidy.ts";

/** A push is made of many commits: only after the last is it worth while. */
const QUIET_MS = 2_000;
/** So many segments are merged at once: reads of them cost too much. */
const TOO_MANY_SEGMENTS = 5 * MAX_SEGMENTS;
const TIDY_EVERY_MS = 60 * 60 * 1000;

export class Housekeeping {
  readonly #dataset: Dataset;
  #timer: NodeJS.Timeout | undefined;
  #working: Promise<void> | undefined;
  #tidiedAt: number | undefined;
  #isClosed = false;

  constructor(dataset: Dataset) {
    this.#dataset = dataset;
  }

  /** After a commit. */
  soon(): void {
    if (this.#isClosed) return;
    clearTimeout(this.#timer);
    const isUrgent = (this.#dataset.known?.segments.length ?? 0) > TOO_MANY_SEGMENTS;
    this.#timer = setTimeout(() => this.#begin(), isUrgent ? 0 : QUIET_MS);
    this.#timer.unref();
  }

  /** Waits for what is under way. */
  async close(): Promise<void> {
    this.#isClosed = true;
    clearTimeout(this.#timer);
    await this.#working;
  }

  #begin(): void {
    if (this.#working !== undefined) return;
    // Reads and writes go on without it: what keeps it from working keeps them as well, and is told there.
    this.#working = this.#work()
      .catch(() => {})
      .finally(() => {
        this.#working = undefined;
      });
  }

  async #work(): Promise<void> {
    while (!this.#isClosed && (await compact(this.#dataset))) {
      // What it merged may be merged with what is older.
    }
    const now = performance.now();
    if (this.#tidiedAt !== undefined && now - this.#tidiedAt < TIDY_EVERY_MS) return;
    this.#tidiedAt = now;
    const snapshot = await this.#dataset.latest();
    if (snapshot !== undefined) await tidy(snapshot);
  }
}
