/** Records by key, after everything that is under way in their partitions is finished. */
import { type EntryBatch, EntryState } from "../../../core/batch/entry-batch.ts";
import { EntryBatchBuilder } from "../../../core/batch/entry-batch-builder.ts";
import { TARGET_ITEM_BYTES } from "../../../core/protocol/limits.ts";
import type { BackendRecord } from "../backend.ts";
import { type RowHead, toRecord, toRowHead } from "../document-rows.ts";
import { keyText } from "../key-text.ts";
import type { CassandraCluster } from "./cluster.ts";
import { inParallel } from "./in-parallel.ts";
import { bucketOf, findStatement, headCells, type RecordsOf, recordCells } from "./record-statements.ts";

const KEYS_PER_STATEMENT = 100;
const STATEMENTS_AT_A_TIME = 8;

/** Keys whose records are read at a time: few before their size is known. */
const FIRST_WINDOW = 16;
const MAX_WINDOW = 1000;
/** Of the bodies of a window. */
const WINDOW_BYTES = 4 * 1024 * 1024;

/** Missing keys are missing in the map. */
export async function findHeads(
  cluster: CassandraCluster,
  records: RecordsOf,
  keys: readonly Uint8Array[],
): Promise<Map<string, RowHead>> {
  const heads = new Map<string, RowHead>();
  await inParallel(inStatements(records, keys), STATEMENTS_AT_A_TIME, async ([bucket, some]) => {
    for (const row of await cluster.serialRows(findStatement(records, bucket, some, "head"))) {
      const head = toRowHead(headCells(row));
      heads.set(keyText(head.key), head);
    }
  });
  return heads;
}

/** One entry a key, in the order given. */
export async function lookupEntries(
  cluster: CassandraCluster,
  records: RecordsOf,
  keys: readonly Uint8Array[],
): Promise<EntryBatch> {
  const heads = await findHeads(cluster, records, keys);
  const builder = new EntryBatchBuilder();
  for (const key of keys) {
    const head = heads.get(keyText(key));
    if (head === undefined) builder.push(key, EntryState.absent);
    else builder.push(key, head.state, head.digest, head.token);
  }
  return builder.build();
}

/** Each key once, in the order given; a chunk has about TARGET_ITEM_BYTES, or one longer record. */
export async function* findRecords(
  cluster: CassandraCluster,
  records: RecordsOf,
  keys: readonly Uint8Array[],
  signal: AbortSignal,
): AsyncGenerator<BackendRecord[]> {
  let chunk: BackendRecord[] = [];
  let chunkBytes = 0;
  let window = FIRST_WINDOW;
  for (let from = 0; from < keys.length; ) {
    signal.throwIfAborted();
    const some = keys.slice(from, from + window);
    from += some.length;
    const found = await wholeRecords(cluster, records, some);
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

async function wholeRecords(
  cluster: CassandraCluster,
  records: RecordsOf,
  keys: readonly Uint8Array[],
): Promise<Map<string, BackendRecord>> {
  const found = new Map<string, BackendRecord>();
  await inParallel(inStatements(records, keys), STATEMENTS_AT_A_TIME, async ([bucket, some]) => {
    for (const row of await cluster.serialRows(findStatement(records, bucket, some, "whole"))) {
      const record = toRecord(recordCells(row));
      found.set(keyText(record.key), record);
    }
  });
  return found;
}

/** Keys by bucket, so many as one statement takes. */
function inStatements(
  records: RecordsOf,
  keys: readonly Uint8Array[],
): [bucket: number, keys: Uint8Array[]][] {
  const statements: [number, Uint8Array[]][] = [];
  const open = new Map<number, Uint8Array[]>();
  for (const key of keys) {
    const bucket = bucketOf(records, key);
    let some = open.get(bucket);
    if (some === undefined || some.length === KEYS_PER_STATEMENT) {
      some = [];
      open.set(bucket, some);
      statements.push([bucket, some]);
    }
    some.push(key);
  }
  return statements;
}
