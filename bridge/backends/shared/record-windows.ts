/** Whole records by key, from a server that answers for many keys at a time. */
import { TARGET_ITEM_BYTES } from "../../../core/protocol/limits.ts";
import type { BackendRecord } from "../backend.ts";
import { keyText } from "./key-text.ts";

/** Keys whose records are asked for at a time: few before their size is known. */
const FIRST_WINDOW = 16;
const MAX_WINDOW = 1000;
/** Of the bodies of a window. */
const WINDOW_BYTES = 4 * 1024 * 1024;

/** Records by keyText; keys that are certain to be absent are missing. */
export type FindWindow = (keys: readonly Uint8Array[]) => Promise<ReadonlyMap<string, BackendRecord>>;

/** As BackendRows.read: each key once, in the order given. */
export async function* readInWindows(
  keys: readonly Uint8Array[],
  find: FindWindow,
  signal: AbortSignal,
): AsyncGenerator<BackendRecord[]> {
  let chunk: BackendRecord[] = [];
  let chunkBytes = 0;
  let window = FIRST_WINDOW;
  for (let from = 0; from < keys.length; ) {
    signal.throwIfAborted();
    const some = keys.slice(from, from + window);
    from += some.length;
    const found = await find(some);
    let windowBytes = 0;
    for (const key of some) {
      const record = found.get(keyText(key)) ?? { key, state: "absent" as const };
      const size = key.length + (record.body?.length ?? 0);
      windowBytes += size;
      if (chunk.length > 0 && chunkBytes + size > TARGET_ITEM_BYTES) {
        yield chunk;
        chunk = [];
        chunkBytes = 0;
      }
      chunk.push(record);
      chunkBytes += size;
    }
    const fitting = Math.floor(WINDOW_BYTES / Math.max(1, windowBytes / some.length));
    // Those that come next may be larger: it grows in steps.
    window = Math.max(1, Math.min(fitting, window * 8, MAX_WINDOW));
  }
  if (chunk.length > 0) yield chunk;
}
