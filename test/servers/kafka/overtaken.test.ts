/** Who writes at the very moment at which a bridge has judged and not yet committed: nothing is overwritten unseen. */
import { readdirSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, inject, test } from "vitest";
import {
  KafkaCluster,
  onlyPartition,
  type Topic,
} from "../../../bridge/backends/kafka/client/kafka-cluster.ts";
import { topicName } from "../../../bridge/backends/kafka/topic-names.ts";
import { decodeValue } from "../../../core/codec/decode-value.ts";
import { toHex } from "../../../core/key/hex.ts";
import type { RemoteStore } from "../../../core/session/ports.ts";
import {
  type Bed,
  create,
  freshStore,
  initOf,
  keyBytes,
  readOne,
  replace,
  tokenOf,
  writeOne,
} from "../../conformance/suite/bed.ts";
import { freshPrefix, kafkaBed, kafkaSettings } from "./fresh-topics.ts";
import { type InterferedCluster, interferedBed, type Step } from "./interfered.ts";
import { KafkaOwner } from "./kafka-owner.ts";

const prefix = freshPrefix();
let others: Bed;
let mine: Bed;
let cluster: InterferedCluster;
let folder: string;
let owner: KafkaOwner;
beforeAll(() => {
  others = kafkaBed({ prefix });
  ({ bed: mine, cluster, folder } = interferedBed({ prefix, requestTimeoutMs: 8000 }));
  owner = new KafkaOwner(inject("kafka"));
});
afterAll(async () => {
  await owner.close();
  await mine.dispose();
  await others.dispose();
});

interface Contended {
  readonly topic: string;
  readonly theirs: RemoteStore;
  readonly store: RemoteStore;
  /** Of the record "a", whose value is 0. */
  readonly token: string;
}

/** Written by `writer`, who has the transactional id afterwards. */
async function contended(writer: "others" | "mine"): Promise<Contended> {
  const { store: theirs, collection } = await freshStore(others);
  const store = await mine.store(collection);
  const token = tokenOf(await writeOne(writer === "mine" ? store : theirs, create("a", 0)));
  expect((await readOne(store, "a")).token).toBe(token);
  return { topic: topicName(prefix, collection), theirs, store, token };
}

const valueIn = async (store: RemoteStore): Promise<unknown> =>
  decodeValue((await readOne(store, "a")).body ?? "");

test.each<Step>(["take over", "begin", "append", "commit"])(
  "a bridge that stood still before it asked to %s finds that others have written meanwhile",
  async (step) => {
    const { store, theirs, token } = await contended(step === "take over" ? "others" : "mine");
    let next = "";
    cluster.before(step, async () => {
      next = tokenOf(await writeOne(theirs, replace("a", token, 1)));
    });
    const outcome = await writeOne(store, replace("a", token, 2));
    // A commit that was refused is told as that: nothing of it was written.
    expect(outcome.status).toBe(step === "commit" ? "rejected" : "conflict");
    expect(next).toMatch(/^2\./);
    for (const one of [store, theirs]) expect(await readOne(one, "a")).toMatchObject({ token: next });
  },
);

test("a copy that is damaged at the moment of a commit costs no outcome: it is read anew, and tells", async () => {
  const { topic, store, theirs, token } = await contended("mine");
  const files = readdirSync(folder, { recursive: true, encoding: "utf8" })
    .filter((name) => name.includes(`/${topic}/`))
    .map((name) => join(folder, name));
  const copy = files.find((path) => path.endsWith(".sqlite")) ?? "";
  const before = statSync(copy).ino;
  cluster.before("commit", async () => {
    for (const path of files) writeFileSync(path, "no database".repeat(10_000));
  });
  const next = tokenOf(await writeOne(store, replace("a", token, 1)));
  expect(statSync(copy).ino).not.toBe(before);
  for (const one of [store, theirs]) expect(await readOne(one, "a")).toMatchObject({ token: next });
});

test("a broker that shows an end which is not the end is found out before anything is committed", async () => {
  const { store, theirs, token } = await contended("others");
  const next = tokenOf(await writeOne(theirs, replace("a", token, 1)));
  cluster.isBlind = true;
  cluster.before("append", async () => {
    cluster.isBlind = false;
  });
  expect(await writeOne(store, replace("a", token, 2))).toMatchObject({ status: "conflict" });
  expect(cluster.isBlind).toBe(false);
  expect(await readOne(theirs, "a")).toMatchObject({ token: next });
  expect(tokenOf(await writeOne(store, replace("a", next, 3)))).toMatch(/^3\./);
});

test("what somebody produces by no rule of ours, after the judgement and before our record, is not overwritten unseen", async () => {
  const { topic, store, theirs, token } = await contended("mine");
  cluster.before("append", () => owner.produce(topic, { key: toHex(keyBytes("a")), value: "theirs" }));
  expect(await writeOne(store, replace("a", token, 2))).toMatchObject({
    status: "rejected",
    code: "unreadable",
  });
  for (const one of [store, theirs]) expect((await readOne(one, "a")).state).toBe("unreadable");

  cluster.before("append", () => owner.produce(topic, { key: toHex(keyBytes("z")), value: null }));
  // Something else is in nobody's way.
  expect(tokenOf(await writeOne(store, create("b", 1)))).toMatch(/^1\./);
});

describe("somebody else's open transaction", () => {
  let strangers: KafkaCluster;
  beforeAll(() => {
    strangers = new KafkaCluster(kafkaSettings());
  });
  afterAll(() => strangers.close());

  test("keeps what is written behind it from being judged: nothing is written until it ends, and readers read on", async () => {
    const { topic, store, theirs, token } = await contended("mine");
    const found = (await strangers.topic(topic)) as Topic;
    const producer = await strangers.takeOver(`${topic}.strangers`);
    await strangers.begin(producer, [onlyPartition(found)]);
    await strangers.append(producer, onlyPartition(found), 0, [
      { key: keyBytes("z"), value: new Uint8Array([1]), headers: {} },
    ]);
    expect(await writeOne(store, replace("a", token, 1))).toMatchObject({
      status: "rejected",
      code: "locked",
      reason: expect.stringMatching(/transaction is open.*abort/),
    });
    expect(await valueIn(theirs)).toBe(0);

    await strangers.abort(producer);
    await expect
      .poll(async () => (await writeOne(theirs, replace("a", token, 2))).status, { timeout: 60_000 })
      .toBe("applied");
    for (const one of [store, theirs]) expect(await valueIn(one)).toBe(2);
    expect((await owner.consume(topic)).records.map(({ value }) => value)).toHaveLength(3);
  });
});

test("a topic that is deleted and made anew at the moment of a write gets nothing of it", async () => {
  const { topic, store, token } = await contended("mine");
  const collection = (await store.meta())?.collection ?? "";
  cluster.before("append", async () => {
    await owner.delete(topic);
    await expect
      .poll(() => owner.create(topic, { "cleanup.policy": "compact" }).then(() => "made", String), {
        timeout: 60_000,
      })
      .toBe("made");
  });
  expect((await writeOne(store, replace("a", token, 1))).status).not.toBe("applied");
  // Taken over by whoever writes next: what hangs in the topic is none of its records.
  const anew = await others.store(collection);
  await expect
    .poll(() => anew.init(initOf(collection)).then(() => "made", String), { timeout: 60_000 })
    .toBe("made");
  expect((await readOne(anew, "a")).state).toBe("absent");
});
