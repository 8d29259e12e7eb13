import { AgentError } from "../../wire/agent-error.ts";
import type { Target } from "../../wire/requests.ts";
import { type Connection, factoryOf, openDatabase } from "./open-database.ts";
import type { FrameContext } from "./task-runner.ts";

/** An object store that can be asked in as many transactions as the task needs. */
export interface OpenStore {
  readonly connection: Connection;
  readonly name: string;
  /** null: keys are out of line. */
  readonly keyPath: string | readonly string[] | null;
  /** The store in a transaction of its own. */
  begin(mode?: "readonly" | "readwrite"): IDBObjectStore;
}

/**
 * Runs `use` on the store and closes the connection after it, whatever happens.
 *
 * @throws AgentError "other-origin", "no-database", "no-store", "blocked", "upgrading"
 */
export async function withStore<T>(
  target: Target,
  frame: FrameContext,
  use: (store: OpenStore) => Promise<T>,
): Promise<T> {
  checkStorageKey(target.storageKey, frame);
  const connection = await openDatabase(await factoryOf(target.bucket), target.database);
  try {
    if (!connection.storeNames.includes(target.store)) {
      throw new AgentError(
        "no-store",
        `The database "${target.database}" has no object store "${target.store}" now. Refresh the list.`,
      );
    }
    const begin = (mode: "readonly" | "readwrite" = "readonly") =>
      connection.transaction(target.store, mode).objectStore(target.store);
    return await use({ connection, name: target.store, keyPath: begin().keyPath, begin });
  } finally {
    connection.close();
  }
}

/** What was read from one origin is never written to another that took its place in the frame. */
export function checkStorageKey(expected: string, frame: FrameContext): void {
  if (expected === frame.storageKey) return;
  throw new AgentError(
    "other-origin",
    `The page went from ${expected} to ${frame.storageKey}. Refresh the list of frames.`,
  );
}
