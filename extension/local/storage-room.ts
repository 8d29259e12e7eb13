/** What happens when the browser gives the panel no more storage. */
import { BaseStoreError } from "./base-error.ts";
import type { LocalDatabase, LocalTables } from "./local-database.ts";

/**
 * Runs one transaction's worth of work. When the browser refuses the room, the bodies of all bases go, since
 * they only save reading, and the work runs once more. A refused transaction leaves nothing behind.
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
      `The browser gives no more storage to remember the base of ${mappingName}. What was written so far is kept. Free space on the disk or remove mappings, then go on.`,
      error,
    );
  }
}

/** Evicts the bodies written longest ago until at most `budget` units are left. Answers what is left. */
export async function evictBodies(
  tables: LocalTables,
  base: number,
  units: number,
  budget: number,
): Promise<number> {
  let left = units;
  while (left > budget) {
    // A few rows at a time: a row can hold a megabyte.
    const oldest = await tables.bodies
      .where("[base+usedAt]")
      .between([base, 0], [base, Number.POSITIVE_INFINITY])
      .limit(8)
      .toArray();
    if (oldest.length === 0) return 0;
    for (const row of oldest) {
      if (left <= budget) return left;
      await tables.bodies.delete([base, row.first]);
      left -= row.size;
    }
  }
  return left;
}

function evictAllBodies(db: LocalDatabase): Promise<void> {
  return db.inTransaction("rw", ["bases", "bodies"], async ({ bases, bodies }) => {
    await bodies.clear();
    await bases.toCollection().modify({ bodyUnits: 0 });
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
