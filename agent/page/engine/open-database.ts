/**
 * Connections that neither create a database nor stand in anybody's way: a database is opened only if it is
 * listed, an upgrade that opening would start is aborted, and a connection closes as soon as somebody wants to
 * upgrade or delete.
 */
import { AgentError } from "../../wire/agent-error.ts";

/** How long opening waits for an upgrade or deletion that somebody else has under way. */
const OPEN_TIMEOUT_MS = 2_000;

const connections = new Set<IDBDatabase>();

export function closeAllConnections(): void {
  for (const database of connections) database.close();
  connections.clear();
}

export class Connection {
  readonly #database: IDBDatabase;
  #closedForUpgrade = false;

  constructor(database: IDBDatabase) {
    this.#database = database;
    connections.add(database);
    database.onversionchange = () => {
      this.#closedForUpgrade = true;
      this.close();
    };
  }

  get name(): string {
    return this.#database.name;
  }

  get version(): number {
    return this.#database.version;
  }

  get storeNames(): readonly string[] {
    return [...this.#database.objectStoreNames];
  }

  /** @throws AgentError "upgrading" when the connection had to close for somebody's upgrade or deletion. */
  transaction(
    stores: string | readonly string[],
    mode: "readonly" | "readwrite" = "readonly",
  ): IDBTransaction {
    if (this.#closedForUpgrade) throw this.#upgrading();
    return this.#database.transaction(typeof stores === "string" ? stores : [...stores], mode);
  }

  close(): void {
    connections.delete(this.#database);
    this.#database.close();
  }

  #upgrading(): AgentError {
    return new AgentError(
      "upgrading",
      `The database "${this.#database.name}" is being upgraded or deleted by the page. Start again when it is done.`,
    );
  }
}

/** @throws AgentError "no-database" for a bucket that is not there. */
export async function factoryOf(bucket: string): Promise<IDBFactory> {
  if (bucket === "") return indexedDB;
  const manager = storageBuckets();
  // Opening a bucket that is not there would create it.
  if (manager === undefined || !(await manager.keys()).includes(bucket)) {
    throw new AgentError("no-database", `There is no storage bucket "${bucket}" now. Refresh the list.`);
  }
  return (await manager.open(bucket)).indexedDB;
}

/** Chromium only, and only where the context is secure. */
export interface StorageBucketManager {
  keys(): Promise<readonly string[]>;
  open(name: string): Promise<{ readonly indexedDB: IDBFactory }>;
}

export function storageBuckets(): StorageBucketManager | undefined {
  return (navigator as { readonly storageBuckets?: StorageBucketManager }).storageBuckets;
}

/** @throws AgentError "no-database", or "blocked" when an upgrade or deletion is in the way for too long. */
export async function openDatabase(factory: IDBFactory, name: string): Promise<Connection> {
  const listed = await factory.databases();
  if (!listed.some((database) => database.name === name)) throw noDatabase(name);
  return new Promise((resolve, reject) => {
    const request = factory.open(name);
    let timedOut = false;
    const timer = setTimeout(() => {
      timedOut = true;
      reject(blocked(name));
    }, OPEN_TIMEOUT_MS);
    request.onupgradeneeded = () => {
      // Deleted since it was listed: aborting takes back the empty database that opening made.
      request.transaction?.abort();
    };
    request.onsuccess = () => {
      clearTimeout(timer);
      if (timedOut) request.result.close();
      else resolve(new Connection(request.result));
    };
    request.onerror = (event) => {
      event.preventDefault();
      clearTimeout(timer);
      reject(request.error?.name === "AbortError" ? noDatabase(name) : request.error);
    };
  });
}

function noDatabase(name: string): AgentError {
  return new AgentError("no-database", `There is no database "${name}" now. Refresh the list.`);
}

function blocked(name: string): AgentError {
  return new AgentError(
    "blocked",
    `The database "${name}" does not open: an upgrade or deletion by the page waits or runs. Close the page's other tabs or reload it.`,
  );
}
