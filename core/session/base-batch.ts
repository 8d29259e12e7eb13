import { type EntryBatch, EntryState } from "../batch/entry-batch.ts";
import { EntryBatchBuilder } from "../batch/entry-batch-builder.ts";
import type { BaseEntry } from "./ports.ts";

/** Entries in ascending key order as a batch; bodies are left out. */
export function baseBatch(entries: readonly BaseEntry[]): EntryBatch {
  const builder = new EntryBatchBuilder();
  for (const { key, state, digest, token } of entries) {
    builder.push(key, EntryState[state], state === "present" ? digest : undefined, token ?? "");
  }
  return builder.build();
}
