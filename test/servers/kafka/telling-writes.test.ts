/** The panel tells a topic what the page writes, where the bridge's configuration and a person let it. */
import { afterAll, beforeAll, expect, inject, test, vi } from "vitest";
import { useBed } from "../../e2e/shared/bed/bed.ts";
import { connectAsPanel } from "../../support/bridge/connect-as-panel.ts";
import type { PageRecord } from "../../support/page/page-store.ts";
import { freshPrefix } from "./fresh-topics.ts";
import { type ConsumedRecord, KafkaOwner } from "./kafka-owner.ts";

/** On a busy machine. */
const SOON = { timeout: 120_000, interval: 500 };

const observed = `${freshPrefix()}-seen`;
const kafka = { backend: "kafka", brokers: [inject("kafka")], prefix: freshPrefix(), observed };
const bed = useBed("chromium", {
  "driftscope.config.json": JSON.stringify({
    connections: {
      far: kafka,
      look: { ...kafka, level: "read-only" },
      near: { backend: "sqlite", file: "near.db" },
    },
  }),
});
let owner: KafkaOwner;
beforeAll(async () => {
  owner = new KafkaOwner(inject("kafka"));
  await owner.create(observed, {});
});
afterAll(() => owner.close());

const recordOf = (id: number, text = "there"): PageRecord => ({ id, text });

async function eventsOf(collection: string): Promise<ConsumedRecord[]> {
  const { records } = await owner.consume(observed);
  return records.filter(({ key }) => keyOf(key).collection === collection);
}

const keyOf = (hex: string): { collection?: string; key?: number } =>
  JSON.parse(Buffer.from(hex, "hex").toString("utf8"));

const stateOf = ({ headers }: ConsumedRecord): string => headers["driftscope-state"] ?? "";

/** What a consumer has of the page's records who reads one event after the other. */
function consumed(events: readonly ConsumedRecord[]): unknown[] {
  const records = new Map<number, unknown>();
  for (const event of events) {
    const { key } = keyOf(event.key);
    if (key === undefined) continue;
    if (event.value === null) records.delete(key);
    else records.set(key, JSON.parse(event.value).body);
  }
  return [...records].sort(([a], [b]) => a - b).map(([, body]) => body);
}

test("what the page writes after a person agreed is told, with the version of the base; a deleted record is null", async () => {
  const scene = await bed.openAgreed([1, 2, 3].map((id) => recordOf(id)));
  const { panel, local, names } = scene;
  await local.put([recordOf(3, "before anybody agreed")]);
  await panel.tellWrites();
  await local.put([recordOf(1, "here"), recordOf(4, "new")]);
  await local.delete(2);
  await panel.waitForTold(4);

  const [begin, ...events] = await eventsOf(names.remote);
  expect(begin && stateOf(begin)).toBe("seen-gap");
  expect(events.map((event) => [keyOf(event.key).key, stateOf(event)]).sort()).toEqual([
    [1, "seen"],
    [2, "seen-deleted"],
    [4, "seen"],
  ]);
  expect(consumed(events)).toEqual([recordOf(1, "here"), recordOf(4, "new")]);
  const versions = Object.fromEntries(
    events.map(({ key, headers }) => [keyOf(key).key, headers["driftscope-base"]?.slice(0, 2)]),
  );
  expect(versions).toEqual({ 1: "1.", 2: "1.", 4: undefined });
  // Nothing was pushed by it.
  expect(await scene.remote.all()).toEqual([1, 2, 3].map((id) => recordOf(id)));

  await panel.endTelling();
  await local.put([recordOf(9, "not for anybody")]);
  await panel.tellWrites();
  await panel.waitForTold(1);
  expect((await eventsOf(names.remote)).map(({ key }) => keyOf(key).key)).not.toContain(9);
});

test("what is written while the bridge is away waits as keys, and is told once it is back; so is a cleared store, and a page that was loaded again", async () => {
  const { panel, local, names } = await bed.openAgreed([1, 2].map((id) => recordOf(id)));
  await panel.tellWrites();
  bed.expectErrors(/WebSocket|ERR_CONNECTION/);
  await bed.killBridge();
  await local.put([recordOf(1, "once"), recordOf(3)]);
  await local.put([recordOf(1, "twice")]);
  await panel.waitForUntold();
  await bed.restartBridge();
  await vi.waitFor(async () => {
    expect(consumed(await eventsOf(names.remote))).toEqual([recordOf(1, "twice"), recordOf(3)]);
  }, SOON);

  await local.clear();
  await vi.waitFor(async () => {
    const events = await eventsOf(names.remote);
    expect(
      events.filter((event) => stateOf(event) === "seen-deleted").map(({ key }) => keyOf(key).key),
    ).toEqual([1, 2, 3]);
  }, SOON);

  await panel.driver.page.reload();
  await panel.lookAgain();
  await local.put([recordOf(5)]);
  await vi.waitFor(async () => {
    expect(consumed(await eventsOf(names.remote))).toEqual([recordOf(5)]);
  }, SOON);
});

test("a connection that is read-only, or names no topic, tells nothing and offers nothing", async () => {
  const client = await connectAsPanel(await bed.bridge.pairing());
  try {
    const offered = (await client.connections()).map(({ name, capabilities }) => [
      name,
      capabilities.observedTo,
    ]);
    expect(offered).toEqual([
      ["far", expect.stringContaining(observed)],
      ["look", undefined],
      ["near", undefined],
    ]);
    const change = {
      opId: "op",
      key: new Uint8Array([1]),
      base: null,
      state: "deleted",
      text: new Uint8Array(0),
    };
    const tell = (connection: string) =>
      client.remoteStore(connection, "todos").tellObserved([{ ...change, state: "deleted" }], 1);
    await expect(tell("look")).rejects.toMatchObject({ code: "read-only" });
    await expect(tell("near")).rejects.toMatchObject({ code: "unsupported" });
  } finally {
    client.close();
  }
});
