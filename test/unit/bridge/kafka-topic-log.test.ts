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
/** How often somebody else led, or a connection was made. */
let changes: number;
/** Where the next batch begins. */
let next: number | undefined;
let deleteRetentionMs: number;
/** Called with each offset that is asked for. */
let whenAsked: (offset: number) => void;
let log: TopicLog;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "driftscope-topic-log-"));
  materialization = new Materialization(join(folder, "topic", "id.sqlite"));
  asked = [];
  changes = 0;
  next = undefined;
  deleteRetentionMs = 86_400_000;
  whenAsked = () => {};
  const fetch = async (_: Topic, offset: number): Promise<Fetched> => {
    asked.push(offset);
    whenAsked(offset);
    const next = answers.length > 1 ? answers.shift() : answers[0];
    return next as Fetched;
  };
  const nextBatch = async (): Promise<number | undefined> => next;
  const logStart = async (): Promise<number> => 0;
  const reader = {
    where: "Kafka",
    requestTimeoutMs: 1000,
    get changes() {
      return changes;
    },
    fetch,
    nextBatch,
    logStart,
  };
  log = new TopicLog(reader, topic, materialization, () => ({
    maxRecordBytes: 1000,
    deleteRetentionMs,
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

test("nothing between two offsets is proven by what lies there, never by an answer without records", async () => {
  next = undefined;
  expect(await log.isNothingBetween(3, 5)).toBe(false);
  next = 4;
  expect(await log.isNothingBetween(3, 5)).toBe(false);
  next = 5;
  expect(await log.isNothingBetween(3, 5)).toBe(true);
  expect(await log.isNothingBetween(5, 5)).toBe(true);
  expect(await log.isNothingBetween(6, 5)).toBe(false);
});

test("what somebody's transaction keeps from being stable is waited for, and then told", async () => {
  answers = [answer(1, batch(0)), answer(1), answer(3, batch(1), batch(2))];
  await log.catchUpTo(3);
  expect(materialization.position().next).toBe(3);
  answers = [answer(3)];
  await expect(log.catchUpTo(4)).rejects.toMatchObject({
    code: "locked",
    message: expect.stringMatching(/offset 4 of the topic x\.todos.*transaction/),
  });
});

test("a topic is read anew where the clock says that it was read in a time to come", async () => {
  answers = [answer(1, batch(0))];
  await log.catchUp();
  materialization.use((file) => file.exec(`UPDATE position SET readAt = ${Date.now() + 80_000_000}`));
  asked = [];
  answers = [answer(1, batch(0))];
  await log.catchUp();
  expect(asked).toEqual([0]);
});

test("a topic that forgets sooner than it can be read is told with the next step, and nothing is taken from it", async () => {
  answers = [answer(1, batch(0))];
  await log.catchUp();
  deleteRetentionMs = -1;
  await expect(log.catchUp()).rejects.toMatchObject({
    code: "not-set-up",
    message: expect.stringContaining("delete.retention.ms=86400000"),
  });
  expect(materialization.position()).toMatchObject({ next: 1 });
});

test("where somebody else leads, it is looked whether it is the log that was read; another one is read anew", async () => {
  answers = [answer(1, batch(0))];
  await log.catchUp();
  const { history } = materialization.position();
  const of = (offset: number, name: number): FetchedBatch => ({
    ...batch(offset),
    records: [{ offset, key: new Uint8Array([name]), value: new TextEncoder().encode("{}") }],
  });
  changes++;
  answers = [answer(2, of(1, 5)), answer(2, batch(0)), answer(2)];
  await log.catchUp();
  expect(asked).toEqual([0, 1, 0]);
  await log.catchUp();
  expect(asked).toEqual([0, 1, 0, 2]);

  changes++;
  answers = [answer(3, of(2, 6)), answer(3, of(1, 7)), answer(3, batch(0), of(1, 7), of(2, 6))];
  await log.catchUp();
  expect(asked).toEqual([0, 1, 0, 2, 2, 1, 0]);
  expect(materialization.position().history).not.toBe(history);
});

test("where another process has made the tables anew and stands behind, reading goes on from there", async () => {
  answers = [answer(2, batch(0)), answer(2, batch(1)), answer(2, batch(0)), answer(2, batch(1))];
  whenAsked = (offset) => {
    if (offset !== 1 || asked.length > 2) return;
    const other = new Materialization(materialization.path);
    other.beginRebuild(true).finish(0);
    other.close();
  };
  await log.catchUp();
  expect(asked).toEqual([0, 1, 0, 1]);
  expect(materialization.position().next).toBe(2);
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
