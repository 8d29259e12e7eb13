/** Topics that are compacted all the time, and readers who come before, meanwhile and afterwards. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, inject, test } from "vitest";
import { topicName } from "../../../bridge/backends/kafka/topic-names.ts";
import { keyAt } from "../../../core/batch/entry-batch-access.ts";
import { decodeValue } from "../../../core/codec/decode-value.ts";
import { toHex } from "../../../core/key/hex.ts";
import type { RemoteStore } from "../../../core/session/ports.ts";
import {
  type Bed,
  create,
  initOf,
  keyBytes,
  readOne,
  remove,
  replace,
  scanAll,
  tokenOf,
  writeOne,
} from "../../conformance/suite/bed.ts";
import { freshPrefix, kafkaBed } from "./fresh-topics.ts";
import { type ConsumedTopic, KafkaOwner } from "./kafka-owner.ts";

const EACH_SECOND = {
  "cleanup.policy": "compact",
  "segment.ms": 500,
  "min.cleanable.dirty.ratio": 0.01,
  "min.compaction.lag.ms": 0,
  "max.compaction.lag.ms": 500,
};
const COLLECTION = "compacted";
const COMPACTED = { timeout: 60_000, interval: 300 };

const prefix = freshPrefix();
const topic = topicName(prefix, COLLECTION);
let owner: KafkaOwner;
beforeAll(() => {
  owner = new KafkaOwner(inject("kafka"));
});
afterAll(() => owner.close());

const beds: Bed[] = [];
afterAll(() => Promise.all(beds.map((bed) => bed.dispose())));

/** A bridge that has read nothing yet. */
function newBridge(of = prefix): Bed {
  const bed = kafkaBed({ prefix: of });
  beds.push(bed);
  return bed;
}

/** Writes until the log lacks what was written over. A segment is closed by a write alone. */
async function compacted(
  store: RemoteStore,
  name: string,
  isDone: (found: ConsumedTopic) => boolean,
): Promise<void> {
  let token = (await readOne(store, "filler")).token ?? null;
  await expect
    .poll(async () => {
      const write = token === null ? create("filler", 0) : replace("filler", token, 0);
      token = tokenOf(await writeOne(store, write));
      return isDone(await owner.consume(name));
    }, COMPACTED)
    .toBe(true);
}

test("two bridges that count on 20 keys while the topic is compacted agree exactly, with each other and with who comes later", async () => {
  await owner.create(topic, EACH_SECOND);
  const bridges = [newBridge(), newBridge()];
  const [first] = await Promise.all(bridges.map((bed) => bed.store(COLLECTION)));
  const store = first as RemoteStore;
  await store.init(initOf(COLLECTION));
  const counted = new Map<number, number>();
  const count = async (writer: number): Promise<void> => {
    const mine = await (bridges[writer % 2] as Bed).store(COLLECTION);
    for (let i = 0; i < 25; i++) {
      const key = (writer * 7 + i) % 20;
      const { state, token, body } = await readOne(mine, key);
      const value = state === "present" ? (decodeValue(body ?? "") as number) + 1 : 1;
      const write = token === undefined ? create(key, value) : replace(key, token, value);
      const { status } = await writeOne(mine, write);
      // A broker that rolls its files every half second fails a commit now and then: that one must not count.
      expect(["applied", "conflict", "rejected"]).toContain(status);
      if (status === "applied") counted.set(key, (counted.get(key) ?? 0) + 1);
    }
  };
  await Promise.all(Array.from({ length: 8 }, (_, writer) => count(writer)));
  const applied = [...counted.values()].reduce((sum, n) => sum + n, 0);
  await compacted(store, topic, ({ records }) => records.length < 30);

  const seen = await Promise.all(
    [...bridges, newBridge()].map(async (bed) => scanAll(await bed.store(COLLECTION))),
  );
  expect(seen[1]).toEqual(seen[0]);
  expect(seen[2]).toEqual(seen[0]);
  let sum = 0;
  for (const [key, times] of counted) {
    const { body, token } = await readOne(await newBridge().store(COLLECTION), key);
    expect(decodeValue(body ?? "")).toBe(times);
    expect(token).toMatch(new RegExp(`^${times}\\.`));
    sum += times;
  }
  expect(sum).toBe(applied);

  // Kafka's own client, which knows nothing of versions: a key's last record is its state.
  const { records, beginning, end } = await owner.consume(topic);
  expect(beginning).toBe(0);
  expect(end).toBeGreaterThan(applied);
  const last = new Map(records.map((record) => [record.key, record]));
  for (const { key, token } of seen[0] ?? []) {
    const found = last.get(key);
    expect(JSON.parse(found?.value ?? "{}").version).toBe(token);
    expect(token).toBe(`${token.split(".")[0]}.${found?.headers["driftscope-op"]}`);
  }
}, 600_000);

test("deletions keep their versions where Kafka's own tombstones would be gone", async () => {
  const name = topicName(prefix, "deleted");
  await owner.create(name, { ...EACH_SECOND, "delete.retention.ms": 1000 });
  const store = await newBridge().store("deleted");
  await store.init(initOf("deleted"));
  const token = tokenOf(await writeOne(store, create("a", 1)));
  const gone = tokenOf(await writeOne(store, remove("a", token)));
  const key = toHex(keyBytes("a"));
  await compacted(store, name, ({ records }) => records.filter((record) => record.key === key).length === 1);
  for (const one of [store, await newBridge().store("deleted")]) {
    expect(await readOne(one, "a")).toMatchObject({ state: "deleted", token: gone });
  }
}, 600_000);

test("a bridge that was away for longer than tombstones are kept reads the topic anew, and misses none", async () => {
  const name = topicName(prefix, "away");
  await owner.create(name, { ...EACH_SECOND, "delete.retention.ms": 1000 });
  const dataFolder = mkdtempSync(join(tmpdir(), "driftscope-kafka-away-"));
  try {
    const before = kafkaBed({ prefix, dataFolder });
    const store = await before.store("away");
    await store.init(initOf("away"));
    for (const key of ["forgotten", "kept"]) tokenOf(await writeOne(store, create(key, 1)));
    expect(await scanAll(store)).toHaveLength(2);
    const { checkpoint } = await changesSince(store, "now");
    await before.dispose();

    const key = toHex(keyBytes("forgotten"));
    await owner.produce(name, { key, value: null });
    const others = await newBridge().store("away");
    await compacted(others, name, ({ records }) => records.every((record) => record.key !== key));

    const after = kafkaBed({ prefix, dataFolder });
    beds.push(after);
    const found = await scanAll(await after.store("away"));
    expect(found).toEqual(await scanAll(others));
    expect(found.map((entry) => entry.key)).not.toContain(key);
    // The log does not say so any more, but who asks what has changed is told.
    expect((await changesSince(await after.store("away"), checkpoint)).keys).toContain(key);
  } finally {
    rmSync(dataFolder, { recursive: true, force: true });
  }
}, 600_000);

async function changesSince(
  store: RemoteStore,
  since: string,
): Promise<{ readonly checkpoint: string; readonly keys: string[] }> {
  const changes = store.changes(since);
  const keys: string[] = [];
  for (;;) {
    const next = await changes.next();
    if (next.done) return { checkpoint: next.value, keys };
    for (let i = 0; i < next.value.count; i++) keys.push(toHex(keyAt(next.value, i)));
  }
}
