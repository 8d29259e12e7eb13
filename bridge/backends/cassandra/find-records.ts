/** Records by key, after everything that is under way in their partitions is finished. */
import type { BackendRecord } from "../backend.ts";
import { type RowHead, toRecord, toRowHead } from "../shared/document-rows.ts";
import { inParallel } from "../shared/in-parallel.ts";
import { keyText } from "../shared/key-text.ts";
import type { CassandraCluster } from "./cluster.ts";
import { bucketOf, findStatement, headCells, type RecordsOf, recordCells } from "./record-statements.ts";

const KEYS_PER_STATEMENT = 100;
const STATEMENTS_AT_A_TIME = 8;

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

/** Missing keys are missing in the map. */
export async function wholeRecords(
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
