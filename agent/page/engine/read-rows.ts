/** Records of a span, with their keys; a record that cannot be read does not hide the others. */
import { keyAtPath } from "./key-path.ts";
import { isEmpty, type KeySpan, rangeOf } from "./key-span.ts";
import type { OpenStore } from "./open-store.ts";
import { resultOf } from "./requests.ts";

/** Stands in the place of a value that the browser could not read. */
export class Unreadable {
  readonly reason: string;

  constructor(reason: string) {
    this.reason = reason;
  }
}

export interface Row {
  readonly key: IDBValidKey;
  /** May be `Unreadable`. */
  readonly value: unknown;
}

/** The first `limit` records of the span, in one transaction. Fewer means that the span ends there. */
export async function readRows(store: OpenStore, span: KeySpan, limit: number): Promise<Row[]> {
  if (isEmpty(span)) return [];
  const range = rangeOf(span);
  const inTransaction = store.begin();
  const { keyPath } = store;
  try {
    if (keyPath !== null) {
      const values: unknown[] = await resultOf(inTransaction.getAll(range, limit));
      return values.map((value) => ({ key: keyAtPath(value, keyPath) as IDBValidKey, value }));
    }
    const [keys, values] = await Promise.all([
      resultOf(inTransaction.getAllKeys(range, limit)),
      resultOf(inTransaction.getAll(range, limit)),
    ]);
    return keys.map((key, index) => ({ key, value: values[index] as unknown }));
  } catch (error) {
    return readAroundPoison(store, span, limit, error);
  }
}

/** Halves the batch until the records that the browser cannot read stand alone. */
async function readAroundPoison(
  store: OpenStore,
  span: KeySpan,
  limit: number,
  error: unknown,
): Promise<Row[]> {
  // Fails too where the error was not one record's: then nothing can be read, and the task ends with it.
  const keys = await resultOf(store.begin().getAllKeys(rangeOf(span), limit));
  if (keys.length === 0) throw error;
  const rows: Row[] = [];
  const pending: [from: number, to: number][] = [[0, keys.length]];
  for (let part = pending.pop(); part !== undefined; part = pending.pop()) {
    const [from, to] = part;
    if (to - from === 1) {
      const row = await readOne(store, keys[from] as IDBValidKey);
      if (row !== undefined) rows.push(row);
      continue;
    }
    const values = await readExactly(store, keys, from, to);
    if (values !== undefined) {
      for (let i = from; i < to; i++) rows.push({ key: keys[i] as IDBValidKey, value: values[i - from] });
      continue;
    }
    const middle = (from + to) >> 1;
    pending.push([middle, to], [from, middle]);
  }
  return rows;
}

/** Undefined where a record is unreadable, or where the page changed what is there meanwhile. */
async function readExactly(
  store: OpenStore,
  keys: readonly IDBValidKey[],
  from: number,
  to: number,
): Promise<unknown[] | undefined> {
  const inTransaction = store.begin();
  const range = IDBKeyRange.bound(keys[from], keys[to - 1]);
  const [nowKeys, values] = await Promise.all([
    resultOf(inTransaction.getAllKeys(range, to - from + 1)),
    resultOf(inTransaction.getAll(range, to - from + 1)).catch(() => undefined),
  ]);
  const same =
    nowKeys.length === to - from && nowKeys.every((key, i) => indexedDB.cmp(key, keys[from + i]) === 0);
  return same ? values : undefined;
}

/** Undefined when the record is gone by now. */
async function readOne(store: OpenStore, key: IDBValidKey): Promise<Row | undefined> {
  const inTransaction = store.begin();
  try {
    const [count, value] = await Promise.all([
      resultOf(inTransaction.count(key)),
      resultOf<unknown>(inTransaction.get(key)),
    ]);
    return count === 0 ? undefined : { key, value };
  } catch (error) {
    return { key, value: new Unreadable(reasonOf(error)) };
  }
}

/** Words for the person, from an error of the browser. */
export function reasonOf(error: unknown): string {
  const { name, message } = error as { name?: unknown; message?: unknown };
  return `${String(name)}: ${String(message)}`;
}
