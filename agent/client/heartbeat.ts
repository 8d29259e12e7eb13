/**
 * Tells a page that is paused at a breakpoint from one that is slow: evaluations answer while paused, but the
 * event loop stands still, so that the ticks which the host counts do not move.
 */

/** Milliseconds and polls without a tick before the page is called paused. */
const STILL_MS = 2_500;
const STILL_POLLS = 4;

export class Heartbeat {
  readonly #now: () => number;
  #ticks = "";
  #since: number;
  #polls = 0;

  constructor(now: () => number) {
    this.#now = now;
    this.#since = now();
  }

  /** @returns whether the page has stood still for too long */
  isStill(ticks: string): boolean {
    this.#polls++;
    if (ticks !== this.#ticks) {
      this.#ticks = ticks;
      this.#since = this.#now();
      this.#polls = 0;
    }
    return this.#polls >= STILL_POLLS && this.#now() - this.#since >= STILL_MS;
  }
}
