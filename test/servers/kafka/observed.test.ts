/** What was only seen in a page as events, read by Kafka's own Java client. */
import { randomUUID } from "node:crypto";
import { afterAll, beforeAll, expect, inject, test } from "vitest";
import type { ObservedBatch } from "../../../bridge/backends/backend.ts";
import { KafkaBackend } from "../../../bridge/backends/kafka/kafka-backend.ts";
import { ObservedTopic } from "../../../bridge/backends/kafka/observed-topic.ts";
import { encodeValue } from "../../../core/codec/encode-value.ts";
import { encodeKey } from "../../../core/key/encode-key.ts";
import type { ObservedChange } from "../../../core/protocol/observed-columns.ts";
import { freshPrefix, kafkaSettings } from "./fresh-topics.ts";
import { InterferedCluster } from "./interfered.ts";
import { type ConsumedRecord, KafkaOwner } from "./kafka-owner.ts";

const PARTITIONS = 3;
/** Of the topic: enough for a few hundred records, and less than a large one. */
const MAX_BYTES = 64 * 1024;

const observed = `${freshPrefix()}-seen`;
const prefix = freshPrefix();
let owner: KafkaOwner;
let backend: KafkaBackend;
beforeAll(async () => {
  owner = new KafkaOwner(inject("kafka"));
  await owner.create(observed, { "max.message.bytes": MAX_BYTES }, PARTITIONS);
  backend = new KafkaBackend(kafkaSettings({ prefix, observed }));
});
afterAll(async () => {
  await backend.close();
  await owner.close();
});

const utf8 = new TextEncoder();

type Seen = Omit<Partial<ObservedChange>, "key" | "text"> & { readonly text?: string };

const change = (key: IDBValidKey, { text = "", ...seen }: Seen = {}): ObservedChange => ({
  opId: randomUUID(),
  key: encodeKey(key),
  base: null,
  state: "present",
  ...seen,
  text: utf8.encode(text),
});

const batchOf = (collection: string, changes: readonly ObservedChange[], at = 1): ObservedBatch => ({
  collection,
  changes,
  at,
  writer: "a panel",
});

const tell = (collection: string, changes: readonly ObservedChange[], at?: number) =>
  backend.tellObserved?.(batchOf(collection, changes, at));

const jsonIn = (hex: string): Record<string, unknown> => JSON.parse(Buffer.from(hex, "hex").toString("utf8"));

/** Committed ones of a collection, partition by partition. */
async function eventsOf(collection: string): Promise<ConsumedRecord[]> {
  const parts = await Promise.all(
    Array.from({ length: PARTITIONS }, (_, partition) => owner.consume(observed, partition)),
  );
  return parts.flatMap(({ records }) => records).filter(({ key }) => jsonIn(key).collection === collection);
}

test("each change is an event of its key, in the order in which it was told; none can be taken for an accepted write", async () => {
  const collection = randomUUID();
  const first = change("é", { text: encodeValue({ title: "Tea" }) });
  const second = change("é", { base: "3.op", text: encodeValue([new Date(0)]) });
  const gone = change("é", { base: "3.op", state: "deleted" });
  const opaque = change("é", { state: "withheld", text: "It holds a CryptoKey." });
  expect(await tell(collection, [first], 10)).toEqual({ withheld: 0, skipped: 0 });
  await tell(collection, [second], 20);
  await tell(collection, [gone], 30);
  await tell(collection, [opaque], 40);

  const events = await eventsOf(collection);
  expect(events.map(({ key }) => jsonIn(key))).toEqual(Array(4).fill({ collection, key: "é" }));
  expect(events.map(({ headers }) => headers)).toEqual([
    { "driftscope-op": first.opId, "driftscope-state": "seen" },
    { "driftscope-op": second.opId, "driftscope-base": "3.op", "driftscope-state": "seen" },
    { "driftscope-op": gone.opId, "driftscope-base": "3.op", "driftscope-state": "seen-deleted" },
    { "driftscope-op": opaque.opId, "driftscope-state": "seen-withheld" },
  ]);
  const schema = "driftscope.observed/1";
  const told = { schema, collection, key: "é", writer: "a panel" };
  expect(events.map(({ value }) => value && JSON.parse(value))).toEqual([
    { ...told, base: null, seenAt: 10, body: { title: "Tea" } },
    { ...told, base: "3.op", seenAt: 20, encodedBody: encodeValue([new Date(0)]) },
    null,
    { ...told, base: null, seenAt: 40, reason: "It holds a CryptoKey." },
  ]);
});

