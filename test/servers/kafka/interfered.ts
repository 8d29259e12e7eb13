/** A bridge of its own in whose way a test can be, at each step of a write. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import {
  type Fetched,
  KafkaCluster,
  type OutgoingRecord,
  type Partition,
  type Producer,
  type Topic,
} from "../../../bridge/backends/kafka/client/kafka-cluster.ts";
import { listCollections } from "../../../bridge/backends/kafka/collections.ts";
import { type KafkaSettings, kafkaCapabilities } from "../../../bridge/backends/kafka/kafka-backend.ts";
import { KafkaCollection } from "../../../bridge/backends/kafka/kafka-collection.ts";
import { Topics } from "../../../bridge/backends/kafka/topics.ts";
import type { Bed } from "../../conformance/suite/bed.ts";
import { directBed } from "../../conformance/suite/direct-bed.ts";
import { kafkaSettings } from "./fresh-topics.ts";

export type Step = "take over" | "begin" | "append" | "commit";

export class InterferedCluster extends KafkaCluster {
  readonly #before = new Map<Step, () => Promise<unknown>>();
  /** Whether what is read ends where it begins, as of a broker that does not know its end. */
  isBlind = false;

  /** Once, before the next one of these steps. */
  before(step: Step, interfere: () => Promise<unknown>): void {
    this.#before.set(step, interfere);
  }

  override async fetch(topic: Topic, offset: number, waitMs?: number, bytes?: number): Promise<Fetched> {
    const fetched = await super.fetch(topic, offset, waitMs, bytes);
    // A look at one record is none at the end.
    if (!this.isBlind || bytes !== undefined) return fetched;
    return { ...fetched, batches: [], stableEnd: offset };
  }

  override async takeOver(transactionalId: string): Promise<Producer> {
    await this.#interfere("take over");
    return super.takeOver(transactionalId);
  }

  override async begin(producer: Producer, partitions: readonly Partition[]): Promise<void> {
    await this.#interfere("begin");
    return super.begin(producer, partitions);
  }

  override async append(
    producer: Producer,
    to: Partition,
    sequence: number,
    records: readonly OutgoingRecord[],
  ): Promise<number> {
    await this.#interfere("append");
    return super.append(producer, to, sequence, records);
  }

  override async commit(producer: Producer): Promise<void> {
    await this.#interfere("commit");
    return super.commit(producer);
  }

  async #interfere(step: Step): Promise<void> {
    const interfere = this.#before.get(step);
    this.#before.delete(step);
    await interfere?.();
  }
}

export interface InterferedBed {
  readonly bed: Bed;
  readonly cluster: InterferedCluster;
  /** Where it keeps what topics say. */
  readonly folder: string;
}

export function interferedBed(changed: Partial<KafkaSettings>): InterferedBed {
  const dataFolder = mkdtempSync(join(tmpdir(), "driftscope-kafka-interfered-"));
  const settings = kafkaSettings(changed);
  const cluster = new InterferedCluster(settings);
  const { prefix, replicas, stream } = settings;
  const topics = new Topics(cluster, { prefix, replicas, stream, folder: dataFolder });
  const backend = {
    capabilities: kafkaCapabilities,
    collections: () => listCollections(topics),
    collection: (name: string) => new KafkaCollection(topics, name),
    close: () => topics.close(),
  };
  const bed = directBed(backend, () => rmSync(dataFolder, { recursive: true, force: true }));
  return { bed, cluster, folder: dataFolder };
}
