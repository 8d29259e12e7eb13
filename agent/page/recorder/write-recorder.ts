/**
 * Watches one realm's writes to IndexedDB, and tells which keys its committed transactions wrote. Never the page's
 * trouble: natives run first and with what the page gave, their exceptions and results pass through, everything of
 * ours is guarded, and a wrapper is a proxy of its native, so that name, length and "[native code]" are the
 * native's. Own writes are not seen: the engine works with functions of another realm.
 *
 * See host/clean-realm.ts for why this file calls no methods; lists are linked, since an index that is written to an
 * array can meet a setter of the page's.
 */
import type { LostReason, ToEngine } from "../../wire/engine-messages.ts";
import type { CleanRealm, PageWindow } from "../host/clean-realm.ts";
import {
  type StorageFunctions,
  storageFunctionsOf,
  WATCHED,
  type WatchedInterface,
} from "./storage-functions.ts";

/** Writes of one transaction that are held until it is committed. */
const MAX_IN_TRANSACTION = 20_000;
/** Keys that wait for a reader, before they go to the engine. */
const MAX_WAITING = 200;

/** One write of a transaction that is under way. */
interface Write {
  readonly store: string;
  /** Its result is the key; undefined where the key was known before. */
  readonly request: unknown;
  readonly key: unknown;
  /** Not one key: all there are. */
  readonly isAll: boolean;
  readonly next: Write | undefined;
}

interface OpenTransaction {
  readonly database: string;
  last: Write | undefined;
  count: number;
}

interface Wrapper {
  readonly prototype: object;
  readonly name: string;
  readonly native: unknown;
  readonly proxy: unknown;
  readonly next: Wrapper | undefined;
}

export interface WriteRecorder {
  readonly document: Document;
  /** Hands what waits to the engine. */
  flush(): void;
  /** Puts the natives back. */
  stop(): void;
}

/** @throws where the page does not let its functions be replaced; nothing is replaced then. */
export function watchWrites(
  target: PageWindow,
  realm: CleanRealm,
  post: (message: ToEngine) => void,
): WriteRecorder {
  const recorder = new Recorder(target, realm, post);
  recorder.start();
  return recorder;
}

type Native = (...args: unknown[]) => unknown;
/** Told of a call that did not throw. */
type After = (self: unknown, args: readonly unknown[], result: unknown) => void;

class Recorder implements WriteRecorder {
  readonly document: Document;
  readonly #target: PageWindow;
  readonly #realm: CleanRealm;
  readonly #post: (message: ToEngine) => void;
  readonly #ask: StorageFunctions;
  readonly #openOf: (transaction: object) => OpenTransaction | undefined;
  readonly #remember: (transaction: object, open: OpenTransaction) => void;
  #wrappers: Wrapper | undefined;
  #stopped = false;
  #database = "";
  #stores: string[];
  #keys: unknown[];

  constructor(target: PageWindow, realm: CleanRealm, post: (message: ToEngine) => void) {
    this.document = target.document;
    this.#target = target;
    this.#realm = realm;
    this.#post = post;
    this.#ask = storageFunctionsOf(target, realm);
    const { apply, window } = realm;
    const transactions = new window.WeakMap<object, OpenTransaction>();
    const { get, set } = window.WeakMap.prototype;
    this.#openOf = (transaction) => apply(get, transactions, [transaction]) as OpenTransaction | undefined;
    this.#remember = (transaction, open) => apply(set, transactions, [transaction, open]);
    this.#stores = new window.Array<string>();
    this.#keys = new window.Array<unknown>();
  }

