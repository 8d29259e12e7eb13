/**
 * What the benchmark's page can do, bundled into the page as `globalThis.bench`: fill stores, and the bare
 * loops that the product is measured against.
 */
import { benchRecord, KEY_PATH } from "../data/record.ts";

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
