/** Appends records of one producer, in requests of bounded size. */
import { inGroups } from "../shared/in-groups.ts";
import type { KafkaCluster, OutgoingRecord, Partition, Producer } from "./client/kafka-cluster.ts";
import { isRefused } from "./client/kafka-failure.ts";
import { RECORD_OVERHEAD_BYTES } from "./record-format.ts";

/** Of one request; more makes nothing faster. */
const BATCH_RECORDS = 2000;
const BATCH_BYTES = 1024 * 1024;

/** Somebody has taken over, or the coordinator has forgotten us: nothing of the transaction will ever be committed. */
const FENCED: ReadonlySet<string> = new Set([
  "PRODUCER_FENCED",
  "INVALID_PRODUCER_EPOCH",
  "INVALID_PRODUCER_ID_MAPPING",
  "UNKNOWN_PRODUCER_ID",
  "OUT_OF_ORDER_SEQUENCE_NUMBER",
  "INVALID_TXN_STATE",
  "TRANSACTION_ABORTABLE",
  "TRANSACTIONAL_ID_NOT_FOUND",
]);

export const isFenced = (error: unknown): boolean => isRefused(error, FENCED);

/** What a record takes of a topic's max.message.bytes, about. */
export const sizeOf = ({ key, value }: OutgoingRecord): number =>
  key.length + (value?.length ?? 0) + RECORD_OVERHEAD_BYTES;

export class RecordAppender {
  readonly #cluster: Pick<KafkaCluster, "append">;
  /** Records that the producer has sent, by the partition's name. */
  readonly #sequences = new Map<string, number>();

  constructor(cluster: Pick<KafkaCluster, "append">) {
    this.#cluster = cluster;
  }

  /** Another producer begins. */
  startOver(): void {
    this.#sequences.clear();
  }

  /**
   * One batch at a time: their numbers have to arrive in order.
   *
   * @param maxRecordBytes The topic's.
   * @returns The offset of each record.
   */
  async append(
    producer: Producer,
    to: Partition,
    records: readonly OutgoingRecord[],
    maxRecordBytes: number,
  ): Promise<number[]> {
    const name = `${to.topic}:${to.partition}`;
    const limits = { most: BATCH_RECORDS, bytes: Math.min(BATCH_BYTES, maxRecordBytes) };
    const offsets: number[] = [];
    for (const batch of inGroups(records, limits, sizeOf)) {
      const sequence = this.#sequences.get(name) ?? 0;
      const first = await this.#cluster.append(producer, to, sequence, batch);
      for (const at of batch.keys()) offsets.push(first + at);
      this.#sequences.set(name, sequence + batch.length);
    }
    return offsets;
  }
}
