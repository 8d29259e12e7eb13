/** Compacted topics of a Kafka cluster as a backend: collections of our own, one topic each. */
import { join } from "node:path";
import type { Finding, ObservedResult } from "../../../core/protocol/frames.ts";
import {
  type BackendCapabilities,
  type BackendCollection,
  defaultCapabilities,
  type ObservedBatch,
  type RemoteBackend,
} from "../backend.ts";
import { checkCluster } from "./check-cluster.ts";
import { type ClusterSettings, KafkaCluster } from "./client/kafka-cluster.ts";
import { listCollections } from "./collections.ts";
import { KafkaCollection } from "./kafka-collection.ts";
import { ObservedTopic } from "./observed-topic.ts";
import { Topics } from "./topics.ts";

export interface KafkaSettings extends ClusterSettings {
  /** How the names of the topics of the collections begin. */
  readonly prefix: string;
  /** Of topics that are made; -1 = as the cluster says. */
  readonly replicas: number;
  /** Topic to which each accepted write is told as an event. */
  readonly stream?: string | undefined;
  /** Topic to which what was only seen in pages is told. */
  readonly observed?: string | undefined;
  /** The bridge's, where materializations are kept. */
  readonly dataFolder: string;
}

/** How large a body may be is the topic's word (max.message.bytes), and said of each record that is larger. */
export const kafkaCapabilities: BackendCapabilities = defaultCapabilities;

/** @param where Names the cluster. */
export function capabilitiesWith(observed: string | undefined, where: string): BackendCapabilities {
  if (observed === undefined) return kafkaCapabilities;
  return { ...kafkaCapabilities, observedTo: `the topic ${observed} of ${where}` };
}

export class KafkaBackend implements RemoteBackend {
  readonly capabilities: BackendCapabilities;
  readonly tellObserved?: (batch: ObservedBatch) => Promise<ObservedResult>;
  readonly #topics: Topics;
  readonly #settings: KafkaSettings;
  readonly #folder: string;

  /** Connects when it is first asked for something. */
  constructor(settings: KafkaSettings) {
    const { prefix, replicas, stream, observed, dataFolder, where } = settings;
    this.capabilities = capabilitiesWith(observed, where);
    this.#settings = settings;
    this.#folder = join(dataFolder, "kafka");
    const cluster = new KafkaCluster(settings);
    this.#topics = new Topics(cluster, { prefix, replicas, stream, folder: this.#folder });
    if (observed === undefined) return;
    const topic = new ObservedTopic(cluster, { name: observed, prefix, stream, dataFolder });
    this.tellObserved = (batch) => topic.tell(batch);
  }

  collections(): Promise<{ name: string }[]> {
    return listCollections(this.#topics);
  }

  collection(name: string): BackendCollection {
    return new KafkaCollection(this.#topics, name);
  }

  check(): Promise<readonly Finding[]> {
    return checkCluster({ topics: this.#topics, settings: this.#settings, folder: this.#folder });
  }

  close(): Promise<void> {
    return this.#topics.close();
  }
}
