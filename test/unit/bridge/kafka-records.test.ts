import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { BackendWrite } from "../../../bridge/backends/backend.ts";
import type { Fetched, FetchedBatch } from "../../../bridge/backends/kafka/client/kafka-cluster.ts";
import { committedRecords } from "../../../bridge/backends/kafka/committed-records.ts";
import { judgeWrites } from "../../../bridge/backends/kafka/judge-writes.ts";
import { META_KEY, toTopicRecord, toTopicRow } from "../../../bridge/backends/kafka/record-format.ts";
import { collectionOf, topicName } from "../../../bridge/backends/kafka/topic-names.ts";
import { keyText } from "../../../bridge/backends/shared/key-text.ts";
import { EntryState } from "../../../core/batch/entry-batch.ts";
import { compareBytes } from "../../../core/key/compare-bytes.ts";
import { encodeKey } from "../../../core/key/encode-key.ts";

const utf8 = (text: string): Uint8Array => new TextEncoder().encode(text);
const digest = new Uint8Array(16).fill(7);
const key = encodeKey("a");

const write = (body: Uint8Array, opId = "op"): BackendWrite => ({
  opId,
  key,
  expect: "1.before",
  write: { digest, body },
});

describe("a record of a topic", () => {
  test.each([
    ["JSON, byte for byte", '{ "a":1.0, "b":"\\u00e9" }'],
    ["JSON that looks like the format", '{"x":"\\",\\"body\\":","encoded":1,"bytes":","}'],
    ["a number", "-0"],
    ["what is not plain JSON", '#1["o",{"k":",\\"body\\":"}]'],
    ["text that is no JSON", '",'],
    ["nothing", ""],
  ])("keeps a body of %s", (_, text) => {
    const { value } = toTopicRecord(write(utf8(text)), "2.op", 'a "writer","body":1');
    expect(() => JSON.parse(Buffer.from(value ?? []).toString("utf8"))).not.toThrow();
    const row = toTopicRow({ offset: 5, key, value });
    expect(Buffer.from(row?.body ?? []).toString("utf8")).toBe(text);
    expect(row).toMatchObject({ version: "2.op", opId: "op", prevOpId: "before", deleted: 0, offset: 5 });
    expect(row?.writer).toBe('a "writer","body":1');
  });

  test("keeps any bytes", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 60 }), fc.string(), (body, opId) => {
        const { value } = toTopicRecord(write(body, opId), `2.${opId}`, opId);
        const row = toTopicRow({ offset: 0, key, value });
        expect(compareBytes(row?.body ?? key, body)).toBe(0);
        expect(row?.digest).toEqual(digest);
      }),
    );
  });

  test("is JSON whose body others read as it is, with headers of its own", () => {
    const { value, headers } = toTopicRecord(write(utf8('{"title":"Tea"}')), "2.op", "me");
    expect(JSON.parse(Buffer.from(value ?? []).toString("utf8"))).toEqual({
      driftscope: 1,
      state: "present",
      version: "2.op",
      digest: "07".repeat(16),
      prevOpId: "before",
      writer: "me",
      body: { title: "Tea" },
    });
    expect(headers).toEqual({
      "driftscope-op": "op",
      "driftscope-base": "1.before",
      "driftscope-state": "present",
    });
  });

  test("of a deletion has a version; Kafka's own tombstone is none", () => {
    const { value } = toTopicRecord({ opId: "op", key, expect: null, write: "delete" }, "1.op", "");
    expect(toTopicRow({ offset: 0, key, value })).toMatchObject({ deleted: 1, version: "1.op", body: null });
    expect(toTopicRow({ offset: 0, key, value: null })).toBeUndefined();
  });

  test.each(["", "x", "7", "null", "[]", '{"driftscope":2,"state":"present","version":"1.x"}'])(
    "that is not ours is unreadable: %s",
    (text) => {
      expect(toTopicRow({ offset: 0, key, value: utf8(text) })).toMatchObject({ version: "" });
    },
  );

  test("that describes the collection has a key that no record has", () => {
    const highest = encodeKey([[], "\uffff", new Uint8Array([255])]);
    expect(compareBytes(META_KEY, highest)).toBeGreaterThan(0);
  });
});

