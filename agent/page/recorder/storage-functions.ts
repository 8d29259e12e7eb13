/**
 * The functions of IndexedDB that the recorder watches, and those it asks with: of the page's own window where they
 * are what the browser put there, else of the clean frame. They are asked by `apply`, never by name, since the page
 * may have replaced any of them since.
 */
import type { CleanRealm, PageWindow } from "../host/clean-realm.ts";

/** A wrapper is put in place of these, under their own names. */
export const WATCHED = {
  IDBObjectStore: ["add", "put", "delete", "clear"],
  IDBCursor: ["update", "delete"],
  IDBDatabase: ["deleteObjectStore"],
  IDBFactory: ["open", "deleteDatabase"],
} as const;

export type WatchedInterface = keyof typeof WATCHED;

export interface StorageFunctions {
  readonly nameOfStore: (store: unknown) => string;
  readonly transactionOfStore: (store: unknown) => object;
  readonly nameOfDatabase: (database: unknown) => string;
  readonly databaseOf: (transaction: unknown) => object;
  readonly resultOf: (request: unknown) => unknown;
  readonly sourceOfCursor: (cursor: unknown) => unknown;
  readonly keyOfCursor: (cursor: unknown) => unknown;
  readonly storeOfIndex: (index: unknown) => unknown;
  /** A copy of the key that the page cannot change any more. @throws where it is none, or a range. */
  readonly copyOfKey: (key: unknown) => unknown;
  /** The only key of a range, undefined for a wider one. @throws where it is no range. */
  readonly onlyKeyOf: (range: unknown) => unknown;
  readonly listen: (target: unknown, type: string, listener: () => void) => void;
}

/** @throws where the page has no IndexedDB. */
export function storageFunctionsOf(target: PageWindow, realm: CleanRealm): StorageFunctions {
  const { apply } = realm;
  const get = <T>(interfaceName: string, property: string): ((self: unknown) => T) => {
    const getter = getterOf(target, realm, interfaceName, property);
    return (self) => apply(getter, self, []) as T;
  };
  const lower = get<unknown>("IDBKeyRange", "lower");
  const upper = get<unknown>("IDBKeyRange", "upper");
  const only = untouched(realm, target.IDBKeyRange.only, realm.window.IDBKeyRange.only);
  const { cmp } = realm.window.IDBFactory.prototype;
  const factory = realm.window.indexedDB;
  const addListener = untouched(
    realm,
    target.EventTarget.prototype.addEventListener,
    realm.window.EventTarget.prototype.addEventListener,
  );
  return {
    nameOfStore: get("IDBObjectStore", "name"),
    transactionOfStore: get("IDBObjectStore", "transaction"),
    nameOfDatabase: get("IDBDatabase", "name"),
    databaseOf: get("IDBTransaction", "db"),
    resultOf: get("IDBRequest", "result"),
    sourceOfCursor: get("IDBCursor", "source"),
    keyOfCursor: get("IDBCursor", "primaryKey"),
    storeOfIndex: get("IDBIndex", "objectStore"),
    copyOfKey: (key) => lower(apply(only, undefined, [key])),
    onlyKeyOf: (range) => {
      const from = lower(range);
      const to = upper(range);
      if (from === undefined || to === undefined) return undefined;
      return apply(cmp, factory, [from, to]) === 0 ? from : undefined;
    },
    listen: (on, type, listener) => {
      apply(addListener, on, [type, listener]);
    },
  };
}

function getterOf(
  target: PageWindow,
  realm: CleanRealm,
  interfaceName: string,
  property: string,
): () => unknown {
  const { getOwnPropertyDescriptor } = realm.window.Object;
  const ofWindow = (window: PageWindow) => {
    const { prototype } = (window as unknown as Record<string, { prototype: object }>)[interfaceName] ?? {};
    return prototype && getOwnPropertyDescriptor(prototype, property)?.get;
  };
  return untouched(realm, ofWindow(target), ofWindow(realm.window));
}

/** The page's own function if it has the source text of the clean one: "[native code]" cannot be written. */
function untouched<F>(realm: CleanRealm, own: F, clean: F): NonNullable<F> {
  try {
    if (own && realm.functionText(own) === realm.functionText(clean)) return own;
  } catch {
    // Not even a function.
  }
  return clean as NonNullable<F>;
}
