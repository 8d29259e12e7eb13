import { EntryState } from "../../../../core/batch/entry-batch.ts";
import { EntryBatchBuilder } from "../../../../core/batch/entry-batch-builder.ts";
import { encodeEntryBatch } from "../../../../core/batch/entry-batch-codec.ts";
import type { SortedEntry } from "../../../sort/external-sort.ts";
import type { EncodedEntries } from "../../backend.ts";
import { asciiOf } from "./table-row.ts";

/** @param limit The most entries of a batch. */
export function* inBatches(entries: Iterable<SortedEntry>, limit: number): Generator<EncodedEntries> {
  const builder = new EntryBatchBuilder();
  for (const { key, state, digest, token } of entries) {
    builder.push(key, state, digest, state === EntryState.notRepresentable ? asciiOf(token) : token);
    if (builder.count === limit) yield encoded(builder);
  }
  if (builder.count > 0) yield encoded(builder);
}

export function encoded(builder: EntryBatchBuilder): EncodedEntries {
  return { count: builder.count, bytes: encodeEntryBatch(builder.build()) };
}
