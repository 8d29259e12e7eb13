/** Turns of the event loop, for work on the page's own thread. */

/** Milliseconds of work after which a page's thread gets to do something else. */
const SLICE_MS = 8;

/** A task of the event loop that, unlike a timer, is not throttled in a hidden tab. */
export function nextTurn(): Promise<void> {
  return new Promise((resolve) => {
    const { port1, port2 } = new MessageChannel();
    port1.onmessage = () => {
      port1.close();
      resolve();
    };
    port2.postMessage(null);
  });
}

/** Workers have nobody to wait for them. */
export const sharesThreadWithPage = typeof FileReaderSync === "undefined";

/** Gives the page its turn every few milliseconds; in a worker it waits for nobody, unless it is told to. */
export class TimeSlices {
  readonly #milliseconds: number;
  #since = performance.now();

  /** @param inWorker Milliseconds after which a worker looks whether it was told something. */
  constructor(inWorker = Number.POSITIVE_INFINITY) {
    this.#milliseconds = sharesThreadWithPage ? SLICE_MS : inWorker;
  }

  get isOver(): boolean {
    return performance.now() - this.#since > this.#milliseconds;
  }

  async pause(): Promise<void> {
    await nextTurn();
    this.#since = performance.now();
  }
}
