/**
 * A Kafka cluster, by the requests of its protocol that Driftscope needs.
 *
 * Of @platformatic/kafka these are its connections and its encodings of requests alone. Its producer and consumer retry,
 * wait and number by themselves, which takes about a second a transaction (here: 20 ms) and leaves open what has been sent; here a
 * writer knows for each request whether it was sent, and whether it was answered.
 */
import { setTimeout as wait } from "node:timers/promises";
import type { Connection } from "@platformatic/kafka";
import type { TlsFiles } from "../../shared/tls-settings.ts";
import { type BrokerAddress, BrokerLink, type SaslLogin } from "./broker-link.ts";
import { isRefused, KafkaFailure } from "./kafka-failure.ts";
import { type Client, loadClient } from "./load-client.ts";

export interface ClusterSettings {
  /** For errors. */
  readonly where: string;
  /** Of which one has to answer; the others are told by it. */
  readonly brokers: readonly BrokerAddress[];
  /** How long an answer is waited for. */
  readonly requestTimeoutMs: number;
  /** Read when the cluster is connected. */
  readonly sasl?: (() => SaslLogin) | undefined;
  readonly tls?: (() => TlsFiles) | undefined;
}

export interface Topic {
  readonly name: string;
  /** Another topic of the same name has another. */
  readonly id: string;
  readonly partitions: number;
  readonly replicas: number;
  /** What this login may do with it. */
  readonly rights: { readonly read: boolean; readonly write: boolean };
}

/** Of a transactional.id: whoever has asked for it last. */
export interface Producer {
  readonly transactionalId: string;
  readonly id: bigint;
  readonly epoch: number;
}

export interface Partition {
  readonly topic: string;
  readonly partition: number;
}

export interface OutgoingRecord {
  readonly key: Uint8Array;
  readonly value: Uint8Array | null;
  readonly headers: Readonly<Record<string, string>>;
}

export interface FetchedRecord {
  readonly offset: number;
  readonly key: Uint8Array | null;
  readonly value: Uint8Array | null;
}

export interface FetchedBatch {
  readonly firstOffset: number;
  readonly lastOffset: number;
  readonly producerId: bigint;
  readonly isTransactional: boolean;
  readonly isControl: boolean;
  readonly records: readonly FetchedRecord[];
}

export interface Fetched {
  readonly batches: readonly FetchedBatch[];
  /** Of transactions that were given up: from which offset on the records of which producer. */
  readonly aborted: readonly { readonly producerId: bigint; readonly firstOffset: number }[];
  /** What lies before it is decided: committed or aborted. */
  readonly stableEnd: number;
  readonly logStart: number;
  /** The broker holds back answers for a quota: nothing says that there is nothing. */
  readonly isThrottled: boolean;
}

/** Of one answer; a larger record comes alone. */
const FETCH_BYTES = 8 * 1024 * 1024;

const READ_UNCOMMITTED = 0;
const READ_COMMITTED = 1;
const IS_TRANSACTIONAL = 16;
const IS_CONTROL = 32;
const EARLIEST = -2n;
const TRANSACTION_COORDINATOR = 1;
const TOPIC_RESOURCE = 2;
const ALL_REPLICAS = -1;
const ONLY_PARTITION = 0;
const POSITIVE = 0x7fffffff;
const READ_RIGHT = 1 << 3;
const WRITE_RIGHT = 1 << 4;

/** A bridge that died leaves its transaction open so long, unless another bridge wants to write. */
const TRANSACTION_TIMEOUT_MS = 30_000;

/** The same request gets through a moment later, perhaps at another broker: nothing was done. */
const NOT_NOW: ReadonlySet<string> = new Set([
  "LEADER_NOT_AVAILABLE",
  "NOT_LEADER_OR_FOLLOWER",
  "FENCED_LEADER_EPOCH",
  "UNKNOWN_LEADER_EPOCH",
  "OFFSET_NOT_AVAILABLE",
  "REPLICA_NOT_AVAILABLE",
  "KAFKA_STORAGE_ERROR",
  "NOT_CONTROLLER",
  "NOT_COORDINATOR",
  "COORDINATOR_NOT_AVAILABLE",
  "COORDINATOR_LOAD_IN_PROGRESS",
  "CONCURRENT_TRANSACTIONS",
  "NOT_ENOUGH_REPLICAS",
  "REQUEST_TIMED_OUT",
]);
const UNKNOWN_TOPIC = new Set(["UNKNOWN_TOPIC_OR_PARTITION"]);
const TOPIC_EXISTS = new Set(["TOPIC_ALREADY_EXISTS"]);
const FIRST_PAUSE_MS = 5;
const LONGEST_PAUSE_MS = 200;

