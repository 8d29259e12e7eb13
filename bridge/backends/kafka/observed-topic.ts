/**
 * Tells what was seen in pages to the topic that the connection names as "observed".
 *
 * At least once: each batch is a transaction, and where its answer is missing or is not yes, it is told again with the same
 * ids. That no earlier try arrives behind a later one is the transactional id's doing: it is taken over after every failure,
 * which ends what is open and refuses what is still on its way. One batch at a time, so that those of a key keep their order.
 */
import { createHash } from "node:crypto";
import { hostname } from "node:os";
import { setTimeout as wait } from "node:timers/promises";
import type { ObservedResult } from "../../../core/protocol/frames.ts";
import type { ObservedChange } from "../../../core/protocol/observed-columns.ts";
import type { ObservedBatch } from "../backend.ts";
import { BackendError } from "../backend-error.ts";
import { isFenced, RecordAppender, sizeOf } from "./append-records.ts";
import type { KafkaCluster, OutgoingRecord, Producer } from "./client/kafka-cluster.ts";
import { namedError } from "./kafka-errors.ts";
import { toObservedEvent } from "./observed-events.ts";
import { type EventTopic, eventTopic, missingTopic } from "./topic-rules.ts";

/** What was read of the topic is used so long. */
const TOPIC_LASTS_MS = 10_000;

/** Somebody who takes over each time has the same data folder on a machine of the same name. */
const CONTENDED_MS = 30_000;
const FIRST_BACKOFF_MS = 20;
const LONGEST_BACKOFF_MS = 1000;

export interface ObservedTopicOptions {
  readonly name: string;
  /** Of the connection's other topics. */
  readonly prefix: string;
  /** Topic of the events of accepted writes. */
  readonly stream: string | undefined;
  /** The bridge's. */
  readonly dataFolder: string;
}

export class ObservedTopic {
  readonly #cluster: KafkaCluster;
  readonly #options: ObservedTopicOptions;
  readonly #appender: RecordAppender;
  /** This bridge's own, also after it was started again. */
  readonly #transactionalId: string;
  #topic: (EventTopic & { readonly readAt: number }) | undefined;
  #producer: Producer | undefined;
  #telling: Promise<unknown> = Promise.resolve();

  constructor(cluster: KafkaCluster, options: ObservedTopicOptions) {
    const { prefix, dataFolder } = options;
    const own = createHash("sha256").update(`${hostname()}\n${dataFolder}`).digest("hex").slice(0, 16);
    this.#cluster = cluster;
    this.#options = options;
    this.#appender = new RecordAppender(cluster);
    this.#transactionalId = `${prefix}..observed.${own}`;
  }

  /** As RemoteBackend.tellObserved. */
  tell(batch: ObservedBatch): Promise<ObservedResult> {
    const told = this.#telling.then(() => this.#tell(batch));
    this.#telling = told.catch(() => undefined);
    return told;
  }

  async #tell(batch: ObservedBatch): Promise<ObservedResult> {
    const { name } = this.#options;
    requireOwnTopic(this.#options);
    const deadline = performance.now() + CONTENDED_MS;
    for (let backoff = FIRST_BACKOFF_MS; ; backoff = Math.min(backoff * 2, LONGEST_BACKOFF_MS)) {
      try {
        const topic = await this.#current();
        const { records, ...result } = toEvents(batch, topic.maxRecordBytes);
        if (records.length > 0) await this.#transact(topic, records);
        return result;
      } catch (error) {
        this.#producer = undefined;
        this.#topic = undefined;
        if (!isFenced(error) || performance.now() > deadline)
          throw namedError(error, this.#cluster.where, `write to the topic ${name}`, false);
      }
      await wait(backoff * (0.5 + Math.random()));
    }
  }

  async #current(): Promise<EventTopic> {
    const now = performance.now();
    if (this.#topic === undefined || now - this.#topic.readAt > TOPIC_LASTS_MS) {
      this.#topic = { ...(await eventTopic(this.#cluster, this.#options.name)), readAt: now };
    }
    if (this.#topic.partitions > 0) return this.#topic;
    throw new BackendError("not-set-up", missingTopic(this.#options.name, "observed"));
  }

  async #transact(topic: EventTopic, records: readonly OutgoingRecord[]): Promise<void> {
    if (this.#producer === undefined) {
      this.#producer = await this.#cluster.takeOver(this.#transactionalId);
      this.#appender.startOver();
    }
    const producer = this.#producer;
    const parts = await this.#cluster.byPartition(records, topic);
    await this.#cluster.begin(
      producer,
      parts.map(({ to }) => to),
    );
    for (const part of parts) {
      await this.#appender.append(producer, part.to, part.records, topic.maxRecordBytes);
    }
    await this.#cluster.commit(producer);
  }
}

/** What nobody has accepted must not be taken for what was, nor for a record of a collection. */
export function observedProblem({
  name,
  prefix,
  stream,
}: Pick<ObservedTopicOptions, "name" | "prefix"> & { readonly stream?: string | undefined }):
  | string
  | undefined {
  if (name === stream) {
    return `"observed" and "stream" of the connection name the same topic, ${name}: what was only seen in a page would be among what was accepted. Name another topic as "observed" in the bridge's config file.`;
  }
  if (!name.startsWith(`${prefix}.`)) return undefined;
  return `"observed" names the topic ${name}, which is one of a collection by the connection's prefix. Name another topic in the bridge's config file.`;
}

function requireOwnTopic(options: ObservedTopicOptions): void {
  const problem = observedProblem(options);
  if (problem !== undefined) throw new BackendError("not-set-up", problem);
}

const NO_TEXT = new Uint8Array(0);

/** What is too large for the topic is told without its body, or not at all, and counted. */
function toEvents(
  { changes, ...batch }: ObservedBatch,
  maxRecordBytes: number,
): ObservedResult & { readonly records: readonly OutgoingRecord[] } {
  const records: OutgoingRecord[] = [];
  let withheld = 0;
  let skipped = 0;
  for (const change of changes) {
    const event = toObservedEvent(change, batch);
    if (fits(event, maxRecordBytes)) {
      records.push(event);
      continue;
    }
    const bodiless = toObservedEvent(without(change, maxRecordBytes), batch);
    if (fits(bodiless, maxRecordBytes)) {
      records.push(bodiless);
      withheld++;
    } else {
      skipped++;
    }
  }
  return { records, withheld, skipped };
}

const fits = (event: OutgoingRecord, maxRecordBytes: number): boolean => sizeOf(event) <= maxRecordBytes;

function without(change: ObservedChange, maxRecordBytes: number): ObservedChange {
  if (change.state !== "present") return { ...change, text: NO_TEXT };
  const reason = `Its ${change.text.length} bytes are more than the topic's max.message.bytes allows (${maxRecordBytes}).`;
  return { ...change, state: "withheld", text: new TextEncoder().encode(reason) };
}
