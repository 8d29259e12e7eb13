import type { DatabaseSchema, StoreSchema } from "../../../core/session/ports.ts";
import { describeStore } from "./describe.ts";
import type { Connection } from "./open-database.ts";
import { completionOf, resultOf } from "./requests.ts";

/** Everything that making the database again takes, except its records. */
export async function describeSchema(connection: Connection): Promise<DatabaseSchema> {
  const { version, storeNames } = connection;
  if (storeNames.length === 0) return { version, stores: [] };
  const transaction = connection.transaction(storeNames);
  const stores = storeNames.map((name): StoreSchema => describeStore(transaction.objectStore(name)));
  const generating = stores.filter(({ autoIncrement }) => autoIncrement).map(({ name }) => name);
  if (generating.length === 0) return { version, stores };
  const nextKeys = await readNextKeys(connection, generating);
  return {
    version,
    stores: stores.map((store) => {
      const nextKey = nextKeys.get(store.name);
      return nextKey === undefined ? store : { ...store, nextKey };
    }),
  };
}

/**
 * The keys that the generators would give next; null where one has given its last. IndexedDB tells them in no
 * other way than by giving one; aborting the transaction takes the generators back
 * (https://w3c.github.io/IndexedDB/#key-generator-construct), and with them the empty records.
 */
async function readNextKeys(
  connection: Connection,
  stores: readonly string[],
): Promise<Map<string, number | null>> {
  const transaction = connection.transaction(stores, "readwrite");
  const ended = completionOf(transaction);
  const nextKeys = new Map<string, number | null>();
  const given = stores.map(async (name) => {
    try {
      // Without properties no index has a say.
      nextKeys.set(name, Number(await resultOf(transaction.objectStore(name).add({}))));
    } catch (error) {
      // By name: the error may be of another realm.
      if ((error as { name?: unknown } | null)?.name !== "ConstraintError") throw error;
      nextKeys.set(name, null);
    }
  });
  try {
    await Promise.all(given);
  } finally {
    transaction.abort();
    await ended.catch(() => undefined);
  }
  return nextKeys;
}
