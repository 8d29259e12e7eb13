/**
 * What the benchmark's page can do, bundled into the page as `globalThis.bench`: fill stores, and the bare
 * loops that the product is measured against.
 */
import { benchRecord, KEY_PATH, largeRecord } from "../data/record.ts";

/** Milliseconds of one bare loop, and how many records it moved. */
export interface BareLoop {
  readonly milliseconds: number;
  readonly records: number;
}

const DEFAULT_BATCH = 5_000;

const page = {
  /** Makes the database anew with these empty stores. */
  async createDatabase(database: string, stores: readonly string[]): Promise<void> {
    await settled(indexedDB.deleteDatabase(database));
    const opening = indexedDB.open(database, 1);
    opening.onupgradeneeded = () => {
      for (const store of stores) opening.result.createObjectStore(store, { keyPath: KEY_PATH });
    };
    (await settled(opening)).close();
  },

  /** Puts the records 0 to `count`. The time is that of the transactions alone, not of making the records. */
  async put(database: string, store: string, count: number, batch = DEFAULT_BATCH): Promise<BareLoop> {
    const connection = await settled(indexedDB.open(database));
    let milliseconds = 0;
    for (let from = 0; from < count; from += batch) {
      const records = Array.from({ length: Math.min(batch, count - from) }, (_, i) => benchRecord(from + i));
      const start = performance.now();
      const transaction = connection.transaction(store, "readwrite");
      const target = transaction.objectStore(store);
      for (const record of records) target.put(record);
      await completed(transaction);
      milliseconds += performance.now() - start;
    }
    connection.close();
    return { milliseconds, records: count };
  },

  /** As `put`, of records with this many units of text each, one a transaction. */
  async putLarge(database: string, store: string, count: number, units: number): Promise<BareLoop> {
    const connection = await settled(indexedDB.open(database));
    let milliseconds = 0;
    for (let number = 0; number < count; number++) {
      const record = largeRecord(number, units);
      const start = performance.now();
      const transaction = connection.transaction(store, "readwrite");
      transaction.objectStore(store).put(record);
      await completed(transaction);
      milliseconds += performance.now() - start;
    }
    connection.close();
    return { milliseconds, records: count };
  },

  /** Changes a field of every record. */
  async change(database: string, store: string, batch = DEFAULT_BATCH): Promise<BareLoop> {
    const connection = await settled(indexedDB.open(database));
    const start = performance.now();
    let records = 0;
    let range: IDBKeyRange | null = null;
    for (;;) {
      const transaction = connection.transaction(store, "readwrite");
      const target = transaction.objectStore(store);
      const found: Record<string, IDBValidKey>[] = await settled(target.getAll(range, batch));
      for (const record of found) target.put({ ...record, status: "changed" });
      await completed(transaction);
      records += found.length;
      const last = found.at(-1)?.[KEY_PATH];
      if (last === undefined || found.length < batch) break;
      range = IDBKeyRange.lowerBound(last, true);
    }
    connection.close();
    return { milliseconds: performance.now() - start, records };
  },

  /** Replaces the records of these numbers. */
  async changeSome(
    database: string,
    store: string,
    numbers: readonly number[],
    status: string,
  ): Promise<void> {
    const connection = await settled(indexedDB.open(database));
    const transaction = connection.transaction(store, "readwrite");
    const target = transaction.objectStore(store);
    for (const number of numbers) target.put({ ...benchRecord(number), status });
    await completed(transaction);
    connection.close();
  },

  /** One stream of getAll by key range in one transaction; every record is a live object once, no digest. */
  async getAll(database: string, store: string, batch = DEFAULT_BATCH): Promise<BareLoop> {
    const connection = await settled(indexedDB.open(database));
    const start = performance.now();
    const source = connection.transaction(store, "readonly").objectStore(store);
    let records = 0;
    let range: IDBKeyRange | null = null;
    for (;;) {
      const found: Record<string, IDBValidKey>[] = await settled(source.getAll(range, batch));
      records += found.length;
      const last = found.at(-1)?.[KEY_PATH];
      if (last === undefined || found.length < batch) break;
      range = IDBKeyRange.lowerBound(last, true);
    }
    const milliseconds = performance.now() - start;
    connection.close();
    return { milliseconds, records };
  },

  async count(database: string, store: string): Promise<number> {
    const connection = await settled(indexedDB.open(database));
    const count = await settled(connection.transaction(store, "readonly").objectStore(store).count());
    connection.close();
    return count;
  },

  /** The loop of tutorials: a PUT for each record, the next one once it is answered. */
  async putEachTo(url: string, database: string, store: string): Promise<BareLoop> {
    const connection = await settled(indexedDB.open(database));
    const records: Record<string, unknown>[] = await settled(
      connection.transaction(store, "readonly").objectStore(store).getAll(),
    );
    const start = performance.now();
    for (const record of records) {
      const { ok } = await fetch(`${url}${encodeURIComponent(String(record[KEY_PATH]))}`, {
        method: "PUT",
        headers: { "content-type": "application/json" },
        body: JSON.stringify(record),
      });
      if (!ok) throw new Error("the server refused a record");
    }
    const milliseconds = performance.now() - start;
    connection.close();
    return { milliseconds, records: records.length };
  },

  /** The way back: a list of keys, a GET for each, and a put in a transaction of its own. */
  async getEachFrom(url: string, database: string, store: string): Promise<BareLoop> {
    const connection = await settled(indexedDB.open(database));
    const start = performance.now();
    const keys = (await (await fetch(url)).json()) as string[];
    for (const key of keys) {
      const record: unknown = await (await fetch(`${url}${encodeURIComponent(key)}`)).json();
      const transaction = connection.transaction(store, "readwrite");
      transaction.objectStore(store).put(record);
      await completed(transaction);
    }
    const milliseconds = performance.now() - start;
    connection.close();
    return { milliseconds, records: keys.length };
  },

  /** Text for the transfer stage: `units` UTF-16 units of ASCII, answered in slices by `slice`. */
  prepareTransfer(units: number): void {
    transferred = JSON.stringify(Array.from({ length: 2_000 }, (_, i) => benchRecord(i))).replace(
      /[^\x20-\x7e]/g,
      "x",
    );
    transferred = transferred.repeat(Math.ceil(units / transferred.length)).slice(0, units);
  },

  slice(from: number, to: number): string {
    return transferred.slice(from, to);
  },

  /** Runs a worker script of this origin until its one message. */
  answerOfWorker(url: string, question: unknown): Promise<unknown> {
    const worker = new Worker(url);
    return new Promise((resolve, reject) => {
      worker.onmessage = (event) => {
        worker.terminate();
        resolve(event.data);
      };
      worker.onerror = (event) => reject(new Error(event.message));
      worker.postMessage(question);
    });
  },
};

let transferred = "";

function settled<T>(request: IDBRequest<T>): Promise<T> {
  return new Promise((resolve, reject) => {
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error);
  });
}

function completed(transaction: IDBTransaction): Promise<void> {
  return new Promise((resolve, reject) => {
    transaction.oncomplete = () => resolve();
    transaction.onabort = () => reject(transaction.error);
  });
}

export type BenchPage = typeof page;
declare global {
  var bench: BenchPage;
}
globalThis.bench = page;
