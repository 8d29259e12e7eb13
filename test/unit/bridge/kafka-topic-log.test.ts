import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import type { Fetched, FetchedBatch, Topic } from "../../../bridge/backends/kafka/client/kafka-cluster.ts";
import { Materialization } from "../../../bridge/backends/kafka/materialization.ts";
import { TopicLog } from "../../../bridge/backends/kafka/topic-log.ts";

const topic: Topic = {
  name: "x.todos",
  id: "id",
  partitions: 1,
  replicas: 1,
  rights: { read: true, write: true },
};
const key = new Uint8Array([0x30, 1]);

const batch = (offset: number): FetchedBatch => ({
  firstOffset: offset,
  lastOffset: offset,
  producerId: 1n,
  isTransactional: true,
  isControl: false,
  records: [{ offset, key, value: new TextEncoder().encode("{}") }],
});
const answer = (stableEnd: number, ...batches: FetchedBatch[]): Fetched => ({
  batches,
  aborted: [],
  stableEnd,
  logStart: 0,
  isThrottled: false,
});

let folder: string;
let materialization: Materialization;
/** What the broker answers next; the last one again and again. No real broker can be made to answer so. */
let answers: Fetched[];
let asked: number[];
let log: TopicLog;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "driftscope-topic-log-"));
  materialization = new Materialization(join(folder, "topic", "id.sqlite"));
  asked = [];
  const fetch = async (_: Topic, offset: number): Promise<Fetched> => {
    asked.push(offset);
    const next = answers.length > 1 ? answers.shift() : answers[0];
    return next as Fetched;
  };
  const reader = { where: "Kafka", requestTimeoutMs: 1000, connections: 0, fetch };
  log = new TopicLog(reader, topic, materialization, () => ({
    maxRecordBytes: 1000,
    deleteRetentionMs: 86_400_000,
  }));
});
afterEach(() => {
  materialization.close();
  rmSync(folder, { recursive: true, force: true });
});

test("an answer without records before the end is asked for again: nothing is passed over", async () => {
  answers = [answer(1), answer(1), answer(1, batch(0))];
  await log.catchUp();
  expect(asked).toEqual([0, 0, 0]);
  expect(materialization.position().next).toBe(1);
});

test("where compaction has left nothing, it is the end, and is known to be the next time; what comes is read", async () => {
  answers = [answer(5)];
  await log.catchUp();
  expect(materialization.position().next).toBe(0);
  const first = asked.length;
  expect(first).toBeGreaterThan(10);
  await log.catchUp();
  expect(asked).toHaveLength(first + 1);
  answers = [answer(7, batch(6))];
  await log.catchUp();
  expect(materialization.position().next).toBe(7);
});

test("who asks while a reading is under way gets one that began afterwards", async () => {
  answers = [answer(1, batch(0)), answer(2, batch(1)), answer(2)];
  const [first, second, third] = [log.catchUp(), log.catchUp(), log.catchUp()];
  await first;
  expect(asked).toHaveLength(1);
  await Promise.all([second, third]);
  expect(asked).toHaveLength(2);
  expect(materialization.position().next).toBe(2);
});
