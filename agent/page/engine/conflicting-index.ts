import { compareBytes } from "../../../core/key/compare-bytes.ts";
import { encodeKey } from "../../../core/key/encode-key.ts";
import { keyAtPath } from "./key-path.ts";
import { resultOf } from "./requests.ts";

/** Name of the unique index that holds one of the value's keys for another record; undefined: none found. */
export async function conflictingIndex(
  store: IDBObjectStore,
  value: unknown,
  primaryKey: Uint8Array,
): Promise<string | undefined> {
  for (const name of store.indexNames) {
    const index = store.index(name);
    if (!index.unique) continue;
    for (const key of indexKeys(index, value)) {
      const holder = await resultOf(index.getKey(key));
      if (holder !== undefined && compareBytes(encodeKey(holder), primaryKey) !== 0) return name;
    }
  }
  return undefined;
}

/** What is no valid key does not stand in an index. */
function indexKeys(index: IDBIndex, value: unknown): IDBValidKey[] {
  const key = keyAtPath(value, index.keyPath);
  const keys = index.multiEntry && Array.isArray(key) ? (key as unknown[]) : [key];
  return keys.filter((each): each is IDBValidKey => {
    try {
      encodeKey(each);
      return true;
    } catch {
      return false;
    }
  });
}
