/**
 * Lets a call through at most once in `intervalMs`. Calls in between are dropped: the last word of a run is its
 * result, which does not come this way.
 */
export function throttled<Args extends readonly unknown[]>(
  intervalMs: number,
  now: () => number,
  send: (...args: Args) => void,
): (...args: Args) => void {
  let last = Number.NEGATIVE_INFINITY;
  return (...args) => {
    const time = now();
    if (time - last < intervalMs) return;
    last = time;
    send(...args);
  };
}
