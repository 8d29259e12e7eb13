/** A whole IndexedDB database as a file: how the panel's storage of an older version is kept for tests. */
import { decodeValue } from "../../core/codec/decode-value.ts";
import { encodeValue } from "../../core/codec/encode-value.ts";

interface StoredIndex {
  readonly name: string;
  readonly keyPath: string | string[];
  readonly unique: boolean;
}

interface StoredStore {
  readonly name: string;
  readonly keyPath: string | string[] | null;
  readonly autoIncrement: boolean;
  readonly indexes: readonly StoredIndex[];
  readonly rows: readonly unknown[];
}

interface StoredDatabase {
  readonly version: number;
  readonly stores: readonly StoredStore[];
}

/** The database with all its rows, as a value text. */
export async function dumpDatabase(factory: IDBFactory, name: string): Promise<string> {
  const db = await answered(factory.open(name));
  const stores: StoredStore[] = [];
  for (const storeName of db.objectStoreNames) {
    const store = db.transaction(storeName).objectStore(storeName);
    const indexes = Array.from(store.indexNames, (indexName) => {
      const { name, keyPath, unique } = store.index(indexName);
      return { name, keyPath, unique };
    });
    const { keyPath, autoIncrement } = store;
    const rows = await answered(store.getAll());
    stores.push({ name: storeName, keyPath, autoIncrement, indexes, rows });
  }
  const stored: StoredDatabase = { version: db.version, stores };
  db.close();
  return encodeValue(stored);
}

/** Makes the database that was dumped. Its key generators go on after the highest key. */
export async function loadDatabase(factory: IDBFactory, name: string, dump: string): Promise<void> {
  const { version, stores } = decodeValue(dump) as StoredDatabase;
  const request = factory.open(name, version);
  request.onupgradeneeded = () => {
    for (const { name: storeName, keyPath, autoIncrement, indexes, rows } of stores) {
      const store = request.result.createObjectStore(storeName, { keyPath, autoIncrement });
      for (const index of indexes) store.createIndex(index.name, index.keyPath, { unique: index.unique });
      for (const row of rows) store.put(row);
    }
  };
  (await answered(request)).close();
}

function answered<T>(request: IDBRequest<T>): Promise<T> {
  return new Promise((resolve, reject) => {
    request.addEventListener("success", () => resolve(request.result));
    request.addEventListener("error", () => reject(request.error));
  });
}
