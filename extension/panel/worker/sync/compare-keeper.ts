import type { PartOfAll } from "../../../../core/session/compare-again.ts";
import type { Comparison } from "../../../../core/session/drift.ts";
import type { StoppedCompare } from "../../../../core/session/stopped-compare.ts";

/** A panel that is closed tells nobody: what it had compared more than this many milliseconds before is kept. */
const SAVE_EVERY_MS = 2000;
/** With more differing keys, reading them again costs more than it saves, and keeping them more than it is worth. */
const MAX_DIFFERING = 20_000;

export interface StoppedCompares {
  setStoppedCompare(stopped: StoppedCompare | undefined): Promise<void>;
}

/** Keeps how far a comparison came, so that a later panel can go on with it. */
export class CompareKeeper {
  readonly #base: StoppedCompares;
  readonly #clock: () => number;
  #differing: Uint8Array[] | undefined;
  #last: StoppedCompare | undefined;
  #savedAt = Number.NEGATIVE_INFINITY;
  #saving: Promise<void> = Promise.resolve();

  /** @param resumed What this comparison goes on from. */
  constructor(base: StoppedCompares, clock: () => number, resumed: Comparison | undefined) {
    this.#base = base;
    this.#clock = clock;
    this.#differing = [];
    if (resumed === undefined) return;
    if (resumed.drifts.length > MAX_DIFFERING) this.#differing = undefined;
    else this.#add([...resumed.drifts].map(({ key }) => key));
  }

  readonly onPart = async ({ differing, ...part }: PartOfAll): Promise<void> => {
    this.#add(differing);
    const stoppedAt = this.#clock();
    this.#last = { ...part, stoppedAt, differing: this.#differing };
    if (stoppedAt - this.#savedAt < SAVE_EVERY_MS) return;
    this.#savedAt = stoppedAt;
    this.#save(this.#last);
    await this.#saving;
  };

  #add(keys: readonly Uint8Array[]): void {
    if (this.#differing === undefined) return;
    if (this.#differing.length + keys.length > MAX_DIFFERING) this.#differing = undefined;
    else for (const key of keys) this.#differing.push(key);
  }

  /** Keeps where it was stopped, or nothing when it is complete. */
  async end(complete: boolean): Promise<void> {
    if (complete) this.#save(undefined);
    else if (this.#last !== undefined) this.#save(this.#last);
    await this.#saving;
  }

  /** One after the other. What cannot be kept is not: the comparison itself is none the worse. */
  #save(stopped: StoppedCompare | undefined): void {
    this.#saving = this.#saving.then(() => this.#base.setStoppedCompare(stopped)).catch(() => undefined);
  }
}
