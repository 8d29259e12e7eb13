import { afterEach, beforeEach, describe, expect, test } from "vitest";
import type { BridgeClient } from "../../core/protocol/client/bridge-client.ts";
import type { RemoteWrite, WriteOutcome } from "../../core/session/ports.ts";
import { create, initOf, replace, scanAll, tokenOf } from "../conformance/suite/bed.ts";
import { TestBridge } from "../support/bridge/test-bridge.ts";
import { seededRandom } from "../support/models/seeded-random.ts";

let bridge: TestBridge;
let client: BridgeClient;
beforeEach(async () => {
  bridge = await TestBridge.start();
  ({ client } = await bridge.pair(bridge.pairing));
});
afterEach(() => bridge.dispose());

/** What a session does with unknown outcomes: settle them until they are certain. */
async function settleAll(
  collection: string,
  operations: readonly RemoteWrite[],
  outcomes: readonly WriteOutcome[],
  applyId: string,
): Promise<WriteOutcome[]> {
  const store = client.remoteStore("local", collection);
  const settled = new Map(outcomes.map((outcome) => [outcome.opId, outcome]));
  const unknown = operations.filter(({ opId }) => settled.get(opId)?.status === "unknown");
  for (const outcome of await store.settle(unknown, { applyId })) settled.set(outcome.opId, outcome);
  return operations.map(({ opId }) => settled.get(opId) as WriteOutcome);
}

const COUNT = 4000;

describe("a bridge that is killed", () => {
  test.each([1, 2, 3, 4])(
    "while it writes loses nothing it acknowledged, and settling is exact (seed %i)",
    async (seed) => {
      const next = seededRandom(seed);
      const store = client.remoteStore("local", "shop");
      await store.init(initOf("shop"));
      const operations = Array.from({ length: COUNT }, (_, i) => create(i, { i, text: "x".repeat(200) }));
      // At a point of the work, not of the clock.
      const killAfter = Math.floor(next() * 6);
      let answered = 0;
      const outcomes: WriteOutcome[] = [];
      let killing: Promise<void> | undefined;
      await Promise.all(
        Array.from({ length: 8 }, async (_, part) => {
          const some = operations.slice(part * 500, (part + 1) * 500);
          outcomes.push(...(await store.write(some, { applyId: "apply" })));
          if (answered++ === killAfter) killing = bridge.kill();
        }),
      );
      await killing;
      const acknowledged = outcomes.filter(({ status }) => status === "applied");
      expect(acknowledged.length).toBeGreaterThanOrEqual(500);
      expect(outcomes.filter(({ status }) => status !== "applied" && status !== "unknown")).toEqual([]);

      await bridge.run();
      await client.reconnect();
      const tokens = new Set((await scanAll(client.remoteStore("local", "shop"))).map(({ token }) => token));
      for (const outcome of acknowledged) expect(tokens).toContain(tokenOf(outcome));

      const all = await settleAll("shop", operations, outcomes, "apply");
      expect(all.map(({ status }) => status)).toEqual(operations.map(() => "applied"));
      const entries = await scanAll(store);
      // Each exactly once: the first version of its key, by its own operation.
      expect(entries.map(({ token }) => token).sort()).toEqual(
        operations.map(({ opId }) => `1.${opId}`).sort(),
      );
      const before: string[] = [];
      for await (const chunk of store.preimages("apply")) before.push(...chunk.map(({ opId }) => opId));
      expect(before.sort()).toEqual(operations.map(({ opId }) => opId).sort());
    },
  );

  test("while it replaces: each record is the old or the new one, and settling ends with the new", async () => {
    const store = client.remoteStore("local", "shop");
    await store.init(initOf("shop"));
    const created = await store.write(
      Array.from({ length: 1500 }, (_, i) => create(i, "old")),
      { applyId: "first" },
    );
    const operations = created.map((outcome, i) => replace(i, tokenOf(outcome), "new"));
    const writing = store.write(operations, { applyId: "second" });
    const killing = bridge.kill();
    const outcomes = await writing;
    await killing;
    await bridge.run();
    await client.reconnect();
    const all = await settleAll("shop", operations, outcomes, "second");
    expect(all.map(({ status }) => status)).toEqual(operations.map(() => "applied"));
    const versions = (await scanAll(store)).map(({ token }) => token);
    expect(versions.sort()).toEqual(operations.map(({ opId }) => `2.${opId}`).sort());
  });
});

