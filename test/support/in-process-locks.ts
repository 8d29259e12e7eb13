import type { Locks } from "../../extension/local/mapping-lock.ts";

/** Web Locks for one process: exclusive, first come first served. */
export function inProcessLocks(): Locks {
  const tails = new Map<string, Promise<unknown>>();
  const request = <T>(name: string, work: () => Promise<T>): Promise<T> => {
    const run = (tails.get(name) ?? Promise.resolve()).then(work, work);
    tails.set(name, run);
    const forget = (): void => {
      if (tails.get(name) === run) tails.delete(name);
    };
    run.then(forget, forget);
    return run;
  };
  return {
    request,
    tryRequest: (name, work) => (tails.has(name) ? work(false) : request(name, () => work(true))),
  };
}
