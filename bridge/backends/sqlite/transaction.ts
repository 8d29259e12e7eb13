import type { SqliteFile } from "./driver.ts";
import { namedError } from "./sqlite-errors.ts";

/**
 * Runs `work` in one write transaction; all of it is durable when this returns, none of it when this throws
 * an error with `nothingWritten`. IMMEDIATE, so that the lock is taken before anything is read.
 *
 * @throws BackendError
 */
export function inTransaction<Result>(file: SqliteFile, path: string, work: () => Result): Result {
  let committing = false;
  try {
    file.exec("BEGIN IMMEDIATE");
    const result = work();
    committing = true;
    file.exec("COMMIT");
    return result;
  } catch (error) {
    const rolledBack = rollBack(file);
    throw namedError(error, path, rolledBack || !committing);
  }
}

/** True when the transaction is known to be gone without a trace. */
function rollBack(file: SqliteFile): boolean {
  if (!file.inTransaction) return false;
  try {
    file.exec("ROLLBACK");
    return true;
  } catch {
    return !file.inTransaction;
  }
}
