/** A collection's topic in use: its configuration, its materialization and its writer. */
import { join } from "node:path";
import type { CollectionMeta } from "../../../core/session/ports.ts";
import { decodeStoredMeta, notOurs } from "../shared/stored-meta.ts";
import { findRecord } from "../sqlite/find-records.ts";
import type { KafkaCluster, Topic } from "./client/kafka-cluster.ts";
import { naming } from "./kafka-errors.ts";
import { Materialization } from "./materialization.ts";
import { META_KEY } from "./record-format.ts";
import { TopicLog } from "./topic-log.ts";
import { rulesOf, type TopicRules } from "./topic-rules.ts";
import { TopicWriter } from "./topic-writer.ts";

/** A configuration that was read is used so long: brokers need a while to take up a new one, too. */
const RULES_LAST_MS = 10_000;

export interface StoredDescription {
  readonly meta: CollectionMeta;
  /** Of the record that holds it. */
  readonly version: string;
}

export interface OpenTopicOptions {
  /** Where materializations are kept. */
  readonly folder: string;
  /** Topic to which each accepted write is told as an event; undefined = none. */
  readonly stream: string | undefined;
}

export class OpenTopic {
  readonly topic: Topic;
  readonly log: TopicLog;
  readonly writer: TopicWriter;
  readonly #cluster: KafkaCluster;
  readonly #stream: string | undefined;
  #rules: TopicRules;
  #rulesAt: number;

  private constructor(
    cluster: KafkaCluster,
    topic: Topic,
    file: string,
    rules: TopicRules,
    stream: string | undefined,
  ) {
    this.topic = topic;
    this.#cluster = cluster;
    this.#stream = stream;
    this.#rules = rules;
    this.#rulesAt = performance.now();
    const current = (): TopicRules => this.#rules;
    this.log = new TopicLog(cluster, topic, new Materialization(file), current);
    const collection = (): string => this.description(topic.name)?.meta.collection ?? topic.name;
    this.writer = new TopicWriter(cluster, this.log, current, collection);
  }

  static async open(
    cluster: KafkaCluster,
    topic: Topic,
    { folder, stream }: OpenTopicOptions,
  ): Promise<OpenTopic> {
    return naming(cluster.where, `open the topic ${topic.name}`, async () => {
      const clusterId = (await cluster.id()).replace(/[^\w-]/g, "_");
      const file = join(folder, `of-${clusterId}`, topic.name, `${topic.id}.sqlite`);
      return new OpenTopic(cluster, topic, file, await rulesOf(cluster, topic, stream), stream);
    });
  }

  /** Reads what was committed when it is called, of a topic that is still as it has to be. */
  async freshen(): Promise<void> {
    if (performance.now() - this.#rulesAt > RULES_LAST_MS) {
      this.#rules = await naming(this.#cluster.where, `open the topic ${this.topic.name}`, () =>
        rulesOf(this.#cluster, this.topic, this.#stream),
      );
      this.#rulesAt = performance.now();
    }
    await this.log.catchUp();
  }

  /** As it was last read. @throws ProtocolError "newer-format", "corrupt" */
  description(name: string): StoredDescription | undefined {
    const found = this.log.materialization.use((file, { records, description }) => ({
      record: findRecord(file, description, META_KEY),
      hasRecords: file.statement(`SELECT 1 FROM ${records} LIMIT 1`).get([]) !== undefined,
    }));
    const { state, body, token } = found.record;
    if (state === "absent") {
      // Nobody writes a record before there is a description.
      if (found.hasRecords) throw notOurs(name);
      return undefined;
    }
    if (state !== "present" || body === undefined || token === undefined) throw notOurs(name);
    return { meta: decodeStoredMeta(name, cellsOf(name, body)), version: token };
  }

  close(): void {
    this.log.materialization.close();
  }
}

function cellsOf(name: string, body: Uint8Array): Parameters<typeof decodeStoredMeta>[1] {
  try {
    const cells: unknown = JSON.parse(Buffer.from(body).toString("utf8"));
    if (typeof cells === "object" && cells !== null) return cells as ReturnType<typeof cellsOf>;
  } catch {
    // Told below.
  }
  throw notOurs(name);
}
