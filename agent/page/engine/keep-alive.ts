import { resultOf } from "./requests.ts";

/** Longer than this a transaction is not held open: the page may want the store (decision 6). */
const LONGEST_MS = 2_000;

/** Waits within a transaction for what is no request of its own: other requests keep it alive meanwhile. */
export async function keepingAlive<T>(store: IDBObjectStore, work: Promise<T>): Promise<T> {
  let isOver = false;
  const over = () => {
    isOver = true;
  };
  work.then(over, over);
  const end = performance.now() + LONGEST_MS;
  while (!isOver) {
    if (performance.now() > end) throw new Error("Reading the record's files took too long to guard it.");
    await resultOf(store.count(0));
  }
  return work;
}
