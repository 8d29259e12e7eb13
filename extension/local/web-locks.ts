import type { Locks } from "./mapping-lock.ts";

/** The browser's own: shared by all panels of the extension. */
export const webLocks: Locks = {
  request: (name, work) => navigator.locks.request(name, work),
  tryRequest: (name, work) =>
    navigator.locks.request(name, { ifAvailable: true }, (lock) => work(lock !== null)),
};
