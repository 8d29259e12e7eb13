/** What happens when the browser gives the panel no more storage. */
import { BaseStoreError } from "./base-error.ts";
import type { LocalDatabase, LocalTables, UseRow } from "./local-database.ts";

/**
 * Runs one piece of work that ends in one writing transaction. When the browser refuses the room, the bodies of
 * all bases go, since they only save reading, and the work runs once more. A refused transaction leaves nothing
 * behind.
 *
 * @throws BaseStoreError "storage-full" when there is still no room, "storage-failed" for any other failure.
 */
export async function withRoom<T>(
  db: LocalDatabase,
  mappingName: string,
  work: () => Promise<T>,
): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (!isQuotaExceeded(error)) throw storageFailed(mappingName, error);
  }
  try {
    await evictAllBodies(db);
    return await work();
  } catch (error) {
    if (!isQuotaExceeded(error)) throw storageFailed(mappingName, error);
    throw new BaseStoreError(
      "storage-full",
      `The browser gives no more storage to remember the base of ${mappingName}. What was written so far is kept, and nothing by halves. Free space on the disk, or discard bases and old history in Settings, then go on.`,
      error,
    );
  }
}

/** Evicts the bodies used longest ago until at most `budget` bytes are left. Answers what is left. */
export async function evictBodies(
  { bodies, uses }: LocalTables,
  base: number,
  bytes: number,
  budget: number,
): Promise<number> {
  let left = bytes;
  while (left > budget) {
    const oldest = await uses
      .where("[base+usedAt]")
      .between([base, 0], [base, Number.POSITIVE_INFINITY])
      .limit(64)
      .toArray();
    if (oldest.length === 0) return 0;
    const evicted: UseRow[] = [];
    for (const row of oldest) {
      if (left <= budget) break;
      evicted.push(row);
      left -= row.size;
    }
    const keys = evicted.map(({ first }): [number, Uint8Array] => [base, first]);
    await bodies.bulkDelete(keys);
    await uses.bulkDelete(keys);
  }
  return left;
}

function evictAllBodies(db: LocalDatabase): Promise<void> {
  return db.inTransaction("rw", ["bases", "bodies", "uses"], async ({ bases, bodies, uses }) => {
    await bodies.clear();
    await uses.clear();
    await bases.toCollection().modify({ bodyBytes: 0 });
  });
}

/** Dexie reports an aborted transaction by an error of its own, with the reason inside. */
function isQuotaExceeded(error: unknown): boolean {
  for (let at = error; at instanceof Error; at = (at as { inner?: unknown }).inner) {
    if (at.name === "QuotaExceededError") return true;
  }
  return false;
}

function storageFailed(mappingName: string, error: unknown): Error {
  if (error instanceof BaseStoreError) return error;
  const reason = error instanceof Error ? error.message : String(error);
  return new BaseStoreError(
    "storage-failed",
    `The browser refused to read or write the base of ${mappingName}: ${reason}. Close other panels of Driftscope, then try again.`,
    error,
  );
}
