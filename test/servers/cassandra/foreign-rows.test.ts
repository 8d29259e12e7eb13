import { randomUUID } from "node:crypto";
import { afterAll, beforeAll, expect, inject, test } from "vitest";
import { CassandraBackend } from "../../../bridge/backends/cassandra/cassandra-backend.ts";
import { EntryState } from "../../../core/batch/entry-batch.ts";
import { toHex } from "../../../core/key/hex.ts";
import type { RemoteStore } from "../../../core/session/ports.ts";
import {
  type Bed,
  create,
  freshStore,
  keyBytes,
  readOne,
  replace,
  scanAll,
  tokenOf,
  writeOne,
} from "../../conformance/suite/bed.ts";
import { directBed } from "../../conformance/suite/direct-bed.ts";
import { freshKeyspace, inKeyspace } from "./fresh-keyspace.ts";

/** Rows that somebody else put or damaged, with a client of their own. */
let bed: Bed;
let keyspace: string;
beforeAll(async () => {
  keyspace = await freshKeyspace();
  const backend = new CassandraBackend({
    contactPoints: [inject("cassandra")],
    keyspace,
    serialConsistency: "SERIAL",
    requestTimeoutMs: 12_000,
  });
  await backend.setUp.run();
  bed = directBed(backend);
});
afterAll(() => bed.dispose());

/** @param assignments Of the row of a key that is there. */
async function damage(store: RemoteStore, key: unknown, assignments: string): Promise<void> {
  const { incarnation } = (await store.meta()) ?? {};
  const { crc32 } = await import("node:zlib");
  const bytes = keyBytes(key);
  await inKeyspace(keyspace, [
    `UPDATE driftscope_records SET ${assignments} WHERE collection = ${incarnation} AND bucket = ${crc32(bytes) % 16} AND key = 0x${toHex(bytes)}`,
  ]);
}

test.each([
  ["without a version", "version = null"],
  ["without a digest", "digest = null"],
  ["whose digest is no digest", "digest = 0x0102"],
  ["that is neither there nor deleted", "deleted = 7"],
])(
  "a row %s is shown as unreadable and never overwritten, its neighbours are as they are",
  async (_, assignment) => {
    const { store } = await freshStore(bed);
    await store.write([create("a", 1), create("b", 2), create("c", 3)], { applyId: randomUUID() });
    const { token } = await readOne(store, "b");
    await damage(store, "b", assignment);
    expect((await scanAll(store)).map(({ state }) => state)).toEqual([
      EntryState.present,
      EntryState.unreadable,
      EntryState.present,
    ]);
    expect((await readOne(store, "b")).state).toBe("unreadable");
    for (const operation of [replace("b", token ?? "", 5), create("b", 6)]) {
      const outcome = await writeOne(store, operation);
      expect(["rejected", "conflict"]).toContain(outcome.status);
    }
    expect((await readOne(store, "b")).state).toBe("unreadable");
  },
);

test("a row of another writer's version is a conflict with what is there", async () => {
  const { store } = await freshStore(bed);
  const token = tokenOf(await writeOne(store, create("a", 1)));
  await damage(store, "a", "version = '7.somebody'");
  expect(await writeOne(store, replace("a", token, 2))).toMatchObject({
    status: "conflict",
    current: { state: "present", token: "7.somebody" },
  });
});

test("a body that is gone is told, and not taken for an empty one", async () => {
  const { store } = await freshStore(bed);
  await writeOne(store, create("a", 1));
  await damage(store, "a", "body = null");
  expect(await readOne(store, "a")).toMatchObject({ state: "unreadable", reason: "body is missing" });
});
