/** The part of `navigator.locks` that is used; injected, so that tests bring their own. */
export interface Locks {
  request<T>(name: string, work: () => Promise<T>): Promise<T>;
  /** Never waits: where somebody else has the lock, the work runs without it. */
  tryRequest<T>(name: string, work: (isFree: boolean) => Promise<T>): Promise<T>;
}

/**
 * Base and journal of one mapping are written by one panel at a time (decision 15), whichever tab it is in.
 */
export function mappingLock(locks: Locks, identityHash: string): <T>(work: () => Promise<T>) => Promise<T> {
  return (work) => locks.request(`driftscope-base-${identityHash}`, work);
}
