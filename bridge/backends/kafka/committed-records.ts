/**
 * Which of the records that a broker has sent are committed, and where to go on.
 *
 * A broker sends up to the last stable offset, with the records of aborted transactions among them, and names those:
 * from its first offset on, what a producer wrote belongs to an aborted transaction, up to the control marker that says so.
 * Control markers have offsets of their own and hold no record. Compaction leaves gaps, takes records out of batches
 * and keeps a batch's last offset: the next offset is the one after the last batch, whatever it holds. An answer without
 * batches moves nothing: brokers give one, too, while they do not know where in a file their end is.
 */
import type { Fetched, FetchedBatch, FetchedRecord } from "./client/kafka-cluster.ts";

export interface CommittedRecords {
  readonly records: readonly FetchedRecord[];
  /** The first offset that has not been looked at. */
  readonly next: number;
}

/** @param from The offset that was asked for: a batch may begin before it. */
export function committedRecords(fetched: Fetched, from: number): CommittedRecords {
  const records: FetchedRecord[] = [];
  const toCome = [...fetched.aborted].sort((a, b) => a.firstOffset - b.firstOffset);
  const aborted = new Set<bigint>();
  let next = from;
  for (const batch of fetched.batches) {
    while (toCome[0] !== undefined && toCome[0].firstOffset <= batch.lastOffset) {
      aborted.add((toCome.shift() as { producerId: bigint }).producerId);
    }
    if (batch.isControl) aborted.delete(batch.producerId);
    else if (!batch.isTransactional || !aborted.has(batch.producerId)) addFrom(records, batch, from);
    next = Math.max(next, batch.lastOffset + 1);
  }
  return { records, next };
}

function addFrom(records: FetchedRecord[], batch: FetchedBatch, from: number): void {
  for (const record of batch.records) if (record.offset >= from) records.push(record);
}
