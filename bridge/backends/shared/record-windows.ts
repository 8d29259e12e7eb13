/** Whole records by key, from a server that answers for many keys at a time. */
import { TARGET_ITEM_BYTES } from "../../../core/protocol/limits.ts";
import type { BackendRecord } from "../backend.ts";
import { BackendError } from "../backend-error.ts";
import { keyText } from "./key-text.ts";

/** Keys whose records are asked for at a time, before and after their size is known. */
export interface WindowSizes {
  readonly first: number;
  readonly most: number;
}

const FEW_FIRST: WindowSizes = { first: 16, most: 1000 };
/** Of the bodies of a window. */
const WINDOW_BYTES = 4 * 1024 * 1024;

/**
 * Records by keyText; keys that are certain to be absent are missing. "later" = it is there, and the answer had no room for it
 * and for those behind it: they are asked for once more. Of the first that is there a record is given.
 */
export type FoundWindow = ReadonlyMap<string, BackendRecord | "later">;
export type FindWindow = (keys: readonly Uint8Array[]) => Promise<FoundWindow>;

/** As BackendRows.read: each key once, in the order given. */
export async function* readInWindows(
  keys: readonly Uint8Array[],
  find: FindWindow,
  signal: AbortSignal,
  sizes: WindowSizes = FEW_FIRST,
): AsyncGenerator<BackendRecord[]> {
  let chunk: BackendRecord[] = [];
  let chunkBytes = 0;
  let window = sizes.first;
  for (let from = 0; from < keys.length; ) {
    signal.throwIfAborted();
    const asked = keys.slice(from, from + window);
    const found = await find(asked);
    const some = upToLater(asked, found);
    from += some.length;
    let windowBytes = 0;
    for (const key of some) {
      const record = (found.get(keyText(key)) as BackendRecord | undefined) ?? { key, state: "absent" };
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
    window = Math.max(1, Math.min(fitting, window * 8, sizes.most));
  }
  if (chunk.length > 0) yield chunk;
}

/** The keys that are answered. @throws BackendError where not even the first one is */
function upToLater(keys: readonly Uint8Array[], found: FoundWindow): readonly Uint8Array[] {
  const end = keys.findIndex((key) => found.get(keyText(key)) === "later");
  if (end === 0)
    throw new BackendError("backend-failed", "An answer had no room for the first of its records.");
  return end === -1 ? keys : keys.slice(0, end);
}