  start(): void {
    try {
      this.#wrapAll("IDBObjectStore", {
        add: (store, _args, request) => this.#wrote(store, request, undefined, false),
        put: (store, _args, request) => this.#wrote(store, request, undefined, false),
        delete: (store, args) => this.#deleted(store, args[0]),
        clear: (store) => this.#wrote(store, undefined, undefined, true),
      });
      this.#wrapAll("IDBCursor", {
        update: (cursor, _args, request) => this.#wrote(this.#storeOf(cursor), request, undefined, false),
        delete: (cursor) => {
          const key = this.#ask.copyOfKey(this.#ask.keyOfCursor(cursor));
          this.#wrote(this.#storeOf(cursor), undefined, key, false);
        },
      });
      this.#wrapAll("IDBDatabase", {
        deleteObjectStore: (database) => this.#lost(this.#ask.nameOfDatabase(database), "upgraded"),
      });
      this.#wrapAll("IDBFactory", {
        open: (_factory, args, request) => this.#opening(args[0], request),
        deleteDatabase: (_factory, args, request) => this.#changing(args[0], request, "deleted"),
      });
    } catch (error) {
      this.stop();
      throw error;
    }
  }

  flush(): void {
    if (this.#keys.length === 0) return;
    this.#post(["wrote", this.#database, this.#stores, this.#keys]);
    this.#stores = new this.#realm.window.Array<string>();
    this.#keys = new this.#realm.window.Array<unknown>();
  }

  stop(): void {
    this.#stopped = true;
    for (let wrapper = this.#wrappers; wrapper !== undefined; wrapper = wrapper.next) {
      const { prototype, name, native, proxy } = wrapper;
      // Somebody wrapped ours since: it stays below theirs, and only passes on.
      if ((prototype as Record<string, unknown>)[name] === proxy) {
        this.#realm.defineProperty(prototype, name, { value: native });
      }
    }
  }

  #wrapAll<I extends WatchedInterface>(
    interfaceName: I,
    after: Readonly<Record<(typeof WATCHED)[I][number], After>>,
  ): void {
    const { prototype } = (this.#target as unknown as Record<string, { prototype: object }>)[
      interfaceName
    ] as { prototype: object };
    const names = WATCHED[interfaceName];
    for (let i = 0; i < names.length; i++) {
      const name = names[i] as (typeof WATCHED)[I][number];
      this.#wrap(prototype, name, after[name]);
    }
  }

  #wrap(prototype: object, name: string, after: After): void {
    const { apply, defineProperty, window } = this.#realm;
    const native = (prototype as Record<string, unknown>)[name] as Native;
    const proxy = new window.Proxy(native, {
      apply: (_native, self: unknown, args: unknown[]) => {
        const result = apply(native, self, args);
        if (!this.#stopped) {
          try {
            after(self, args, result);
          } catch {
            // The page's call has done its work; that it is not in the record is no concern of the page.
            this.#lostSomewhere();
          }
        }
        return result;
      },
    });
    if (!defineProperty(prototype, name, { value: proxy })) {
      throw new window.TypeError(`The page does not let ${name} be watched.`);
    }
    this.#wrappers = { prototype, name, native, proxy, next: this.#wrappers };
  }

  #storeOf(cursor: unknown): unknown {
    const source = this.#ask.sourceOfCursor(cursor);
    try {
      return this.#ask.storeOfIndex(source);
    } catch {
      return source;
    }
  }

  #deleted(store: unknown, query: unknown): void {
    let key: unknown;
    let isRange = true;
    try {
      key = this.#ask.onlyKeyOf(query);
    } catch {
      isRange = false;
      key = this.#ask.copyOfKey(query);
    }
    this.#wrote(store, undefined, key, isRange && key === undefined);
  }

  #wrote(store: unknown, request: unknown, key: unknown, isAll: boolean): void {
    const transaction = this.#ask.transactionOfStore(store);
    let open = this.#openOf(transaction);
    if (open === undefined) {
      open = this.#begin(transaction);
      this.#remember(transaction, open);
    }
    open.count++;
    if (open.count > MAX_IN_TRANSACTION) open.last = undefined;
    else open.last = { store: this.#ask.nameOfStore(store), request, key, isAll, next: open.last };
  }

  #begin(transaction: object): OpenTransaction {
    const database = this.#ask.nameOfDatabase(this.#ask.databaseOf(transaction));
    const open: OpenTransaction = { database, last: undefined, count: 0 };
    // An aborted one is forgotten with its transaction.
    this.#ask.listen(transaction, "complete", () => {
      try {
        if (!this.#stopped) this.#committed(open);
      } catch {
        this.#lostSomewhere();
      }
    });
    return open;
  }

  #committed({ database, last, count }: OpenTransaction): void {
    if (count > MAX_IN_TRANSACTION) this.#lost(database, "tooMany");
    for (let write = last; write !== undefined; write = write.next) {
      if (write.isAll) {
        this.#lost(database, "cleared", write.store);
        continue;
      }
      const key = write.request === undefined ? write.key : this.#ask.resultOf(write.request);
      // A request that failed, and whose failure the page let pass.
      if (key !== undefined) this.#keep(database, write.store, key);
    }
  }

  #keep(database: string, store: string, key: unknown): void {
    if (database !== this.#database) this.flush();
    this.#database = database;
    this.#stores[this.#stores.length] = store;
    this.#keys[this.#keys.length] = key;
    if (this.#keys.length === MAX_WAITING) this.flush();
  }

  /** An open may upgrade: whatever happens to stores then is not followed. */
  #opening(name: unknown, request: unknown): void {
    this.#ask.listen(request, "upgradeneeded", () => {
      if (!this.#stopped) this.#changing(name, request, "upgraded");
    });
  }

  /** Before and after, since a comparison may begin in between. */
  #changing(name: unknown, request: unknown, why: LostReason): void {
    // Another value was made a text by the native; doing so again would run the page's code twice.
    const database = typeof name === "string" ? name : undefined;
    this.#lost(database, why);
    this.#ask.listen(request, "success", () => {
      if (!this.#stopped) this.#lost(database, why);
    });
  }

  /** Of the store, of all of the database, or of all. */
  #lost(database: string | undefined, why: LostReason, store?: string): void {
    this.flush();
    this.#post(["lost", why, database, store]);
  }

  #lostSomewhere(): void {
    this.#lost(undefined, "tooMany");
  }
}
