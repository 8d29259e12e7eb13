import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { ForeignTable } from "../../../bridge/backends/hbase/tables/foreign-table.ts";
import { scanRows } from "../../../bridge/backends/hbase/tables/scan-rows.ts";
import { RestClient } from "../../../bridge/backends/rest/rest-client.ts";
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
import { freshBackend, hbaseSettings } from "./fresh-table.ts";
import { HBaseServer } from "./hbase-server.ts";
import { SomebodysTable } from "./somebodys-table.ts";

const ROWS = 6000;

/** Servers of their own behind a gateway that stays, which these tests freeze and kill. */
let hbase: HBaseServer;
let bed: Bed;
beforeAll(async () => {
  hbase = await HBaseServer.startApart();
  // Frozen for longer than a session with ZooKeeper lasts, a region server gives up for good.
  bed = directBed(await freshBackend({ url: hbase.url, requestTimeoutMs: 6000 }));
}, 600_000);
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

test("nor is what was not read of somebody's table", async () => {
  const theirs = await SomebodysTable.make({ f: 1 }, { url: hbase.url });
  const value = "x".repeat(2000);
  for (let from = 0; from < ROWS; from += 1000) {
    const some = Array.from({ length: 1000 }, (_, i) => [`row ${from + i}`, { "f:value": value }] as const);
    await theirs.putRows(some);
  }
  const settings = hbaseSettings({ url: hbase.url, requestTimeoutMs: 6000 });
  const client = new RestClient(settings);
  const table = new ForeignTable(client, theirs.name);
  const all = { start: "", end: undefined };
  const scan = async (onFirst: () => Promise<void>): Promise<number> => {
    let seen = 0;
    for await (const _ of scanRows(table, all, ["f:value"], new AbortController().signal)) {
      if (seen++ === 0) await onFirst();
    }
    return seen;
  };
  await expect(scan(() => hbase.servers.kill())).rejects.toMatchObject({
    code: expect.stringMatching(/^(incomplete|backend-unavailable)$/),
  });
  await hbase.servers.start();
  await expect
    .poll(() => scan(async () => {}).catch((error: unknown) => error), { timeout: 90_000 })
    .toBe(ROWS);
  await client.close();
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
