import type { DatabaseSchema, StoreSchema } from "../../../core/session/ports.ts";
import { AgentError } from "../../wire/agent-error.ts";
import type { Target } from "../../wire/requests.ts";
import { factoryOf } from "./open-database.ts";

/** The greatest key that a generator gives. */
const LAST_KEY = 2 ** 53;

/**
 * Makes a database as it is described, in the one transaction of its first upgrade: all of it, or none.
 *
 * @throws AgentError "database-exists", also when somebody else makes it meanwhile
 */
export async function createDatabase(
  { bucket, database }: Target,
  schema: DatabaseSchema,
): Promise<{ readonly version: number }> {
  const factory = await factoryOf(bucket);
  const listed = await factory.databases();
  if (listed.some(({ name }) => name === database)) throw exists(database);
  return new Promise((resolve, reject) => {
    const opening = factory.open(database, schema.version);
    let failure: unknown;
    let isMade = false;
    opening.onupgradeneeded = ({ oldVersion }) => {
      try {
        if (oldVersion !== 0) throw exists(database);
        for (const store of schema.stores) createStore(opening.result, store);
        isMade = true;
      } catch (error) {
        failure = error;
        opening.transaction?.abort();
      }
    };
    opening.onsuccess = () => {
      const { version } = opening.result;
      opening.result.close();
      // Without an upgrade somebody else was faster.
      if (isMade) resolve({ version });
      else reject(exists(database));
    };
    opening.onerror = (event) => {
      event.preventDefault();
      const isOlder = opening.error?.name === "VersionError";
      reject(failure ?? (isOlder ? exists(database) : opening.error));
    };
  });
}

function createStore(
  database: IDBDatabase,
  { name, keyPath, autoIncrement, indexes, nextKey }: StoreSchema,
): void {
  const store = database.createObjectStore(name, { keyPath: mutable(keyPath), autoIncrement });
  // Before there are indexes, which could have something against the record.
  if (nextKey !== undefined && nextKey !== 1) moveGenerator(store, nextKey);
  for (const index of indexes) {
    const { unique, multiEntry } = index;
    store.createIndex(index.name, mutable(index.keyPath) ?? "", { unique, multiEntry });
  }
}

/** A record with a key of its own moves the generator behind it, and deleting it does not take that back. */
function moveGenerator(store: IDBObjectStore, nextKey: number | null): void {
  const key = nextKey === null ? LAST_KEY : nextKey - 1;
  if (typeof store.keyPath === "string") store.put(recordWith(key, store.keyPath));
  else store.put({}, key);
  store.delete(key);
}

function recordWith(key: number, keyPath: string): object {
  return keyPath
    .split(".")
    .reverse()
    .reduce<unknown>((value, name) => ({ [name]: value }), key) as object;
}

function mutable(keyPath: string | readonly string[] | null): string | string[] | null {
  return keyPath === null || typeof keyPath === "string" ? keyPath : [...keyPath];
}

function exists(name: string): AgentError {
  return new AgentError("database-exists", `There is a database "${name}" already: it is left as it is.`);
}
