import { type EntryBatch, EntryState } from "../../../core/batch/entry-batch.ts";
import { EntryBatchBuilder } from "../../../core/batch/entry-batch-builder.ts";
import type { RowHead } from "./document-rows.ts";
import { keyText } from "./key-text.ts";

/** One entry a key, in the order given. @param heads By keyText; missing = absent. */
export function headEntries(keys: readonly Uint8Array[], heads: ReadonlyMap<string, RowHead>): EntryBatch {
  const builder = new EntryBatchBuilder();
  for (const key of keys) {
    const head = heads.get(keyText(key));
    if (head === undefined) builder.push(key, EntryState.absent);
    else builder.push(key, head.state, head.digest, head.token);
  }
  return builder.build();
}
