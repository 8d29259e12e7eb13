/** One broker by the plain requests of the client, with nothing of the product in it. */
import { Connection, createTopicsV7, fetchV13, metadataV12, produceV9 } from "@platformatic/kafka";
import { atATime, inChunks } from "./bare-backend.ts";

export interface RawRecord {
  readonly key: Buffer;
  readonly value: Buffer;
  readonly headers: Map<Buffer, Buffer>;
}

const FETCH_BYTES = 8 * 1024 * 1024;
const MESSAGE_BYTES = 16 * 1024 * 1024;
/** Of a request: more make nothing faster. */
const RECORDS_A_REQUEST = 2_000;
/** As Kafka's own producer has them under way. */
const REQUESTS_UNDER_WAY = 5;
const READ_COMMITTED = 1;
const IS_CONTROL = 32;
const ALL_REPLICAS = -1;
const TIMEOUT_MS = 30_000;

export class BareKafka {
  readonly #connection: Connection;

  private constructor(connection: Connection) {
    this.#connection = connection;
  }

  /** @param broker host:port */
  static async connect(broker: string): Promise<BareKafka> {
    const [host = "", port] = broker.split(":");
    const connection = new Connection("benchmark", { requestTimeout: TIMEOUT_MS, maxInflights: 100 });
    await connection.connect(host, Number(port));
    return new BareKafka(connection);
  }

  /** Of one partition. */
  async makeTopic(name: string): Promise<void> {
    const configs = [{ name: "max.message.bytes", value: String(MESSAGE_BYTES) }];
    const topic = { name, numPartitions: 1, replicationFactor: 1, assignments: [], configs };
    await createTopicsV7.api.async(this.#connection, [topic], TIMEOUT_MS, false);
  }

  /** All that is committed, in order; `use` gets the records of one answer. */
  async consume(topic: string, use: (records: readonly RawRecord[]) => void): Promise<void> {
    const { topics } = await metadataV12.api.async(this.#connection, [topic], false, false);
    const topicId = topics[0]?.topicId ?? "";
    let end = 1n;
    for (let at = 0n; at < end; ) {
      const partition = {
        partition: 0,
        currentLeaderEpoch: -1,
        fetchOffset: at,
        lastFetchedEpoch: -1,
        partitionMaxBytes: FETCH_BYTES,
      };
      const wanted = [{ topicId, partitions: [partition] }];
      const answer = await fetchV13.api.async(
        this.#connection,
        0,
        1,
        FETCH_BYTES,
        READ_COMMITTED,
        0,
        -1,
        wanted,
        [],
        "",
      );
      const part = answer.responses[0]?.partitions[0];
      if (part === undefined) throw new Error(`the broker answered nothing of ${topic}`);
      end = part.lastStableOffset;
      for (const { attributes, records, firstOffset, lastOffsetDelta } of part.records ?? []) {
        at = firstOffset + BigInt(lastOffsetDelta) + 1n;
        if ((attributes & IS_CONTROL) === 0) {
          use(
            records.map(({ key, value, headers }) => ({
              key: key as Buffer,
              value: value as Buffer,
              headers: new Map(headers as [Buffer, Buffer][]),
            })),
          );
        }
      }
    }
  }

  /** Appends to a topic of one partition, acknowledged by all replicas. */
  async produce(topic: string, records: readonly RawRecord[]): Promise<void> {
    const timestamp = BigInt(Date.now());
    await atATime(REQUESTS_UNDER_WAY, inChunks(records, RECORDS_A_REQUEST), (some) => {
      const messages = some.map((record) => ({ ...record, topic, partition: 0, timestamp }));
      return produceV9.api.async(this.#connection, ALL_REPLICAS, TIMEOUT_MS, messages);
    });
  }

  async close(): Promise<void> {
    await this.#connection.close();
  }
}