describe("a topic's name", () => {
  test("gives the collection's back, or says that its description does", () => {
    fc.assert(
      fc.property(fc.string({ unit: "grapheme", minLength: 1, maxLength: 200 }), (name) => {
        const topic = topicName("driftscope", name);
        expect(topic).toMatch(/^[A-Za-z0-9._-]{1,249}$/);
        expect([name, null]).toContain(collectionOf("driftscope", topic));
      }),
    );
  });

  test.each([
    "other.todos",
    "driftscope",
    "driftscope.",
    "driftscope.a.b",
    "driftscope._4",
    "driftscope._61",
  ])("that we would not give is nobody's: %s", (topic) => {
    expect(collectionOf("driftscope", topic)).toBeUndefined();
  });
});

describe("committed records", () => {
  const batch = (firstOffset: number, changes: Partial<FetchedBatch> = {}): FetchedBatch => ({
    firstOffset,
    lastOffset: firstOffset,
    producerId: 1n,
    isTransactional: true,
    isControl: false,
    records: [{ offset: firstOffset, key, value: null }],
    ...changes,
  });
  const fetched = (batches: FetchedBatch[], changes: Partial<Fetched> = {}): Fetched => ({
    batches,
    aborted: [],
    stableEnd: 100,
    logStart: 0,
    isThrottled: false,
    ...changes,
  });
  const offsets = (of: Fetched, from = 0): number[] =>
    committedRecords(of, from).records.map((r) => r.offset);

  test("are those of transactions that were not aborted, of each producer on its own", () => {
    const batches = [
      batch(0),
      batch(1, { producerId: 2n }),
      batch(2, { isTransactional: false }),
      batch(3, { isControl: true }),
      batch(4),
      batch(5, { producerId: 2n, isControl: true }),
    ];
    const aborted = [{ producerId: 1n, firstOffset: 0 }];
    expect(offsets(fetched(batches, { aborted }))).toEqual([1, 2, 4]);
  });

  test("of an aborted transaction that began before what was asked for are left out", () => {
    const aborted = [{ producerId: 1n, firstOffset: 3 }];
    expect(offsets(fetched([batch(8), batch(9, { isControl: true }), batch(10)], { aborted }), 8)).toEqual([
      10,
    ]);
  });

  test("go on behind a batch's last offset, whatever compaction left of it", () => {
    const emptied = batch(4, { lastOffset: 40, records: [] });
    expect(committedRecords(fetched([emptied]), 2)).toMatchObject({ records: [], next: 41 });
    const begun = batch(0, {
      lastOffset: 9,
      records: [4, 6].map((offset) => ({ offset, key, value: null })),
    });
    expect(committedRecords(fetched([begun]), 5)).toMatchObject({ records: [{ offset: 6 }], next: 10 });
  });

  test("where there are none move nothing, whatever the end is", () => {
    expect(committedRecords(fetched([]), 7).next).toBe(7);
  });
});

describe("writes", () => {
  const head = (token: string, state: EntryState = EntryState.present) =>
    new Map([[keyText(key), { key, state, token }]]);
  const judge = (heads: ReturnType<typeof head>, ...writes: BackendWrite[]): string[] =>
    judgeWrites(
      writes.map((operation) => ({ operation, writer: "" })),
      heads,
      1000,
    ).map(({ is }) => is);
  const on = (expected: string | null, opId: string): BackendWrite => ({
    ...write(utf8("1"), opId),
    expect: expected,
  });

  test("are accepted on the version that they expect, and find their own applied", () => {
    expect(judge(head("1.x"), on("1.x", "y"))).toEqual(["accepted"]);
    expect(judge(head("1.x"), on(null, "x"))).toEqual(["applied"]);
    expect(judge(head("1.x"), on(null, "y"), on("2.x", "y"), on("no token", "y"))).toEqual([
      "missed",
      "missed",
      "missed",
    ]);
    expect(judge(new Map(), on(null, "y"))).toEqual(["accepted"]);
  });

  test("see earlier ones of their round", () => {
    expect(judge(new Map(), on(null, "a"), on(null, "b"), on("1.a", "c"), on("1.a", "d"))).toEqual([
      "accepted",
      "missed",
      "accepted",
      "missed",
    ]);
  });

  test("never overwrite what nobody can read, whatever its reason says", () => {
    expect(judge(head("1.x", EntryState.unreadable), on("1.x", "y"), on(null, "x"))).toEqual([
      "missed",
      "missed",
    ]);
  });

  test("that are larger than the topic takes are rejected", () => {
    expect(judge(new Map(), { ...write(new Uint8Array(1000).fill(49)), expect: null })).toEqual(["rejected"]);
  });
});
