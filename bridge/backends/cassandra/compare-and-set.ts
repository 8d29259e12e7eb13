/** Compare-and-sets of document mode: each goes to the writer of its partition. */
import type { BackendOutcome, BackendWrite } from "../backend.ts";
import { lookAtMissed } from "../shared/missed-writes.ts";
import { tokenAfter } from "../shared/tokens.ts";
import type { CassandraCluster } from "./cluster.ts";
import { wholeRecords } from "./find-records.ts";
import { largestProposal, tooLarge } from "./largest-write.ts";
import type { PartitionWriters } from "./partition-writers.ts";
import { bucketOf, type RecordsOf, weightOf } from "./record-statements.ts";

export interface WriteTarget {
  readonly cluster: CassandraCluster;
  readonly records: RecordsOf;
  readonly writer: string;
  /** Shared by all who write to the cluster. */
  readonly partitions: PartitionWriters;
}

/** One outcome an operation, in order; no key comes twice. */
export async function compareAndSet(
  { cluster, records, writer, partitions }: WriteTarget,
  operations: readonly BackendWrite[],
): Promise<BackendOutcome[]> {
  const outcomes = new Map<string, BackendOutcome>();
  const missed: BackendWrite[] = [];
  const largest = await largestProposal(cluster);
  await Promise.all(
    operations.map(async (operation) => {
      const { opId, key, expect } = operation;
      const bytes = weightOf(operation);
      const token = tokenAfter(expect, opId);
      if (bytes > largest) {
        outcomes.set(opId, tooLarge(bytes, largest));
        return;
      }
      const partition = { cluster, records, bucket: bucketOf(records, key) };
      // What can be no version of ours is expected by nothing that is there.
      const outcome = token && (await partitions.write(partition, { operation, token, writer }));
      if (outcome) outcomes.set(opId, outcome);
      else missed.push(operation);
    }),
  );
  await lookAtMissed(missed, (keys) => wholeRecords(cluster, records, keys), outcomes);
  return operations.map(({ opId }) => outcomes.get(opId) ?? UNANSWERED);
}

const UNANSWERED: BackendOutcome = { status: "unknown", reason: "No answer came for this operation." };
