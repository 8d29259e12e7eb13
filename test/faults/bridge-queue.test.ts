import { randomUUID } from "node:crypto";
import { readdirSync, readFileSync, statSync, truncateSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { projectionIdOf } from "../../core/mapping/mapping-identity.ts";
import type { BridgeClient } from "../../core/protocol/client/bridge-client.ts";
import type { QueuedApply } from "../../core/protocol/queue-frames.ts";
import { encodeTableMapping } from "../../core/protocol/table-mapping.ts";
import type { RemoteStore, RemoteWrite } from "../../core/session/ports.ts";
import { create, hexKey, initOf, put, readOne, replace, scanAll, tokenOf } from "../conformance/suite/bed.ts";
import { valueTable, valueTableMapping } from "../conformance/suite/value-table.ts";
import { RemovableDisk } from "../support/bridge/removable-disk.ts";
import { TestBridge } from "../support/bridge/test-bridge.ts";
import { seededRandom } from "../support/models/seeded-random.ts";
import { SomebodysDatabase } from "../support/sqlite/somebodys-database.ts";

let bridge: TestBridge;
let client: BridgeClient;
let disk: RemovableDisk;
let store: RemoteStore;
let incarnation: string;
beforeEach(async () => {
  bridge = await TestBridge.start({ ...JSON.parse(RemovableDisk.config), schedules: SCHEDULES });
  disk = new RemovableDisk(bridge.folder);
  ({ client } = await bridge.pair(bridge.pairing));
  store = client.remoteStore("disk", "shop");
  ({ incarnation } = await store.init(initOf("shop")));
});
afterEach(() => bridge.dispose());

const SCHEDULES = { sending: { cron: "@yearly", task: { do: "send-queue", connection: "disk" } } };
const ORIGIN = "https://shop.example";

async function* windows(writes: readonly RemoteWrite[]): AsyncGenerator<readonly RemoteWrite[]> {
  for (let from = 0; from < writes.length; from += 1000) yield writes.slice(from, from + 1000);
}

function enqueue(writes: readonly RemoteWrite[], applyId = "apply"): Promise<number> {
  const about = { applyId, connection: "disk", collection: "shop", incarnation };
  return client.queue.enqueue({ ...about, origin: ORIGIN, store: "shop/shop" }, windows(writes));
}

/** Waits until the queue is as wanted, by its own news. */
async function until(isWanted: (apply: QueuedApply) => boolean, applyId = "apply"): Promise<QueuedApply> {
  let known: number | undefined;
  for (;;) {
    const state = await client.queue.state(known);
    const apply = state.applies.find((one) => one.applyId === applyId);
    if (apply !== undefined && isWanted(apply)) return apply;
    known = state.revision;
  }
}

/** After some tries in vain, so that the next one is not yet under way when the test goes on. */
const waitsLonger = ({ is, retryAt }: QueuedApply): boolean =>
  is === "waiting" && retryAt !== undefined && retryAt > Date.now() + 1000;

const hasEnded = ({ is }: QueuedApply): boolean => is === "ended";

async function outcomes(applyId = "apply"): Promise<Record<string, string>> {
  const told: Record<string, string> = {};
  for await (const chunk of client.queue.settled(applyId)) {
    for (const { write, outcome } of chunk) {
      expect(told[write.opId]).toBeUndefined();
      told[write.opId] = outcome.status === "rejected" ? outcome.code : outcome.status;
    }
  }
  return told;
}

const creates = (count: number): RemoteWrite[] =>
  Array.from({ length: count }, (_, i) => create(i, { i, text: "x".repeat(200) }));

describe("operations for a backend that is away", () => {
  test("wait, are sent when it is back, and are forgotten once that is acknowledged", async () => {
    const old = tokenOf((await store.write([create("kept", "old")], { applyId: "before" }))[0]);
    disk.pullOut(bridge.pid);
    const writes = [...creates(3), replace("kept", old, "new")];
    expect(await enqueue(writes)).toBe(4);
    const waiting = await until(waitsLonger);
    expect(waiting).toMatchObject({
      is: "waiting",
      counts: { waiting: 4, unanswered: 0, applied: 0 },
      problem: { code: "missing-folder" },
    });
    expect(waiting.retryAt).toBeGreaterThan(Date.now() - 60_000);
    expect(await client.queue.acknowledge("apply")).toBe(false);

    disk.putBack();
    expect(await until(hasEnded)).toMatchObject({ counts: { applied: 4, waiting: 0 } });
    expect(await outcomes()).toEqual(Object.fromEntries(writes.map(({ opId }) => [opId, "applied"])));
    expect((await readOne(store, "kept")).body).toBe('"new"');
    // What was there before is kept for undo, as of any apply.
    const before: string[] = [];
    for await (const chunk of store.preimages("apply")) before.push(...chunk.map(({ opId }) => opId));
    expect(before.sort()).toEqual(writes.map(({ opId }) => opId).sort());

    expect(await client.queue.acknowledge("apply")).toBe(true);
    expect(await client.queue.acknowledge("apply")).toBe(true);
    expect((await client.queue.state()).applies).toEqual([]);
  });

  test("are tried at once by a schedule, which tells why they could not be sent, or that they were", async () => {
    const runOfSchedule = async () => {
      await client.schedules.run("sending");
      for (let known: number | undefined; ; ) {
        const { revision, schedules } = await client.schedules.state(known);
        known = revision;
        const [info] = schedules;
        if (info?.running === undefined) return info?.last;
      }
    };
    expect(await runOfSchedule()).toMatchObject({ state: "succeeded", said: "Nothing was queued." });
    disk.pullOut(bridge.pid);
    await enqueue(creates(2));
    await until(waitsLonger);
    const away = await runOfSchedule();
    expect(away).toMatchObject({ state: "failed", problem: { code: "missing-folder" } });
    expect(away?.problem?.message).toMatch(/^1 queued apply could not be sent to disk: .*goes on trying/);
    disk.putBack();
    expect(await runOfSchedule()).toMatchObject({
      state: "succeeded",
      said: expect.stringMatching(/sent|queued/),
    });
    expect(await until(hasEnded)).toMatchObject({ counts: { applied: 2 } });
  });

  test("what somebody else wrote meanwhile is a conflict, and stays", async () => {
    const tokens = (await store.write([create("a", "old"), create("b", "old")], { applyId: "before" })).map(
      tokenOf,
    );
    await bridge.stop();
    const other = await TestBridge.start({
      connections: { disk: { backend: "sqlite", file: disk.file, level: "confirm" } },
    });
    try {
      disk.pullOut(other.pid);
      await bridge.run();
      const ours = [replace("a", tokens[0] as string, "ours"), replace("b", tokens[1] as string, "ours")];
      await enqueue(ours);
      await until(waitsLonger);
      await bridge.kill();

      disk.putBack();
      const theirs = (await other.pair(other.pairing)).client.remoteStore("disk", "shop");
      await theirs.write([replace("a", tokens[0] as string, "theirs")], { applyId: "theirs" });
      await bridge.run();
      await until(hasEnded);
      expect(Object.values(await outcomes())).toEqual(["conflict", "applied"]);
      expect((await readOne(store, "a")).body).toBe('"theirs"');
      expect((await readOne(store, "b")).body).toBe('"ours"');
    } finally {
      await other.dispose();
    }
  });

  test("that are removed are not sent, and say so", async () => {
    disk.pullOut(bridge.pid);
    const writes = creates(3);
    await enqueue(writes);
    await until(waitsLonger);
    await client.queue.remove("apply");
    await until(hasEnded);
    disk.putBack();
    await bridge.kill();
    await bridge.run();
    await until(hasEnded);
    expect(await outcomes()).toEqual(Object.fromEntries(writes.map(({ opId }) => [opId, "removed"])));
    expect(await scanAll(store)).toEqual([]);
  });

  test("are rejected where the connection has become read-only, or the collection another one", async () => {
    disk.pullOut(bridge.pid);
    await enqueue(creates(2), "read-only");
    incarnation = randomUUID();
    await enqueue(creates(2), "made-anew");
    await until(waitsLonger, "read-only");
    await bridge.stop();
    disk.putBack();
    const config = RemovableDisk.config.replace("confirm", "read-only");
    writeFileSync(join(bridge.folder, "driftscope.config.json"), config);
    await bridge.run();
    await until(hasEnded, "read-only");
    await until(hasEnded, "made-anew");
    expect(Object.values(await outcomes("read-only"))).toEqual(["read-only", "read-only"]);
    expect(Object.values(await outcomes("made-anew"))).toEqual(["stale-checkpoint", "stale-checkpoint"]);
    expect(await scanAll(store)).toEqual([]);
  });

  test.each([1, 2, 3])(
    "are written exactly once, however often the bridge is killed on the way (seed %i)",
    async (seed) => {
      const next = seededRandom(seed);
      const writes = creates(4000);
      disk.pullOut(bridge.pid);
      await enqueue(writes);
      await bridge.kill();
      disk.putBack();
      let ended = false;
      let kills = 0;
      while (!ended) {
        await bridge.run();
        // At a point of the work, not of the clock.
        const target = kills < 4 ? Math.floor(next() * 1200) : Number.POSITIVE_INFINITY;
        let from: number | undefined;
        const apply = await until((now) => {
          const done = now.counts.applied;
          from ??= done;
          return hasEnded(now) || done - from >= target;
        });
        ended = hasEnded(apply);
        if (ended) break;
        await bridge.kill();
        kills++;
      }
      expect(kills).toBeGreaterThan(0);
      expect(await outcomes()).toEqual(Object.fromEntries(writes.map(({ opId }) => [opId, "applied"])));
      const entries = await scanAll(store);
      // Each exactly once: the first version of its key, by its own operation.
      expect(entries.map(({ token }) => token).sort()).toEqual(writes.map(({ opId }) => `1.${opId}`).sort());
    },
  );

  test("on rows of an existing table wait with their mapping, also over a restart of the bridge", async () => {
    const theirs = new SomebodysDatabase(disk.file);
    theirs.exec(valueTable("things", false));
    theirs.exec(`INSERT INTO things VALUES ('a', '"old"'), ('b', '"old"')`);
    const mapping = valueTableMapping("things", false);
    const table = client.tableStore("disk", mapping);
    const made = await table.init(initOf("things", projectionIdOf({ columns: mapping.columns })));
    const [a, b] = [(await readOne(table, "a")).token, (await readOne(table, "b")).token];
    theirs.close();

    disk.pullOut(bridge.pid);
    const writes = [replace("a", a ?? "", "ours"), replace("b", b ?? "", "ours"), create("c", "ours")];
    const about = { applyId: "apply", connection: "disk", collection: "things", origin: ORIGIN };
    await client.queue.enqueue(
      {
        ...about,
        mapping: encodeTableMapping(mapping),
        incarnation: made.incarnation,
        store: "shop/things",
      },
      windows(writes),
    );
    await until(waitsLonger);
    await bridge.kill();
    disk.putBack();
    const again = new SomebodysDatabase(disk.file);
    again.exec(`UPDATE things SET v = '"theirs"' WHERE k = 'b'`);
    await bridge.run();
    await until(hasEnded);
    expect(Object.values(await outcomes())).toEqual(["applied", "conflict", "applied"]);
    expect(again.rows("SELECT k, v FROM things ORDER BY k")).toEqual([
      ["a", '"ours"'],
      ["b", '"theirs"'],
      ["c", '"ours"'],
    ]);
    again.close();
  });

  test("of which the answer to the last part was lost are queued or not at all", async () => {
    disk.pullOut(bridge.pid);
    const queue = join(bridge.dataDir, "queue");
    await enqueue(creates(3), "whole");
    await bridge.kill();
    const file = join(queue, "whole.queue");
    // Torn before its seal, as by a crash before anybody was answered.
    truncateSync(file, statSync(file).size - 3);
    await bridge.run();
    expect((await client.queue.state()).applies).toEqual([]);
    expect(readdirSync(queue)).toEqual([]);
    expect(await enqueue(creates(2), "whole")).toBe(2);
  });
});

describe("the command line", () => {
  test("lists the queue, takes an apply back, and forgets an origin", async () => {
    const at = ["--data", bridge.dataDir];
    disk.pullOut(bridge.pid);
    const writes = [create("secret", put("hidden").body), ...creates(1)];
    await enqueue(writes, "one");
    await enqueue([replace(hexKey("x").slice(0, 4), "1.other", "y")], "two");
    await until(waitsLonger, "one");

    const listed = (await bridge.cli("queue", ...at)).stdout;
    expect(listed).toContain("2 applies");
    // It may just be tried again.
    expect(listed).toMatch(
      /disk\/shop: 2 (waiting|unanswered), .*of https:\/\/shop\.example, apply one, (waiting|sending)/,
    );
    expect(listed).toContain("does not exist");
    expect(listed).not.toContain("hidden");

    const unasked = await bridge.cli("queue", "remove", "one", ...at);
    expect(unasked).toMatchObject({ exitCode: 2, stderr: expect.stringContaining("--yes") });
    const removed = await bridge.cli("queue", "remove", "one", "--yes", ...at);
    expect(removed).toMatchObject({
      exitCode: 0,
      stdout: expect.stringContaining("2 operations will not be sent"),
    });
    expect(await until(hasEnded, "one")).toMatchObject({ counts: { rejected: 2 } });

    const { mode } = statSync(join(bridge.dataDir, "queue", "two.queue"));
    expect(mode & 0o777).toBe(0o600);
    expect(statSync(join(bridge.dataDir, "queue")).mode & 0o777).toBe(0o700);
    await bridge.stop();
    expect((await bridge.cli("journal", ...at)).stdout).toContain("queue    2 applies");
    const forgotten = await bridge.cli("forget", ORIGIN, "--yes", ...at);
    expect(forgotten.stdout).toContain("queue of 2 applies");
    expect(readdirSync(join(bridge.dataDir, "queue"))).toEqual([]);
    disk.putBack();
  });

  test("tells a damaged file, and deletes it when it is told to", async () => {
    const at = ["--data", bridge.dataDir];
    disk.pullOut(bridge.pid);
    await enqueue(creates(2));
    await bridge.stop();
    disk.putBack();
    const path = join(bridge.dataDir, "queue", "apply.queue");
    const bytes = readFileSync(path);
    bytes[30] = (bytes[30] as number) ^ 0xff;
    writeFileSync(path, bytes);
    await bridge.run();
    expect((await client.queue.state()).applies).toMatchObject([{ is: "damaged", applyId: "apply" }]);
    expect((await bridge.cli("queue", ...at)).stdout).toContain("is damaged at byte 0");
    expect(await scanAll(store)).toEqual([]);
    expect((await bridge.cli("queue", "remove", "apply", "--yes", ...at)).exitCode).toBe(0);
    expect(readdirSync(join(bridge.dataDir, "queue"))).toEqual([]);
  });
});
