/**
 * Chromium's own record of who touched which object store (DevTools protocol, Storage domain): exact about stores,
 * silent about keys. Observed on Chromium 156 and tested: one event for each transaction with a write, named after
 * its database and store, before it commits, whoever writes (page, worker, service worker, another tab, ourselves);
 * also for transactions that abort. It is not told by name when a store or a database is deleted.
 *
 * So it says "nothing changed since" and never what changed: a comparison then needs no scan of the page's store. A
 * pull of ours touches the store like any other write: what it hides is looked for by a full scan.
 */
import type { LocalDescription } from "../../../core/session/ports.ts";

/** Of Playwright's CDPSession, what is used here. */
export interface ProtocolSession {
  send(method: "Storage.trackIndexedDBForStorageKey", parameters: { storageKey: string }): Promise<unknown>;
  send(method: "Storage.untrackIndexedDBForStorageKey", parameters: { storageKey: string }): Promise<unknown>;
  on(event: "Storage.indexedDBContentUpdated", listener: (event: ContentUpdated) => void): unknown;
  off(event: "Storage.indexedDBContentUpdated", listener: (event: ContentUpdated) => void): unknown;
}

interface ContentUpdated {
  readonly storageKey: string;
  readonly databaseName: string;
  readonly objectStoreName: string;
}

/** What a store was when a comparison began to read it. */
export interface StoreMark {
  /** Names database and store. */
  readonly name: string;
  /** Writes of it that were told until then. */
  readonly writes: number;
  /** Version, schema and number of records: they tell of a store that was deleted, or made anew. */
  readonly description: string;
}

export class StorageTracking {
  readonly #session: ProtocolSession;
  readonly #storageKey: string;
  readonly #writes = new Map<string, number>();

  /** @param storageKey As the browser tells it (Storage.getStorageKey): "https://shop.example/". */
  static async start(session: ProtocolSession, storageKey: string): Promise<StorageTracking> {
    const tracking = new StorageTracking(session, storageKey);
    session.on("Storage.indexedDBContentUpdated", tracking.#onWrite);
    await session.send("Storage.trackIndexedDBForStorageKey", { storageKey });
    return tracking;
  }

  private constructor(session: ProtocolSession, storageKey: string) {
    this.#session = session;
    this.#storageKey = storageKey;
  }

  /** Before a comparison reads the store's first record. Buckets of one storage key count as one. */
  async mark(description: LocalDescription): Promise<StoreMark> {
    await this.#settle();
    const { database, store } = description.identity;
    const name = JSON.stringify([database, store]);
    return { name, writes: this.#writes.get(name) ?? 0, description: identityOf(description) };
  }

  /**
   * Whether nobody wrote to the store since: then its records are those that were read after the mark.
   *
   * @param description Read now, with its count.
   */
  async isUntouched(mark: StoreMark, description: LocalDescription): Promise<boolean> {
    const now = await this.mark(description);
    return now.name === mark.name && now.writes === mark.writes && now.description === mark.description;
  }

  async stop(): Promise<void> {
    this.#session.off("Storage.indexedDBContentUpdated", this.#onWrite);
    await this.#session.send("Storage.untrackIndexedDBForStorageKey", { storageKey: this.#storageKey });
  }

  /** Events that the browser sent before it answers have arrived when its answer has. */
  async #settle(): Promise<void> {
    await this.#session.send("Storage.trackIndexedDBForStorageKey", { storageKey: this.#storageKey });
  }

  readonly #onWrite = ({ storageKey, databaseName, objectStoreName }: ContentUpdated): void => {
    if (storageKey !== this.#storageKey) return;
    const name = JSON.stringify([databaseName, objectStoreName]);
    this.#writes.set(name, (this.#writes.get(name) ?? 0) + 1);
  };
}

/** Deleting a store raises the version; a database that is deleted and made anew has lost its records. */
function identityOf({ databaseVersion, schema }: LocalDescription): string {
  if (schema.count === undefined) throw new TypeError("The store's records were not counted.");
  return JSON.stringify([databaseVersion, schema]);
}
