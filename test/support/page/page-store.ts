import type { PageDriver } from "../panel/panel-driver.ts";

/** Records of the tests: what JSON holds, and an id as in-line key. */
export interface PageRecord {
  readonly id: number | string;
  readonly [field: string]: unknown;
}

/** An object store of the page under test, used by the page itself. Opens and closes for each operation. */
export class PageStore {
  readonly database: string;
  readonly store: string;
  readonly #page: PageDriver;

  constructor(page: PageDriver, database: string, store: string) {
    this.#page = page;
    this.database = database;
    this.store = store;
  }

  /** Makes the database anew, with the one store; with a unique index on this field, called like it. */
  async create(records: readonly PageRecord[] = [], unique?: string): Promise<void> {
    await this.#page.evaluate(
      async (database: string, store: string, unique: string | undefined) => {
        const settled = <Result>(request: IDBRequest<Result>) =>
          new Promise<Result>((resolve, reject) => {
            request.onsuccess = () => resolve(request.result);
            request.onerror = () => reject(request.error);
          });
        await settled(indexedDB.deleteDatabase(database));
        const opening = indexedDB.open(database, 1);
        opening.onupgradeneeded = () => {
          const made = opening.result.createObjectStore(store, { keyPath: "id" });
          if (unique) made.createIndex(unique, unique, { unique: true });
        };
        (await settled(opening)).close();
      },
      this.database,
      this.store,
      unique,
    );
    await this.put(records);
  }

  put(records: readonly PageRecord[]): Promise<void> {
    return this.#change(records, []);
  }

  /** By a worker of the page, which shares nothing with it but the storage. */
  putByWorker(records: readonly PageRecord[]): Promise<void> {
    return this.#page.evaluate(
      async (database: string, store: string, records: readonly PageRecord[]) => {
        const work = (database: string, store: string, records: readonly PageRecord[]): void => {
          const opening = indexedDB.open(database);
          opening.onsuccess = () => {
            const transaction = opening.result.transaction(store, "readwrite");
            for (const record of records) transaction.objectStore(store).put(record);
            transaction.oncomplete = () => {
              opening.result.close();
              postMessage("done");
            };
          };
        };
        const text = `(${work})(...${JSON.stringify([database, store, records])})`;
        const worker = new Worker(URL.createObjectURL(new Blob([text])));
        await new Promise((resolve) => {
          worker.onmessage = resolve;
        });
        worker.terminate();
      },
      this.database,
      this.store,
      records,
    );
  }

  clear(): Promise<void> {
    return this.#change([], "all");
  }

  delete(...ids: readonly PageRecord["id"][]): Promise<void> {
    return this.#change([], ids);
  }

  /** In key order. */
  all(): Promise<PageRecord[]> {
    return this.#page.evaluate(
      async (database: string, store: string) => {
        const settled = <Result>(request: IDBRequest<Result>) =>
          new Promise<Result>((resolve, reject) => {
            request.onsuccess = () => resolve(request.result);
            request.onerror = () => reject(request.error);
          });
        const opened = await settled(indexedDB.open(database));
        const records = await settled(opened.transaction(store).objectStore(store).getAll());
        opened.close();
        return records as PageRecord[];
      },
      this.database,
      this.store,
    );
  }

  /**
   * Keeps a write transaction open on the store, so that nobody else's gets a turn, until the answer is called
   * or the page is left. With `turns`, lets others have a turn after each so many milliseconds: a slow page.
   */
  async hold(turns = Number.POSITIVE_INFINITY): Promise<() => Promise<void>> {
    await this.#page.evaluate(
      (database, store, turns) =>
        new Promise<void>((resolve, reject) => {
          const { dataset } = document.documentElement;
          delete dataset.released;
          const opening = indexedDB.open(database);
          opening.onerror = () => reject(opening.error);
          opening.onsuccess = () => {
            const takeTurn = () => {
              const until = performance.now() + (turns ?? Number.POSITIVE_INFINITY);
              const transaction = opening.result.transaction(store, "readwrite");
              // Firefox may keep a page that is left, with its transaction.
              const leave = () => transaction.abort();
              addEventListener("pagehide", leave);
              const held = transaction.objectStore(store);
              const again = () => {
                resolve();
                if (dataset.released === undefined && performance.now() < until)
                  held.count().onsuccess = again;
              };
              held.count().onsuccess = again;
              transaction.oncomplete = () => {
                removeEventListener("pagehide", leave);
                if (dataset.released === undefined) takeTurn();
                else opening.result.close();
              };
            };
            takeTurn();
          };
        }),
      this.database,
      this.store,
      // Infinity does not travel as JSON.
      Number.isFinite(turns) ? turns : null,
    );
    return () =>
      this.#page.evaluate(() => {
        document.documentElement.dataset.released = "";
      });
  }

  #change(records: readonly PageRecord[], ids: readonly PageRecord["id"][] | "all"): Promise<void> {
    return this.#page.evaluate(
      async (database, store, records, ids) => {
        const opened = await new Promise<IDBDatabase>((resolve, reject) => {
          const opening = indexedDB.open(database);
          opening.onsuccess = () => resolve(opening.result);
          opening.onerror = () => reject(opening.error);
        });
        const transaction = opened.transaction(store, "readwrite", { durability: "relaxed" });
        for (const record of records) transaction.objectStore(store).put(record);
        if (ids === "all") transaction.objectStore(store).clear();
        else for (const id of ids) transaction.objectStore(store).delete(id);
        await new Promise<void>((resolve, reject) => {
          transaction.oncomplete = () => resolve();
          transaction.onabort = () => reject(transaction.error);
        });
        opened.close();
      },
      this.database,
      this.store,
      records,
      ids,
    );
  }
}
