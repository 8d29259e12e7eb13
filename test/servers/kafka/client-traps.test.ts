/** What Kafka and its client do that a program has to know. */
import { afterAll, beforeAll, describe, expect, inject, test } from "vitest";
import {
  KafkaCluster,
  type OutgoingRecord,
  onlyPartition,
  type Topic,
} from "../../../bridge/backends/kafka/client/kafka-cluster.ts";
import { committedRecords } from "../../../bridge/backends/kafka/committed-records.ts";
import { topicName } from "../../../bridge/backends/kafka/topic-names.ts";
import {
  type Bed,
  create,
  freshStore,
  readOne,
  replace,
  scanAll,
  tokenOf,
  writeOne,
} from "../../conformance/suite/bed.ts";
import { freshPrefix, kafkaBed, kafkaSettings } from "./fresh-topics.ts";
import { KafkaServer } from "./kafka-server.ts";

const record = (text: string): OutgoingRecord => ({
  key: Buffer.from(text),
  value: Buffer.from(text),
  headers: {},
});

/** Keys of what is committed, and the offset behind everything. */
async function committed(cluster: KafkaCluster, topic: Topic): Promise<{ keys: string[]; next: number }> {
  const keys: string[] = [];
  for (let at = 0; ; ) {
    const fetched = await cluster.fetch(topic, at);
    const { records, next } = committedRecords(fetched, at);
    for (const { key } of records) keys.push(Buffer.from(key ?? []).toString());
    if (next >= fetched.stableEnd) return { keys, next };
    at = next;
  }
}

describe("transactions", () => {
  const prefix = freshPrefix();
  let cluster: KafkaCluster;
  let bed: Bed;
  beforeAll(() => {
    cluster = new KafkaCluster(kafkaSettings());
    bed = kafkaBed({ prefix });
  });
  afterAll(async () => {
    await bed.dispose();
    await cluster.close();
  });

  async function freshTopic(): Promise<Topic> {
    const name = freshPrefix();
    await cluster.createTopic(name, -1, { "cleanup.policy": "compact" });
    let topic: Topic | undefined;
    await expect
      .poll(async () => {
        topic = await cluster.topic(name);
        return topic !== undefined;
      })
      .toBe(true);
    return topic as Topic;
  }

  test("end with a marker of their own offset, which is no record, and reading does not wait for one", async () => {
    const topic = await freshTopic();
    const producer = await cluster.takeOver(topic.name);
    await cluster.begin(producer, [onlyPartition(topic)]);
    const first = await cluster.append(producer, onlyPartition(topic), 0, [record("a"), record("b")]);
    await cluster.commit(producer);
    await expect.poll(() => committed(cluster, topic)).toEqual({ keys: ["a", "b"], next: first + 3 });
    const { batches, stableEnd } = await cluster.fetch(topic, first + 2);
    expect(batches.map(({ isControl }) => isControl)).toEqual([true]);
    expect(stableEnd).toBe(first + 3);
  });

  test("of somebody who has died are shown to nobody, stop no reader, and are ended by the next writer", async () => {
    const topic = await freshTopic();
    const dead = await cluster.takeOver(topic.name);
    await cluster.begin(dead, [onlyPartition(topic)]);
    await cluster.append(dead, onlyPartition(topic), 0, [record("never")]);
    expect(await committed(cluster, topic)).toEqual({ keys: [], next: 0 });
    expect(await cluster.isTransactionOpen(topic.name)).toBe(true);

    const next = await cluster.takeOver(topic.name);
    await cluster.begin(next, [onlyPartition(topic)]);
    await cluster.append(next, onlyPartition(topic), 0, [record("a")]);
    await cluster.commit(next);
    await expect.poll(async () => (await committed(cluster, topic)).keys).toEqual(["a"]);
  });

  test("of who was taken over from are refused at each step", async () => {
    const topic = await freshTopic();
    const before = await cluster.takeOver(topic.name);
    await cluster.begin(before, [onlyPartition(topic)]);
    await cluster.append(before, onlyPartition(topic), 0, [record("early")]);
    await cluster.takeOver(topic.name);
    await expect(cluster.begin(before, [onlyPartition(topic)])).rejects.toMatchObject({
      code: "PRODUCER_FENCED",
    });
    await expect(cluster.append(before, onlyPartition(topic), 1, [record("late")])).rejects.toMatchObject({
      code: "INVALID_PRODUCER_EPOCH",
    });
    await expect(cluster.commit(before)).rejects.toMatchObject({ code: "PRODUCER_FENCED" });
    expect((await committed(cluster, topic)).keys).toEqual([]);
  });

  test("records whose transaction nobody has begun are not appended: none can be left hanging", async () => {
    const topic = await freshTopic();
    const before = await cluster.takeOver(topic.name);
    await cluster.takeOver(topic.name);
    await expect(cluster.append(before, onlyPartition(topic), 0, [record("late")])).rejects.toMatchObject({
      kind: "refused",
    });
    expect(await committed(cluster, topic)).toEqual({ keys: [], next: 0 });
  });

  test("many writes at a time go one after the other: their numbers arrive in order", async () => {
    const { store } = await freshStore(bed);
    const outcomes = await Promise.all(Array.from({ length: 60 }, (_, i) => writeOne(store, create(i, i))));
    expect(outcomes.filter(({ status }) => status === "applied")).toHaveLength(60);
    expect(await scanAll(store)).toHaveLength(60);
  });

  test("a bridge that was taken over from goes on by itself", async () => {
    const { store, collection } = await freshStore(bed);
    const token = tokenOf(await writeOne(store, create("a", 0)));
    await cluster.takeOver(topicName(prefix, collection));
    expect(tokenOf(await writeOne(store, replace("a", token, 1)))).toMatch(/^2\./);
  });
});

describe("a request that gets no answer", () => {
  test("ends within its time, frozen broker or dead one, and the next one is answered", async () => {
    const broker = await KafkaServer.start();
    const cluster = new KafkaCluster(kafkaSettings({ broker: broker.broker, requestTimeoutMs: 1500 }));
    // A broker that has just begun may take longer than that for its first answer.
    const answers = () => expect.poll(() => cluster.id().then(Boolean, () => false)).toBe(true);
    try {
      await answers();
      await broker.server.freeze();
      const frozen = Array.from({ length: 5 }, () => cluster.takeOver("driftscope.frozen"));
      for (const request of await Promise.allSettled(frozen)) {
        expect(request).toMatchObject({ status: "rejected" });
      }
      broker.server.thaw();
      await answers();

      const topic: Topic = {
        name: "none",
        id: "00000000-0000-4000-8000-000000000000",
        partitions: 1,
        replicas: 1,
        rights: { read: true, write: true },
      };
      await broker.server.freeze();
      const dying = [
        cluster.id(),
        cluster.topicNames(),
        cluster.fetch(topic, 0),
        cluster.isTransactionOpen("x"),
      ];
      const ended = Promise.allSettled(dying);
      await broker.server.kill();
      for (const request of await ended) expect(request).toMatchObject({ status: "rejected" });
      await broker.server.start();
      await answers();
    } finally {
      await cluster.close();
      await broker.dispose();
    }
  }, 600_000);

  test("of a bridge whose broker is away is told as that, and its next one as well", async () => {
    const bed = kafkaBed({ broker: inject("kafka").replace(/\d+$/, "1") });
    try {
      const store = await bed.store("todos");
      for (const _ of [1, 2]) {
        await expect(readOne(store, "a")).rejects.toMatchObject({ code: "backend-unavailable" });
      }
    } finally {
      await bed.dispose();
    }
  });
});
