import type { Locks } from "./mapping-lock.ts";

/**
 * Resolves when the work has ended. One panel does it at a time: the next one begins where this one ends.
 *
 * @param onElsewhere Another panel does it now; answers whether to wait for its end.
 */
export async function oneAtATime(
  locks: Locks,
  lock: string,
  work: () => Promise<void>,
  onElsewhere: () => boolean,
): Promise<void> {
  const isDone = await locks.tryRequest(lock, async (isFree) => {
    if (isFree) await work();
    return isFree;
  });
  if (!isDone && onElsewhere()) await locks.request(lock, work);
}
