import { afterAll, beforeAll, expect, inject, test } from "vitest";
import { topicName } from "../../../bridge/backends/kafka/topic-names.ts";
import { toHex } from "../../../core/key/hex.ts";
import {
  type Bed,
  create,
  freshStore,
  initOf,
  keyBytes,
  readOne,
  scanAll,
  tokenOf,
  writeOne,
} from "../../conformance/suite/bed.ts";
import { foreignRows } from "../suites/foreign-rows.ts";
import { freshPrefix, kafkaBed } from "./fresh-topics.ts";
import { KafkaOwner } from "./kafka-owner.ts";

const prefix = freshPrefix();
let bed: Bed;
let owner: KafkaOwner;
beforeAll(() => {
  bed = kafkaBed({ prefix });
  owner = new KafkaOwner(inject("kafka"));
});
afterAll(async () => {
  await owner.close();
  await bed.dispose();
});

/** What is in the topic for a key, changed by somebody who produces by no rule of ours. */
foreignRows(() => bed, {
  damages: {
    "without a version": '"version":null',
    "without a digest": '"digest":null',
    "whose digest is no digest": '"digest":"0102"',
    "that is neither there nor deleted": '"state":"elsewhere"',
    "that is no JSON": "not JSON",
  },
  otherVersion: '"version":"7.somebody"',
  withoutBody: "no body",
  async change(store, key, change) {
    const topic = topicName(prefix, (await store.meta())?.collection ?? "");
    const hex = toHex(keyBytes(key));
    const { records } = await owner.consume(topic);
    const value = records.findLast((record) => record.key === hex)?.value ?? "";
    await owner.produce(topic, { key: hex, value: changed(value, change) });
  },
});

function changed(value: string, change: string): string {
  if (change === "not JSON") return change;
  const parsed: Record<string, unknown> = JSON.parse(value);
  if (change === "no body") delete parsed.body;
  else Object.assign(parsed, JSON.parse(`{${change}}`));
  return JSON.stringify(parsed);
}

test("Kafka's own tombstone makes the topic forget a record, and it can be made again", async () => {
  const { store, collection } = await freshStore(bed);
  tokenOf(await writeOne(store, create("a", 1)));
  const { checkpoint } = await changesAfter(store, "now");
  await owner.produce(topicName(prefix, collection), { key: toHex(keyBytes("a")), value: null });
  expect(await readOne(store, "a")).toMatchObject({ state: "absent" });
  expect(await scanAll(store)).toEqual([]);
  expect((await changesAfter(store, checkpoint)).count).toBe(1);
  expect(tokenOf(await writeOne(store, create("a", 2)))).toMatch(/^1\./);
});

test("a topic with records that are not ours is not taken for a collection", async () => {
  await owner.create(topicName(prefix, "theirs"), { "cleanup.policy": "compact" });
  await owner.produce(topicName(prefix, "theirs"), { key: "00ff", value: '{"their":"own"}' });
  const store = await bed.store("theirs");
  for (const use of [() => store.meta(), () => store.init(initOf("theirs"))]) {
    await expect(use()).rejects.toMatchObject({
      code: "corrupt",
      message: expect.stringMatching(/was not written by Driftscope/),
    });
  }
  expect((await owner.consume(topicName(prefix, "theirs"))).records).toHaveLength(1);
});

async function changesAfter(
  store: Awaited<ReturnType<Bed["store"]>>,
  since: string,
): Promise<{ checkpoint: string; count: number }> {
  const changes = store.changes(since);
  let count = 0;
  for (;;) {
    const next = await changes.next();
    if (next.done) return { checkpoint: next.value, count };
    count += next.value.count;
  }
}