test("a gap is told of the collection, which no record is", async () => {
  const collection = randomUUID();
  const gap: ObservedChange = { ...change(1, { state: "gap", text: "cleared" }), key: new Uint8Array(0) };
  await tell(collection, [gap], 7);
  const [event] = await eventsOf(collection);
  expect(jsonIn(event?.key ?? "")).toEqual({ collection });
  expect(event?.headers).toEqual({ "driftscope-op": gap.opId, "driftscope-state": "seen-gap" });
  expect(JSON.parse(event?.value ?? "")).toEqual({
    schema: "driftscope.observed/1",
    collection,
    base: null,
    writer: "a panel",
    seenAt: 7,
    reason: "cleared",
  });
});

test("of many at once each is told once, those of a key in one partition and in order", async () => {
  const collection = randomUUID();
  const rounds = Array.from({ length: 4 }, (_, round) =>
    Array.from({ length: 300 }, (_, i) => change(`key ${i}`, { text: String(round) })),
  );
  // Not one after the other: the backend keeps the order in which it was asked.
  await Promise.all(rounds.map((changes) => tell(collection, changes)));
  const events = await eventsOf(collection);
  expect(events.map(({ headers }) => headers["driftscope-op"]).sort()).toEqual(
    rounds
      .flat()
      .map(({ opId }) => opId)
      .sort(),
  );
  const bodies = new Map<string, unknown[]>();
  for (const { key, value } of events) {
    bodies.set(key, [...(bodies.get(key) ?? []), JSON.parse(value ?? "").body]);
  }
  expect([...bodies.values()]).toEqual(Array(300).fill([0, 1, 2, 3]));
});

test("a record that is too large for the topic is told without its body, a key that is is left out, and both are counted", async () => {
  const collection = randomUUID();
  const large = "x".repeat(MAX_BYTES);
  const changes = [
    change("before", { text: "1" }),
    change("large", { text: JSON.stringify(large) }),
    change(large, { text: "2" }),
    change("after", { text: "3" }),
  ];
  expect(await tell(collection, changes)).toEqual({ withheld: 1, skipped: 1 });
  const events = await eventsOf(collection);
  expect(events.map(({ headers }) => headers["driftscope-op"]).sort()).toEqual(
    [changes[0], changes[1], changes[3]].map((told) => told?.opId).sort(),
  );
  const withheld = events.find(({ headers }) => headers["driftscope-state"] === "seen-withheld");
  expect(JSON.parse(withheld?.value ?? "")).toMatchObject({
    key: "large",
    reason: expect.stringMatching(/max\.message\.bytes/),
  });
});

test("a bridge that ends before its commit leaves nothing to see, and holds up nobody when it is back", async () => {
  const collection = randomUUID();
  const settings = kafkaSettings();
  const options = { name: observed, prefix, stream: undefined, dataFolder: "/of/one/bridge" };
  const [ended, back] = [new InterferedCluster(settings), new InterferedCluster(settings)];
  const changes = [change("a", { text: "1" }), change("b", { text: "2" })];
  try {
    ended.before("commit", () => Promise.reject(new Error("it was killed")));
    await expect(new ObservedTopic(ended, options).tell(batchOf(collection, changes))).rejects.toThrow(
      "killed",
    );
    await new ObservedTopic(back, options).tell(batchOf(collection, changes));
    // An open transaction would hide what lies behind it until the broker gives it up.
    const events = await eventsOf(collection);
    expect(events.map(({ headers }) => headers["driftscope-op"]).sort()).toEqual(
      changes.map(({ opId }) => opId).sort(),
    );
  } finally {
    await ended.close();
    await back.close();
  }
});

test("a topic that is not there, or is that of something else, is told with what to do, by doctor too", async () => {
  const missing = `${freshPrefix()}-missing`;
  const wrong = [
    [{ observed: missing }, `--create --topic ${missing}`],
    [{ observed, stream: observed }, "Name another topic"],
    [{ observed: `${prefix}.todos` }, "one of a collection"],
  ] as const;
  for (const [names, words] of wrong) {
    const other = new KafkaBackend(kafkaSettings({ prefix, ...names }));
    try {
      await expect(other.tellObserved?.(batchOf("todos", [change(1)]))).rejects.toMatchObject({
        code: "not-set-up",
        message: expect.stringContaining(words),
      });
      expect(await other.check()).toContainEqual(
        expect.objectContaining({ is: "wrong", said: expect.stringContaining(words) }),
      );
    } finally {
      await other.close();
    }
  }
  expect(await backend.check()).toContainEqual({
    about: `topic ${observed}`,
    is: "right",
    said: "takes events of what pages write, 3 partitions",
  });
});