describe("an embedded backend whose process dies", () => {
  test("costs what was in flight an answer, not the connection, and is started again", async () => {
    const store = client.remoteStore("local", "shop");
    await store.init(initOf("shop"));
    const operations = Array.from({ length: COUNT }, (_, i) => create(i, { i, text: "x".repeat(200) }));
    const first = await store.write(operations.slice(0, 500), { applyId: "apply" });
    const [child] = bridge.children();
    if (child === undefined) throw new Error("the backend runs in no process of its own");
    const writing = store.write(operations.slice(500), { applyId: "apply" });
    process.kill(child, "SIGABRT");
    const outcomes = [...first, ...(await writing)];
    expect(client.state).toEqual({ is: "connected" });
    const unknown = outcomes.filter(({ status }) => status !== "applied");
    for (const outcome of unknown) {
      // Reading what is there is refused, sending it is unknown.
      expect(outcome).toMatchObject({ reason: expect.stringContaining("SIGABRT") });
    }
    const retried = await store.write(operations, { applyId: "apply" });
    expect(retried.map(({ status }) => status)).toEqual(operations.map(() => "applied"));
    expect(bridge.children()).toHaveLength(1);
    expect(bridge.children()).not.toContain(child);
    expect((await scanAll(store)).map(({ token }) => token).sort()).toEqual(
      operations.map(({ opId }) => `1.${opId}`).sort(),
    );
  });

  test("ends a scan with an error, never with fewer rows", async () => {
    const store = client.remoteStore("local", "shop");
    await store.init(initOf("shop"));
    await store.write(
      Array.from({ length: COUNT }, (_, i) => create(i, i)),
      { applyId: "apply" },
    );
    const seen: number[] = [];
    const scan = async (): Promise<void> => {
      for await (const batch of store.scan({ batchSize: 10 })) {
        if (seen.length === 0) for (const child of bridge.children()) process.kill(child, "SIGKILL");
        seen.push(batch.count);
      }
    };
    await expect(scan()).rejects.toMatchObject({ code: "backend-unavailable" });
    expect(await scanAll(store)).toHaveLength(COUNT);
  });
});

describe("a connection that ends", () => {
  test("rejects reads, leaves writes unknown, and is made again by the next request", async () => {
    const store = client.remoteStore("local", "shop");
    await store.init(initOf("shop"));
    await store.write(
      Array.from({ length: 2000 }, (_, i) => create(i, "x".repeat(2000))),
      { applyId: "first" },
    );
    const scan = async (): Promise<void> => {
      for await (const _ of store.scan({ batchSize: 1 })) await killOnce();
    };
    let killed: Promise<void> | undefined;
    const killOnce = (): Promise<void> => {
      killed ??= bridge.kill();
      return killed;
    };
    await expect(scan()).rejects.toMatchObject({ code: "disconnected" });
    expect(client.state.is).toBe("idle");

    const operation = create("new", 1);
    expect(await store.write([operation], { applyId: "second" })).toMatchObject([{ status: "unknown" }]);
    expect(client.state).toMatchObject({ is: "failed", error: { code: "not-running" } });
    await expect(store.meta()).rejects.toMatchObject({ code: "not-running" });

    await bridge.run();
    await client.reconnect();
    expect(await store.settle([operation], { applyId: "second" })).toMatchObject([{ status: "applied" }]);
    expect(await scanAll(store)).toHaveLength(2001);
  });
});
