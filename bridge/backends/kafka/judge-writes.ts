/** Which operations may be written, by what the topic says so far. */

import { EntryState } from "../../../core/batch/entry-batch.ts";
import type { BackendOutcome, BackendWrite } from "../backend.ts";
import type { RowHead } from "../shared/document-rows.ts";
import { keyText } from "../shared/key-text.ts";
import { tokenAfter } from "../shared/tokens.ts";
import type { OutgoingRecord } from "./client/kafka-cluster.ts";
import { toTopicRecord } from "./record-format.ts";

/** An operation that somebody waits for. */
export interface PendingWrite {
  readonly operation: BackendWrite;
  readonly writer: string;
}

export type Verdict =
  | { readonly is: "accepted"; readonly token: string; readonly record: OutgoingRecord }
  | { readonly is: "applied"; readonly token: string }
  | { readonly is: "missed" }
  | { readonly is: "rejected"; readonly outcome: BackendOutcome };

/**
 * One verdict an operation, in order; later operations see earlier ones.
 *
 * @param heads What is there, by keyText; keys that are not are missing.
 */
export function judgeWrites(
  writes: readonly PendingWrite[],
  heads: ReadonlyMap<string, RowHead>,
  maxRecordBytes: number,
): Verdict[] {
  const versions = new Map<string, string>();
  return writes.map(({ operation, writer }): Verdict => {
    const { key, expect, opId } = operation;
    const text = keyText(key);
    const token = tokenAfter(expect, opId);
    const current = versions.get(text) ?? versionOf(heads.get(text));
    if (token === undefined || current === undefined) return { is: "missed" };
    if (current === token) return { is: "applied", token };
    if (current !== expect) return { is: "missed" };
    const record = toTopicRecord(operation, token, writer);
    const bytes = record.key.length + (record.value?.length ?? 0);
    if (bytes > maxRecordBytes) return { is: "rejected", outcome: tooLarge(bytes, maxRecordBytes) };
    versions.set(text, token);
    return { is: "accepted", token, record };
  });
}

/** Null where nothing is there; undefined where nobody can say what is. */
function versionOf(head: RowHead | undefined): string | null | undefined {
  if (head === undefined) return null;
  return head.state === EntryState.unreadable ? undefined : head.token;
}

const tooLarge = (bytes: number, max: number): BackendOutcome => ({
  status: "rejected",
  code: "too-large",
  reason: `Its record has ${bytes} bytes, the topic takes ${max}: raise max.message.bytes of the topic.`,
});