type Request<Answer> = (client: Client, connection: Connection) => Promise<Answer>;

export class KafkaCluster {
  readonly #settings: ClusterSettings;
  readonly #links = new Map<string, Promise<BrokerLink>>();
  /** Where what a topic's or a transaction's name stands for is, as it was last told. */
  readonly #leaders = new Map<string, BrokerAddress>();
  readonly #coordinators = new Map<string, BrokerAddress>();
  #isClosed = false;
  #connections = 0;
  #findings = 0;

  /** Connects when it is first asked for something. */
  constructor(settings: ClusterSettings) {
    this.#settings = settings;
  }

  get where(): string {
    return this.#settings.where;
  }

  /**
   * Another number when a connection was made, or it was asked anew who leads: brokers that were stopped and started, and
   * leaders that changed, are seen by it.
   */
  get changes(): number {
    return this.#connections + this.#findings;
  }

  get requestTimeoutMs(): number {
    return this.#settings.requestTimeoutMs;
  }

  /** Names of the requests that the brokers know, with the newest version of each. */
  async versions(): Promise<ReadonlyMap<string, number>> {
    const answer = await this.#ofAny((client, connection) =>
      client.apiVersionsV3.api.async(connection, "driftscope", "1"),
    );
    return new Map(answer.apiKeys.map(({ name, maxVersion }) => [name, maxVersion]));
  }

  async id(): Promise<string> {
    const { clusterId } = await this.#metadata([]);
    return clusterId ?? "";
  }

  async topicNames(): Promise<string[]> {
    const { topics } = await this.#metadata(null);
    return topics.flatMap(({ name, isInternal }) => (isInternal || !name ? [] : [name]));
  }

  /** Undefined where there is none of this name. */
  async topic(name: string): Promise<Topic | undefined> {
    try {
      const { topics } = await this.#metadata([name]);
      const [found] = topics;
      if (found === undefined) return undefined;
      const { topicId: id, partitions, topicAuthorizedOperations: operations } = found;
      return {
        name,
        id,
        partitions: partitions.length,
        replicas: partitions[ONLY_PARTITION]?.replicaNodes.length ?? 0,
        rights: { read: (operations & READ_RIGHT) !== 0, write: (operations & WRITE_RIGHT) !== 0 },
      };
    } catch (error) {
      if (isRefused(error, UNKNOWN_TOPIC)) return undefined;
      throw error;
    }
  }

  /** Of one partition, unless there is one already. @param replicas -1 = as the cluster says. */
  async createTopic(
    name: string,
    replicas: number,
    configs: Readonly<Record<string, string>>,
  ): Promise<void> {
    const topic = {
      name,
      numPartitions: 1,
      replicationFactor: replicas,
      assignments: [],
      configs: Object.entries(configs).map(([name, value]) => ({ name, value })),
    };
    try {
      await this.#ofAny((client, connection) =>
        client.createTopicsV7.api.async(connection, [topic], this.requestTimeoutMs, false),
      );
    } catch (error) {
      if (!isRefused(error, TOPIC_EXISTS)) throw error;
    }
  }

  async topicConfig(name: string): Promise<ReadonlyMap<string, string>> {
    const resource = { resourceType: TOPIC_RESOURCE, resourceName: name } as const;
    const { results } = await this.#ofAny((client, connection) =>
      client.describeConfigsV4.api.async(connection, [resource], false, false),
    );
    return new Map((results[0]?.configs ?? []).map(({ name, value }) => [name, value ?? ""]));
  }

  /**
   * Committed records from an offset on.
   *
   * @param waitMs How long the broker may wait for the first one.
   * @param bytes About the most of an answer, which has one batch at the least.
   */
  fetch(topic: Topic, offset: number, waitMs = 0, bytes = FETCH_BYTES): Promise<Fetched> {
    return this.#fetch(topic, offset, waitMs, bytes, READ_COMMITTED);
  }

  /** Where the first batch begins that ends at an offset or behind it, committed or not; undefined = none was shown. */
  async nextBatch(topic: Topic, offset: number): Promise<number | undefined> {
    const { batches } = await this.#fetch(topic, offset, 0, 1, READ_UNCOMMITTED);
    return batches.find(({ lastOffset }) => lastOffset >= offset)?.firstOffset;
  }

  async #fetch(
    topic: Topic,
    offset: number,
    waitMs: number,
    bytes: number,
    isolation: number,
  ): Promise<Fetched> {
    const partition = {
      partition: ONLY_PARTITION,
      currentLeaderEpoch: -1,
      fetchOffset: BigInt(offset),
      lastFetchedEpoch: -1,
      partitionMaxBytes: bytes,
    };
    const topics = [{ topicId: topic.id, partitions: [partition] }];
    const answer = await this.#ofLeader(onlyPartition(topic), (client, connection) =>
      client.fetchV13.api.async(connection, waitMs, 1, bytes, isolation, 0, -1, topics, [], ""),
    );
    const part = answer.responses[0]?.partitions[0];
    if (part === undefined) throw new KafkaFailure("refused", "", "an answer without the partition");
    return {
      batches: (part.records ?? []).map((batch) => {
        const firstOffset = Number(batch.firstOffset);
        return {
          firstOffset,
          lastOffset: firstOffset + batch.lastOffsetDelta,
          producerId: batch.producerId,
          isTransactional: (batch.attributes & IS_TRANSACTIONAL) !== 0,
          isControl: (batch.attributes & IS_CONTROL) !== 0,
          records: batch.records.map(({ offsetDelta, key, value }) => ({
            offset: firstOffset + offsetDelta,
            key,
            value,
          })),
        };
      }),
      aborted: (part.abortedTransactions ?? []).map(({ producerId, firstOffset }) => ({
        producerId,
        firstOffset: Number(firstOffset),
      })),
      stableEnd: Number(part.lastStableOffset),
      logStart: Number(part.logStartOffset),
      isThrottled: answer.throttleTimeMs > 0,
    };
  }

  /** The first offset that was not deleted. */
  async logStart(topic: Topic): Promise<number> {
    const partitions = [{ partitionIndex: ONLY_PARTITION, currentLeaderEpoch: -1, timestamp: EARLIEST }];
    const answer = await this.#ofLeader(onlyPartition(topic), (client, connection) =>
      client.listOffsetsV7.api.async(connection, -1, READ_COMMITTED, [{ name: topic.name, partitions }]),
    );
    return Number(answer.topics[0]?.partitions[0]?.offset ?? 0n);
  }

  // ---- transactions

  /** Whether somebody's is under way, or about to end. */
  async isTransactionOpen(transactionalId: string): Promise<boolean> {
    try {
      const { transactionStates } = await this.#ofCoordinator(transactionalId, (client, connection) =>
        client.describeTransactionsV0.api.async(connection, [transactionalId]),
      );
      return transactionStates[0]?.transactionState === "Ongoing";
    } catch (error) {
      if (isRefused(error, new Set(["TRANSACTIONAL_ID_NOT_FOUND"]))) return false;
      throw error;
    }
  }

  /**
   * From now on nobody else can write by this id. What was open is ended when this answers: a transaction whose commit the
   * coordinator has accepted is committed, any other is aborted.
   */
  async takeOver(transactionalId: string): Promise<Producer> {
    const { producerId, producerEpoch } = await this.#ofCoordinator(transactionalId, (client, connection) =>
      client.initProducerIdV4.api.async(connection, transactionalId, TRANSACTION_TIMEOUT_MS, -1n, -1),
    );
    return { transactionalId, id: producerId, epoch: producerEpoch };
  }

  /** Begins a transaction, which is to write to these. */
  async begin({ transactionalId, id, epoch }: Producer, partitions: readonly Partition[]): Promise<void> {
    const names = [...new Set(partitions.map(({ topic }) => topic))];
    const topics = names.map((name) => ({
      name,
      partitions: partitions.filter(({ topic }) => topic === name).map(({ partition }) => partition),
    }));
    const transaction = {
      transactionalId,
      producerId: id,
      producerEpoch: epoch,
      verifyOnly: false,
      topics,
    };
    await this.#ofCoordinator(transactionalId, (client, connection) =>
      client.addPartitionsToTxnV3.api.async(connection, [transaction]),
    );
  }

  /** Records by the partition that Kafka's own producers would choose for their keys. */
  async byPartition(
    records: readonly OutgoingRecord[],
    topic: { readonly name: string; readonly partitions: number } | undefined,
  ): Promise<{ to: Partition; records: OutgoingRecord[] }[]> {
    if (topic === undefined || records.length === 0) return [];
    const { murmur2 } = await loadClient();
    const parts = new Map<number, OutgoingRecord[]>();
    for (const record of records) {
      const partition = (murmur2(asBuffer(record.key)) & POSITIVE) % topic.partitions;
      const part = parts.get(partition);
      if (part === undefined) parts.set(partition, [record]);
      else part.push(record);
    }
    return Array.from(parts, ([partition, records]) => ({ to: { topic: topic.name, partition }, records }));
  }

  /**
   * One batch.
   *
   * @param sequence Records that this producer has sent there before.
   * @returns The offset of the first one; the others follow it.
   */
  async append(
    { transactionalId, id, epoch }: Producer,
    to: Partition,
    sequence: number,
    records: readonly OutgoingRecord[],
  ): Promise<number> {
    const answer = await this.#ofLeader(to, (client, connection) => {
      const sequences = new client.NumericMap();
      sequences.set(`${to.topic}:${to.partition}`, sequence);
      const timestamp = BigInt(Date.now());
      const messages = records.map(({ key, value, headers }) => ({
        ...to,
        timestamp,
        key: asBuffer(key),
        // The client's type knows no null, its encoding does.
        value: (value === null ? null : asBuffer(value)) as Buffer,
        headers: new Map(
          Object.entries(headers).map(([name, text]) => [Buffer.from(name), Buffer.from(text)]),
        ),
      }));
      const options = { transactionalId, producerId: id, producerEpoch: epoch, sequences };
      return client.produceV9.api.async(connection, ALL_REPLICAS, this.requestTimeoutMs, messages, options);
    });
    const part = typeof answer === "boolean" ? undefined : answer.responses[0]?.partitionResponses[0];
    if (part === undefined) throw new KafkaFailure("unanswered", "", "an answer without the partition");
    return Number(part.baseOffset);
  }

  /** Asked once: who gets no answer does not know what became of it. */
  commit(producer: Producer): Promise<void> {
    return this.#end(producer, true);
  }

  /** Takes back what the open transaction has written; its producer may begin another one. */
  abort(producer: Producer): Promise<void> {
    return this.#end(producer, false);
  }

  async #end({ transactionalId, id, epoch }: Producer, isCommit: boolean): Promise<void> {
    await this.#ofCoordinator(transactionalId, (client, connection) =>
      client.endTxnV3.api.async(connection, transactionalId, id, epoch, isCommit),
    );
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    const links = await Promise.allSettled(this.#links.values());
    this.#links.clear();
    for (const link of links) if (link.status === "fulfilled") link.value.destroy();
  }

  // ---- whom to ask

  #metadata(topics: string[] | null) {
    return this.#ofAny((client, connection) => client.metadataV12.api.async(connection, topics, false, true));
  }

  /** Of any broker: the first that is reached. */
  #ofAny<Answer>(request: Request<Answer>): Promise<Answer> {
    return this.#persist(async () => {
      let failure: unknown;
      for (const address of this.#settings.brokers) {
        try {
          return await this.#of(address, request);
        } catch (error) {
          if (!(error instanceof KafkaFailure) || error.kind !== "unreachable") throw error;
          failure = error;
        }
      }
      throw failure;
    });
  }

  #ofLeader<Answer>(of: Partition, request: Request<Answer>): Promise<Answer> {
    const name = `${of.topic}:${of.partition}`;
    return this.#ofOne(this.#leaders, name, () => this.#findLeader(of), request);
  }

  #ofCoordinator<Answer>(transactionalId: string, request: Request<Answer>): Promise<Answer> {
    return this.#ofOne(
      this.#coordinators,
      transactionalId,
      () => this.#findCoordinator(transactionalId),
      request,
    );
  }

  #ofOne<Answer>(
    known: Map<string, BrokerAddress>,
    name: string,
    find: () => Promise<BrokerAddress>,
    request: Request<Answer>,
  ): Promise<Answer> {
    return this.#persist(async () => {
      let address = known.get(name);
      if (address === undefined) {
        address = await find();
        known.set(name, address);
      }
      try {
        return await this.#of(address, request);
      } catch (error) {
        // It may have moved.
        known.delete(name);
        throw error;
      }
    });
  }

  async #findLeader({ topic, partition }: Partition): Promise<BrokerAddress> {
    this.#findings++;
    const { topics, brokers } = await this.#metadata([topic]);
    const leader = topics[0]?.partitions.find(({ partitionIndex }) => partitionIndex === partition)?.leaderId;
    const broker = brokers.find(({ nodeId }) => nodeId === leader);
    if (broker === undefined) throw new KafkaFailure("refused", "LEADER_NOT_AVAILABLE", "no leader");
    return broker;
  }

  async #findCoordinator(transactionalId: string): Promise<BrokerAddress> {
    const { coordinators } = await this.#ofAny((client, connection) =>
      client.findCoordinatorV4.api.async(connection, TRANSACTION_COORDINATOR, [transactionalId]),
    );
    const [coordinator] = coordinators;
    if (coordinator === undefined) {
      throw new KafkaFailure("refused", "COORDINATOR_NOT_AVAILABLE", "no coordinator");
    }
    return coordinator;
  }

  /** Again, for as long as brokers answer that they cannot do it at the moment. */
  async #persist<Answer>(attempt: () => Promise<Answer>): Promise<Answer> {
    const deadline = performance.now() + this.requestTimeoutMs;
    for (let pause = FIRST_PAUSE_MS; ; pause = Math.min(pause * 2, LONGEST_PAUSE_MS)) {
      try {
        return await attempt();
      } catch (error) {
        if (!isRefused(error, NOT_NOW) || performance.now() + pause > deadline) throw error;
      }
      await wait(pause);
    }
  }

  async #of<Answer>({ host, port }: BrokerAddress, request: Request<Answer>): Promise<Answer> {
    const client = await loadClient();
    const link = await this.#link(client, { host, port });
    return link.ask((connection) => request(client, connection));
  }

  async #link(client: Client, address: BrokerAddress): Promise<BrokerLink> {
    if (this.#isClosed) throw new KafkaFailure("unreachable", "", "the connection was closed");
    const name = `${address.host}:${address.port}`;
    const before = this.#links.get(name);
    const known = await before?.catch(() => undefined);
    if (known?.isOpen) return known;
    if (this.#links.get(name) === before) this.#links.delete(name);
    // Somebody else may have begun one meanwhile.
    const link = this.#links.get(name) ?? this.#open(client, address);
    this.#links.set(name, link);
    try {
      return await link;
    } catch (error) {
      if (this.#links.get(name) === link) this.#links.delete(name);
      throw error;
    }
  }

  #open(client: Client, address: BrokerAddress): Promise<BrokerLink> {
    const { requestTimeoutMs, sasl, tls } = this.#settings;
    this.#connections++;
    return BrokerLink.open(client, address, { timeoutMs: requestTimeoutMs, sasl: sasl?.(), tls: tls?.() });
  }
}

/** Of a collection's topic. */
export const onlyPartition = ({ name }: Topic): Partition => ({ topic: name, partition: ONLY_PARTITION });

const asBuffer = (bytes: Uint8Array): Buffer => Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
