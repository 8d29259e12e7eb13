/** How a collection's topic has to be configured, and what is read of its configuration. */
import { BackendError } from "../backend-error.ts";
import type { KafkaCluster, Topic } from "./client/kafka-cluster.ts";
import { RECORD_OVERHEAD_BYTES } from "./record-format.ts";

export interface TopicRules {
  /** Of a record's key and value. */
  readonly maxRecordBytes: number;
  readonly deleteRetentionMs: number;
  /** Where each accepted write is also told. */
  readonly stream?: StreamTopic;
}

export interface StreamTopic {
  readonly name: string;
  /** 0 = there is no such topic. */
  readonly partitions: number;
}

/** Of topics that we make: what the protocol between panel and bridge can carry fits, and nothing is ever deleted. */
export const TOPIC_CONFIG: Readonly<Record<string, string>> = {
  "cleanup.policy": "compact",
  "max.message.bytes": String(16 * 1024 * 1024),
  // As it was sent: a broker that packs anew may use what this client cannot unpack.
  "compression.type": "producer",
};

/**
 * @param stream Name of the topic of events, where there is to be one.
 * @throws BackendError "not-set-up" naming what has to be changed
 */
export async function rulesOf(
  cluster: KafkaCluster,
  topic: Topic,
  stream: string | undefined,
): Promise<TopicRules> {
  const config = await cluster.topicConfig(topic.name);
  const problem = problemOf(topic, config);
  if (problem !== undefined) throw new BackendError("not-set-up", problem);
  return {
    maxRecordBytes: Number(config.get("max.message.bytes")) - RECORD_OVERHEAD_BYTES,
    deleteRetentionMs: Number(config.get("delete.retention.ms")),
    ...(stream === undefined ? {} : { stream: await streamTopic(cluster, stream) }),
  };
}

async function streamTopic(cluster: KafkaCluster, name: string): Promise<StreamTopic> {
  return { name, partitions: (await cluster.topic(name))?.partitions ?? 0 };
}

/** A topic of events, with how large one may be. */
export interface EventTopic extends StreamTopic {
  readonly maxRecordBytes: number;
}

export async function eventTopic(cluster: KafkaCluster, name: string): Promise<EventTopic> {
  const topic = await streamTopic(cluster, name);
  if (topic.partitions === 0) return { ...topic, maxRecordBytes: 0 };
  const config = await cluster.topicConfig(name);
  return { ...topic, maxRecordBytes: Number(config.get("max.message.bytes")) - RECORD_OVERHEAD_BYTES };
}

/** @throws BackendError where nothing can be told there */
export function requireStream({ name, partitions }: StreamTopic): void {
  if (partitions > 0) return;
  throw new BackendError("not-set-up", `${missingTopic(name, "stream")} Until then nothing is written.`);
}

/** @param setting Of the connection, which names the topic. */
export const missingTopic = (name: string, setting: "stream" | "observed"): string =>
  `The topic ${name}, which the connection names as "${setting}", is not there: kafka-topics.sh --create --topic ${name} --partitions N, or take "${setting}" out of the bridge's config file.`;

/** Why the topic cannot hold a collection. */
export function problemOf(
  { name, partitions }: Topic,
  config: ReadonlyMap<string, string>,
): string | undefined {
  const policy = config.get("cleanup.policy") ?? "";
  if (policy !== "compact") {
    return `The topic ${name} has cleanup.policy=${policy}, which deletes records by their age: a collection's topic has to be compacted alone. Nothing is read from it or written to it. kafka-configs.sh --alter --topic ${name} --add-config cleanup.policy=compact, before anything of it is deleted; or use another collection.`;
  }
  if (partitions !== 1) {
    return `The topic ${name} has ${partitions} partitions: a collection's has one, since only within a partition do records have an order. Use another collection, or another "prefix" in the bridge's config file.`;
  }
  return undefined;
}
