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

/** Gives the page its turn every few milliseconds; in a worker it never waits. */
export class TimeSlices {
  #since = performance.now();

  get isOver(): boolean {
    return sharesThreadWithPage && performance.now() - this.#since > SLICE_MS;
  }

  async pause(): Promise<void> {
    await nextTurn();
    this.#since = performance.now();
  }
}
