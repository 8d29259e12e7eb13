import type { IndexDescription, StoreDescription } from "../../../core/session/ports.ts";
import { AgentError } from "../../wire/agent-error.ts";
import type { BucketDescription, DatabaseDescription } from "../../wire/page-description.ts";
import { type Connection, factoryOf, openDatabase, storageBuckets } from "./open-database.ts";
import { reasonOf } from "./read-rows.ts";
import { resultOf } from "./requests.ts";

/** Counting is left out for what takes longer than this: large stores take a second a million. */
const COUNT_TIMEOUT_MS = 1_000;

/** @throws AgentError "cannot-inspect" where the frame may not have storage. */
export async function describeBuckets(): Promise<BucketDescription[]> {
  const names = [
    "",
    ...((await storageBuckets()
      ?.keys()
      .catch(() => [])) ?? []),
  ];
  return Promise.all(names.map(describeBucket));
}

async function describeBucket(name: string): Promise<BucketDescription> {
  const factory = await factoryOf(name);
  const listed = await listDatabases(factory);
  const databases = await Promise.all(
    listed.map(({ name: database = "", version = 0 }) => describeDatabase(factory, database, version)),
  );
  return { name, databases };
}

async function listDatabases(factory: IDBFactory): Promise<IDBDatabaseInfo[]> {
  try {
    return await factory.databases();
  } catch (error) {
    throw new AgentError("cannot-inspect", `This frame may not use IndexedDB: ${reasonOf(error)}`);
  }
}

async function describeDatabase(
  factory: IDBFactory,
  name: string,
  version: number,
): Promise<DatabaseDescription> {
  try {
    const connection = await openDatabase(factory, name);
    try {
      return { name, version: connection.version, stores: await describeStores(connection) };
    } finally {
      connection.close();
    }
  } catch (error) {
    const problem = error instanceof AgentError ? error.code : reasonOf(error);
    return { name, version, stores: [], problem };
  }
}

async function describeStores(connection: Connection): Promise<StoreDescription[]> {
  const { storeNames } = connection;
  if (storeNames.length === 0) return [];
  const transaction = connection.transaction(storeNames);
  const counts = storeNames.map((name) => countWithin(transaction.objectStore(name)));
  return Promise.all(
    storeNames.map(async (name, index) => {
      const schema = describeStore(transaction.objectStore(name));
      const count = await counts[index];
      return count === undefined ? schema : { ...schema, count };
    }),
  );
}

/** Undefined when it takes too long or fails. */
function countWithin(store: IDBObjectStore): Promise<number | undefined> {
  return new Promise((resolve) => {
    const timer = setTimeout(() => resolve(undefined), COUNT_TIMEOUT_MS);
    resultOf(store.count())
      .catch(() => undefined)
      .then((count) => {
        clearTimeout(timer);
        resolve(count);
      });
  });
}

export function describeStore(store: IDBObjectStore): StoreDescription {
  return {
    name: store.name,
    keyPath: store.keyPath,
    autoIncrement: store.autoIncrement,
    indexes: [...store.indexNames].map((name) => describeIndex(store.index(name))),
  };
}

function describeIndex(index: IDBIndex): IndexDescription {
  return { name: index.name, keyPath: index.keyPath, unique: index.unique, multiEntry: index.multiEntry };
}
