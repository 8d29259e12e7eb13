/** Accepted writes as events, read by Kafka's own Java client. */
import { randomUUID } from "node:crypto";
import { afterAll, beforeAll, expect, inject, test } from "vitest";
import {
  type Bed,
  create,
  freshStore,
  remove,
  replace,
  tokenOf,
  writeOne,
} from "../../conformance/suite/bed.ts";
import { freshPrefix, kafkaBed } from "./fresh-topics.ts";
import { type ConsumedRecord, KafkaOwner } from "./kafka-owner.ts";

const PARTITIONS = 3;

const stream = `${freshPrefix()}-events`;
let owner: KafkaOwner;
let bed: Bed;
beforeAll(async () => {
  owner = new KafkaOwner(inject("kafka"));
  await owner.create(stream, {}, PARTITIONS);
  bed = kafkaBed({ stream });
});
afterAll(async () => {
  await bed.dispose();
  await owner.close();
});

async function eventsOf(collection: string): Promise<ConsumedRecord[]> {
  const parts = await Promise.all(
    Array.from({ length: PARTITIONS }, (_, partition) => owner.consume(stream, partition)),
  );
  return parts.flatMap(({ records }) => records).filter(({ key }) => keyOf(key).collection === collection);
}

const keyOf = (hex: string): Record<string, unknown> => JSON.parse(Buffer.from(hex, "hex").toString("utf8"));

test("each accepted write is one event of its key, in order; a conflict is none, a deletion is null", async () => {
  const { store, collection } = await freshStore(bed);
  const made = tokenOf(await writeOne(store, create("é", { title: "Tea", n: 1.5 })));
  expect(await writeOne(store, create("é", "too late"))).toMatchObject({ status: "conflict" });
  const changed = tokenOf(await writeOne(store, replace("é", made, [new Date(0)])));
  const gone = tokenOf(await writeOne(store, remove("é", changed)));

  const events = await eventsOf(collection);
  expect(events.map(({ key }) => keyOf(key))).toEqual(Array(3).fill({ collection, key: "é" }));
  expect(events.map(({ headers }) => headers)).toEqual([
    { "driftscope-op": made.slice(2), "driftscope-version": made, "driftscope-state": "present" },
    {
      "driftscope-op": changed.slice(2),
      "driftscope-base": made,
      "driftscope-version": changed,
      "driftscope-state": "present",
    },
    {
      "driftscope-op": gone.slice(2),
      "driftscope-base": changed,
      "driftscope-version": gone,
      "driftscope-state": "deleted",
    },
  ]);
  expect(JSON.parse(events[0]?.value ?? "")).toEqual({
    schema: "driftscope.change/1",
    collection,
    key: "é",
    version: made,
    base: null,
    writer: "direct",
    body: { title: "Tea", n: 1.5 },
  });
  expect(JSON.parse(events[1]?.value ?? "")).toHaveProperty("encodedBody");
  expect(events[2]?.value).toBeNull();
});

test("of many writes at once each is told once, those of a key in one partition", async () => {
  const { store, collection } = await freshStore(bed);
  const writes = Array.from({ length: 500 }, (_, i) => create([i % 7, `key ${i}`], { i }));
  const outcomes = await store.write(writes, { applyId: randomUUID() });
  const events = await eventsOf(collection);
  expect(events.map(({ headers }) => headers["driftscope-version"]).sort()).toEqual(
    outcomes.map((outcome) => tokenOf(outcome)).sort(),
  );
});

test("a topic of events that is not there is told with what to do, and nothing is written", async () => {
  const missing = `${freshPrefix()}-missing`;
  const other = kafkaBed({ stream: missing });
  try {
    await expect(freshStore(other)).rejects.toMatchObject({
      code: "not-set-up",
      message: expect.stringContaining(`--create --topic ${missing}`),
    });
  } finally {
    await other.dispose();
  }
});
