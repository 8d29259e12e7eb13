/** The topics of a connection's collections, opened when they are first used. */
import { setTimeout as wait } from "node:timers/promises";
import { BackendError } from "../backend-error.ts";
import type { KafkaCluster } from "./client/kafka-cluster.ts";
import { KafkaFailure } from "./client/kafka-failure.ts";
import { naming } from "./kafka-errors.ts";
import { OpenTopic, type OpenTopicOptions } from "./open-topic.ts";
import { topicName } from "./topic-names.ts";
import { TOPIC_CONFIG } from "./topic-rules.ts";

/** How often it is looked whether a topic that was made is there. */
const MADE_PAUSE_MS = 20;

export interface TopicsOptions extends OpenTopicOptions {
  readonly prefix: string;
  /** Of topics that are made; -1 = as the cluster says. */
  readonly replicas: number;
}

export class Topics {
  readonly cluster: KafkaCluster;
  readonly #options: TopicsOptions;
  readonly #open = new Map<string, Promise<OpenTopic | undefined>>();

  constructor(cluster: KafkaCluster, options: TopicsOptions) {
    this.cluster = cluster;
    this.#options = options;
  }

  get prefix(): string {
    return this.#options.prefix;
  }

  /** Undefined where there is no such topic. One that was deleted, or made anew, is opened anew. */
  async use<Result>(
    collection: string,
    work: (open: OpenTopic) => Promise<Result>,
  ): Promise<Result | undefined> {
    const topic = topicName(this.prefix, collection);
    const deadline = performance.now() + this.cluster.requestTimeoutMs;
    for (;;) {
      const open = await this.#opened(topic);
      if (open === undefined) return undefined;
      try {
        return await work(open);
      } catch (error) {
        if (!isGone(error) || performance.now() > deadline) throw error;
        this.#forget(topic, open);
        // Metadata of a topic that was just made spreads through the brokers.
        await wait(MADE_PAUSE_MS);
      }
    }
  }

  /** The collection that a topic's description names. */
  async nameIn(topic: string): Promise<string | undefined> {
    const open = await this.#opened(topic);
    await open?.freshen();
    return open?.description(topic)?.meta.collection;
  }

  /** Makes the topic, unless it is there. Returns when it can be used. */
  async make(collection: string): Promise<void> {
    const topic = topicName(this.prefix, collection);
    await naming(this.cluster.where, `make the topic ${topic}`, async () => {
      await this.cluster.createTopic(topic, this.#options.replicas, TOPIC_CONFIG);
      const deadline = performance.now() + this.cluster.requestTimeoutMs;
      while ((await this.cluster.topic(topic)) === undefined) {
        if (performance.now() > deadline) throw notShown(this.cluster.where, topic);
        await wait(MADE_PAUSE_MS);
      }
    });
  }

  async close(): Promise<void> {
    const all = await Promise.allSettled(this.#open.values());
    this.#open.clear();
    for (const one of all) if (one.status === "fulfilled") one.value?.close();
    await this.cluster.close();
  }

  async #opened(topic: string): Promise<OpenTopic | undefined> {
    const opening = this.#open.get(topic) ?? this.#find(topic);
    this.#open.set(topic, opening);
    try {
      const open = await opening;
      // One that is not there now may be made at any time.
      if (open === undefined) this.#open.delete(topic);
      return open;
    } catch (error) {
      this.#open.delete(topic);
      throw error;
    }
  }

  async #find(topic: string): Promise<OpenTopic | undefined> {
    const found = await naming(this.cluster.where, `look for the topic ${topic}`, () =>
      this.cluster.topic(topic),
    );
    return found && OpenTopic.open(this.cluster, found, this.#options);
  }

  #forget(topic: string, open: OpenTopic): void {
    this.#open.delete(topic);
    open.close();
  }
}

/** The id of a topic is that of no topic any more. */
function isGone(error: unknown): boolean {
  const cause = error instanceof BackendError ? error.cause : error;
  return cause instanceof KafkaFailure && cause.code === "UNKNOWN_TOPIC_ID";
}

const notShown = (where: string, topic: string): BackendError =>
  new BackendError(
    "backend-unavailable",
    `${where} has made the topic ${topic}, but does not show it: try again.`,
  );
