import { randomUUID } from "node:crypto";
import { afterAll, beforeAll, expect, test } from "vitest";
import type { CassandraBackend } from "../../../bridge/backends/cassandra/cassandra-backend.ts";
import { type Bed, create, freshStore, readOne, tokenOf, writeOne } from "../../conformance/suite/bed.ts";
import { directBed } from "../../conformance/suite/direct-bed.ts";
import { valueTableMapping } from "../../conformance/suite/value-table.ts";
import { lostAnswers } from "../suites/lost-answers.ts";
import { CassandraServer } from "./cassandra-server.ts";
import { backendOn } from "./fresh-backend.ts";
import { freshKeyspace } from "./fresh-keyspace.ts";
import { runCql } from "./make-keyspace.ts";

const REQUEST_TIMEOUT_MS = 5000;

/** A server of their own, which these tests freeze and kill. */
let server: CassandraServer;
let bed: Bed;
let keyspace: string;
let backend: CassandraBackend;
beforeAll(async () => {
  server = await CassandraServer.start({ commitlog_segment_size: "8MiB" });
  const contactPoint = `127.0.0.1:${server.port}`;
  keyspace = await freshKeyspace(contactPoint);
  backend = backendOn(keyspace, { contactPoints: [contactPoint], requestTimeoutMs: REQUEST_TIMEOUT_MS });
  await backend.setUp.run();
  bed = directBed(backend);
}, 600_000);
afterAll(async () => {
  await bed?.dispose();
  await server?.dispose();
});

lostAnswers(() => ({ server: server.server, bed }));

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

test("so is a row of somebody's table", async () => {
  await runCql(`127.0.0.1:${server.port}`, ["CREATE TABLE docs (k text PRIMARY KEY, v text)"], keyspace);
  const rows = backend.tables.rows(valueTableMapping("docs", false));
  const writes = [create("small", 1), create("large", "x".repeat(4 * 1024 * 1024))];
  const stored = writes.map(({ write, ...operation }) => {
    if (write === "delete") throw new TypeError("only new records");
    return { ...operation, write: { digest: write.digest, body: Buffer.from(write.body) } };
  });
  expect(await rows.write(stored, "nobody")).toMatchObject([
    { status: "applied" },
    { status: "rejected", code: "too-large", reason: expect.stringContaining("max_mutation_size") },
  ]);
});
