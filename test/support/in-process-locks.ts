import type { Locks } from "../../extension/local/mapping-lock.ts";

/** Web Locks for one process: exclusive, first come first served. */
export function inProcessLocks(): Locks {
  const tails = new Map<string, Promise<unknown>>();
  return {
    request(name, work) {
      const run = (tails.get(name) ?? Promise.resolve()).then(work, work);
      tails.set(name, run);
      return run;
    },
  };
}
