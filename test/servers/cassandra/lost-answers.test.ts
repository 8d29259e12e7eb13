import { randomUUID } from "node:crypto";
import { afterAll, beforeAll, expect, test } from "vitest";
import { CassandraBackend } from "../../../bridge/backends/cassandra/cassandra-backend.ts";
import { decodeValue } from "../../../core/codec/decode-value.ts";
import type { RemoteStore, RemoteWrite } from "../../../core/session/ports.ts";
import {
  type Bed,
  create,
  freshStore,
  readOne,
  replace,
  scanAll,
  tokenOf,
  writeOne,
} from "../../conformance/suite/bed.ts";
import { directBed } from "../../conformance/suite/direct-bed.ts";
import { CassandraServer } from "./cassandra-server.ts";
import { freshKeyspace } from "./fresh-keyspace.ts";

const REQUEST_TIMEOUT_MS = 5000;

/** A server of their own, which these tests freeze and kill. */
let server: CassandraServer;
let bed: Bed;
beforeAll(async () => {
  server = await CassandraServer.start({ commitlog_segment_size: "8MiB" });
  const contactPoint = `127.0.0.1:${server.port}`;
  const backend = new CassandraBackend({
    contactPoints: [contactPoint],
    keyspace: await freshKeyspace(contactPoint),
    serialConsistency: "SERIAL",
    requestTimeoutMs: REQUEST_TIMEOUT_MS,
  });
  await backend.setUp.run();
  bed = directBed(backend);
}, 240_000);
afterAll(async () => {
  await bed?.dispose();
  await server?.dispose();
});

/** Until a server that woke up or started again answers all of them for certain. */
async function settled(
  store: RemoteStore,
  operations: readonly RemoteWrite[],
  applyId: string,
): Promise<ReadonlyMap<string, string>> {
  const statuses = new Map<string, string>();
  let open = operations;
  await expect
    .poll(
      async () => {
        for (const { opId, status } of await store.settle(open, { applyId })) statuses.set(opId, status);
        open = open.filter(({ opId }) => statuses.get(opId) === "unknown");
        return open.length;
      },
      { timeout: 60_000, interval: 500 },
    )
    .toBe(0);
  return statuses;
}

test("what a frozen server was sent is unknown, can apply later, and is settled as applied once", async () => {
  const { store } = await freshStore(bed);
  const token = tokenOf(await writeOne(store, create("a", 0)));
  const applyId = randomUUID();
  const operation = replace("a", token, 1);
  server.server.freeze();
  // What is there cannot be read either, so nothing may be sent: it is certain that this one did not apply.
  const unsent = await writeOne(store, operation, applyId);
  expect(["rejected", "unknown"]).toContain(unsent.status);
  const made = create("b", 1);
  const unanswered = await writeOne(store, made, applyId);
  expect(["rejected", "unknown"]).toContain(unanswered.status);
  server.server.thaw();
  expect([...(await settled(store, [made], applyId)).values()]).toEqual(["applied"]);
  expect([...(await settled(store, [operation], applyId)).values()]).toEqual(["applied"]);
  expect(decodeValue((await readOne(store, "a")).body ?? "")).toBe(1);
  // Each key was written by one operation: the numbers say so.
  expect((await readOne(store, "a")).token).toBe(`2.${operation.opId}`);
  expect((await readOne(store, "b")).token).toBe(`1.${made.opId}`);
}, 120_000);

test("what is larger than the server's own limit is refused before it is sent, its neighbours are written", async () => {
  const { store } = await freshStore(bed);
  const [small, large] = [create("small", 1), create("large", "x".repeat(4 * 1024 * 1024))];
  const outcomes = await store.write([large, small], { applyId: randomUUID() });
  expect(outcomes).toMatchObject([
    { status: "rejected", code: "too-large", reason: expect.stringContaining("max_mutation_size") },
    { status: "applied" },
  ]);
  expect((await readOne(store, "large")).state).toBe("absent");
  // Just below it.
  tokenOf(await writeOne(store, create("fits", "x".repeat(3 * 1024 * 1024))));
});

test("a server that is killed in the middle of 20,000 writes: nothing is lost, nothing is doubled", async () => {
  const { store } = await freshStore(bed);
  const applyId = randomUUID();
  const frames = Array.from({ length: 20 }, (_, frame) =>
    Array.from({ length: 1000 }, (_, i) => create(frame * 1000 + i, { frame, i })),
  );
  const acknowledged = new Map<string, string>();
  const open: RemoteWrite[] = [];
  let killed: Promise<void> | undefined;
  for (const [at, frame] of frames.entries()) {
    const writing = store.write(frame, { applyId });
    if (at === 7) killed = server.server.kill();
    for (const [i, outcome] of (await writing).entries()) {
      if (outcome.status === "applied") acknowledged.set(outcome.opId, tokenOf(outcome));
      else open.push(frame[i] as RemoteWrite);
    }
  }
  await killed;
  expect(open.length).toBeGreaterThan(0);
  await server.server.start();
  const statuses = await settled(store, open, applyId);
  expect([...new Set(statuses.values())]).toEqual(["applied"]);
  const tokens = (await scanAll(store)).map(({ token }) => token);
  expect(tokens).toHaveLength(20_000);
  expect(new Set(tokens)).toEqual(new Set(frames.flat().map(({ opId }) => `1.${opId}`)));
  const there = new Set(tokens);
  expect([...acknowledged.values()].filter((token) => !there.has(token))).toEqual([]);
}, 400_000);
