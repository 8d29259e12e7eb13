import { afterAll, beforeAll, describe, expect, test } from "vitest";
import {
  type Bed,
  create,
  freshStore,
  readOne,
  scanAll,
  tokenOf,
  writeOne,
} from "../../conformance/suite/bed.ts";
import { directBed } from "../../conformance/suite/direct-bed.ts";
import { lostAnswers } from "../suites/lost-answers.ts";
import { freshBackend } from "./fresh-table.ts";
import { HBaseServer } from "./hbase-server.ts";

/** Servers of their own behind a gateway that stays, which these tests freeze and kill. */
let hbase: HBaseServer;
let bed: Bed;
beforeAll(async () => {
  hbase = await HBaseServer.startApart();
  // Frozen for longer than a session with ZooKeeper lasts, a region server gives up for good.
  bed = directBed(await freshBackend({ url: hbase.url, requestTimeoutMs: 6000 }));
}, 240_000);
afterAll(async () => {
  await bed?.dispose();
  await hbase?.dispose();
});

test("servers that die in the middle of a scan: what was not read is not taken for gone", async () => {
  const { store } = await freshStore(bed);
  for (let from = 0; from < 6000; from += 2000) {
    const some = Array.from({ length: 2000 }, (_, i) => create(from + i, "x".repeat(100)));
    const outcomes = await store.write(some, { applyId: crypto.randomUUID() });
    expect(outcomes.every(({ status }) => status === "applied")).toBe(true);
  }
  let seen = 0;
  const scan = async (): Promise<void> => {
    for await (const batch of store.scan({ batchSize: 200 })) {
      if (seen === 0) await hbase.servers.kill();
      seen += batch.count;
    }
  };
  await expect(scan()).rejects.toMatchObject({
    code: expect.stringMatching(/^(incomplete|backend-unavailable)$/),
  });
  expect(seen).toBeLessThan(6000);
  // A record that is there is not told to be absent, either.
  await expect(readOne(store, 1)).rejects.toThrow();
  await hbase.servers.start();
  await expect.poll(async () => (await scanAll(store)).length, { timeout: 90_000 }).toBe(6000);
}, 300_000);

test("what is larger than a cell may be is refused by name, its neighbours are written", async () => {
  const { store } = await freshStore(bed);
  const [small, large] = [create("small", 1), create("large", "x".repeat(10 * 1024 * 1024))];
  const outcomes = await store.write([large, small], { applyId: crypto.randomUUID() });
  expect(outcomes).toMatchObject([{ status: "rejected", code: "too-large" }, { status: "applied" }]);
  expect((await readOne(store, "large")).state).toBe("absent");
  tokenOf(await writeOne(store, create("fits", "x".repeat(9 * 1024 * 1024))));
});

describe("as every backend", () => lostAnswers(() => ({ server: hbase.servers, bed })));
