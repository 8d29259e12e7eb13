import { describe, expect, test } from "vitest";
import { EntryState } from "../../../core/batch/entry-batch.ts";
import { EntryBatchBuilder } from "../../../core/batch/entry-batch-builder.ts";
import type { ApplyHeader, BaseEntry, LocalJournalEntry } from "../../../core/session/ports.ts";
import { BaseStoreError } from "../../../extension/local/base-error.ts";
import { DexieBaseStore, type DexieBaseStoreOptions } from "../../../extension/local/base-store.ts";
import {
  type BaseRow,
  type BodiesRow,
  LAST_KEY,
  type LeafRow,
  type LocalDatabase,
} from "../../../extension/local/local-database.ts";
import { inProcessLocks } from "../../support/in-process-locks.ts";
import { baseIdentity, failWrites, memoryDatabases } from "../../support/local-database.ts";

const NAME = "field-notes/visits";
const keyOf = (n: number): Uint8Array => Uint8Array.of(0x10, n >> 16, (n >> 8) & 0xff, n & 0xff);
const present = (n: number, body?: string): BaseEntry => ({
  key: keyOf(n),
  state: "present",
  digest: new Uint8Array(16).fill((n % 250) + 1),
  token: "1.op",
  ...(body === undefined ? {} : { body }),
});

function open(db: LocalDatabase, options: Partial<DexieBaseStoreOptions> = {}, identity = baseIdentity()) {
  return DexieBaseStore.open(db, identity, { locks: inProcessLocks(), mappingName: NAME, ...options });
}

async function count(store: DexieBaseStore): Promise<number> {
  let sum = 0;
  for await (const batch of store.scan({})) sum += batch.count;
  return sum;
}

async function codeOf(work: Promise<unknown>): Promise<string> {
  const error = await work.then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  if (!(error instanceof BaseStoreError)) throw new Error(`expected a BaseStoreError, got ${error}`);
  expect(error.message).toContain(NAME);
  return error.code;
}

describe("identity", () => {
  test("another incarnation, collection, scope, projection or store is another base", async () => {
    const db = memoryDatabases().reopen();
    const store = await open(db);
    await store.write([present(1)]);
    await store.setCompleteAt(5);
    const local = baseIdentity().local;
    const others = [
      { incarnation: "another" },
      { collection: "other" },
      { scopeId: "user-7" },
      { projectionId: "whole-2" },
      { local: { ...local, storageKey: "https://other.example" } },
      { local: { ...local, bucket: "drafts" } },
      { local: { ...local, database: "\ud800" } },
      { local: { ...local, database: "\ud801" } },
      { local: { ...local, store: "sites" } },
    ];
    for (const change of others) {
      const other = await open(db, {}, baseIdentity(change));
      expect(await other.completeAt()).toBeUndefined();
      expect(await count(other)).toBe(0);
      await other.setCompleteAt(9);
    }
    const again = await open(db);
    expect(await again.completeAt()).toBe(5);
    expect(await count(again)).toBe(1);
    db.close();
  });
});

describe("bodies", () => {
  test("go first, oldest first, when the budget is reached; entries stay", async () => {
    const db = memoryDatabases().reopen();
    let now = 0;
    const store = await open(db, { bodyBudget: 2500, clock: () => ++now });
    for (const n of [1, 2000, 4000]) await store.write([present(n)]);
    const many = Array.from({ length: 1500 }, (_, n) => present(n + 1));
    await store.write(many);
    await store.write([present(1, "a".repeat(1000))]);
    await store.write([present(1400, "b".repeat(1000))]);
    await store.write([present(1401, "c".repeat(1000))]);
    const [first, second, third] = await store.read([keyOf(1), keyOf(1400), keyOf(1401)]);
    expect(first).toEqual(present(1));
    expect(second?.body).toHaveLength(1000);
    expect(third?.body).toHaveLength(1000);
    db.close();
  });

  test("of an unchanged digest stay under writeBatch, of a changed one are dropped", async () => {
    const db = memoryDatabases().reopen();
    const store = await open(db);
    await store.write([present(1, "one"), present(2, "two")]);
    const builder = new EntryBatchBuilder();
    builder.push(keyOf(1), EntryState.present, present(1).digest, "2.op");
    builder.push(keyOf(2), EntryState.present, new Uint8Array(16).fill(99), "2.op");
    await store.writeBatch(builder.build());
    const [one, two] = await store.read([keyOf(1), keyOf(2)]);
    expect(one).toMatchObject({ token: "2.op", body: "one" });
    expect(two?.body).toBeUndefined();
    db.close();
  });
});

describe("faults", () => {
  test("a leaf that does not decode is a typed error that names the mapping, never an empty base", async () => {
    const db = memoryDatabases().reopen();
    const store = await open(db);
    await store.write([present(1), present(2)]);
    await db
      .table("leaves")
      .toCollection()
      .modify((row: LeafRow) => {
        row.entries = row.entries.slice(0, -1);
      });
    expect(await codeOf(count(store))).toBe("damaged-base");
    expect(await codeOf(store.read([keyOf(1)]))).toBe("damaged-base");
    expect(await codeOf(store.write([present(3)]))).toBe("damaged-base");
    await store.discardBase();
    expect(await count(store)).toBe(0);
    await store.write([present(3)]);
    expect(await count(store)).toBe(1);
    db.close();
  });

  test("storage cleared under an open panel is told", async () => {
    const db = memoryDatabases().reopen();
    const store = await open(db);
    await store.setCompleteAt(5);
    await db.table("bases").clear();
    expect(await codeOf(store.completeAt())).toBe("damaged-base");
    db.close();
  });

  test("a full disk costs the bodies first; when that is not enough, nothing is half-written", async () => {
    const quota = (): Error => Object.assign(new Error("no room"), { name: "QuotaExceededError" });
    const databases = memoryDatabases();
    const setup = databases.reopen();
    await (await open(setup)).write([present(1, "body of one"), present(2)]);
    setup.close();

    const once = databases.reopen();
    failWrites(once, { table: "leaves", after: 1, times: 1, error: quota });
    const store = await open(once);
    await store.write([present(3)]);
    expect(await store.read([keyOf(1), keyOf(3)])).toEqual([present(1), present(3)]);
    expect((await once.table("bases").toArray()).map((row: BaseRow) => row.bodyUnits)).toEqual([0]);
    once.close();

    const full = databases.reopen();
    failWrites(full, { table: "leaves", after: 1, times: 9, error: quota });
    const stuck = await open(full);
    expect(await codeOf(stuck.write([present(4)]))).toBe("storage-full");
    full.close();

    const after = databases.reopen();
    const left = await open(after);
    expect(await left.read([keyOf(1), keyOf(2), keyOf(3), keyOf(4)])).toEqual([
      present(1),
      present(2),
      present(3),
      undefined,
    ]);
    after.close();
  });
});

describe("journal and plans", () => {
  const header = (applyId: string, startedAt: number, finishedAt?: number): ApplyHeader => ({
    applyId,
    startedAt,
    kind: "apply",
    counts: {},
    ...(finishedAt === undefined ? {} : { finishedAt }),
  });
  const entry = (applyId: string, n: number, body: string): LocalJournalEntry => ({
    applyId,
    opId: `op-${n}`,
    key: keyOf(n),
    before: { digest: new Uint8Array(16).fill(1), body },
    after: null,
  });

  test("come back in order, packed, and without the buffers that their keys were views on", async () => {
    const db = memoryDatabases().reopen();
    const store = await open(db);
    const frame = new Uint8Array(1 << 20);
    const entries = Array.from({ length: 2500 }, (_, n) => entry("a", n, `body ${n}`));
    await store.journal(entries.map((e, i) => ({ ...e, key: withinFrame(frame, i * 4, e.key) })));
    await store.journal([entry("b", 1, "other")]);
    const read = [];
    for await (const rows of store.journalOf("a")) read.push(...rows);
    expect(read).toEqual(entries);
    expect(await db.table("journal").count()).toBe(4);
    expect(read.every((e) => e.key.buffer.byteLength === e.key.byteLength)).toBe(true);
    db.close();
  });

  test("the latest outcome of an operation counts, and a plan is replaced as a whole", async () => {
    const db = memoryDatabases().reopen();
    const store = await open(db);
    await store.savePlan(header("a", 1), { operations: [{ key: keyOf(1) }] });
    await store.saveOutcomes("a", [
      { opId: "x", status: "unknown", reason: "no answer" },
      { opId: "y", status: "applied", token: "1.y" },
    ]);
    await store.saveOutcomes("a", [{ opId: "x", status: "applied", token: "2.x" }]);
    await store.savePlan(header("a", 1, 7), { operations: [] });
    expect(await store.plan("a")).toEqual({
      header: header("a", 1, 7),
      plan: { operations: [] },
      outcomes: [
        { opId: "x", status: "applied", token: "2.x" },
        { opId: "y", status: "applied", token: "1.y" },
      ],
    });
    expect(await store.plan("b")).toBeUndefined();
    db.close();
  });

  test("retention forgets finished applies by age and by size, never an unfinished one", async () => {
    const db = memoryDatabases().reopen();
    let now = 0;
    const retention = { milliseconds: 1000, bytes: 10_000 };
    const store = await open(db, { retention, clock: () => now });
    const run = async (applyId: string, at: number, units: number, finished = true): Promise<void> => {
      now = at;
      await store.savePlan(header(applyId, at), {});
      await store.journal([entry(applyId, 1, "x".repeat(units))]);
      if (finished) await store.savePlan(header(applyId, at, at + 1), {});
    };
    await run("crashed", 10, 10, false);
    await run("old", 20, 10);
    await run("large", 1500, 9000);
    expect((await store.applies()).map((h) => h.applyId)).toEqual(["large", "crashed"]);
    expect(await db.table("journal").where({ base: 1, applyId: "old" }).count()).toBe(0);
    await run("next", 1600, 5000);
    await run("last", 1700, 10);
    expect((await store.applies()).map((h) => h.applyId)).toEqual(["last", "next", "crashed"]);
    expect(store.undoUntil()).toBe(2700);
    db.close();
  });
});

describe("two panels", () => {
  test("write one base at the same time without losing an entry", async () => {
    const databases = memoryDatabases();
    const locks = inProcessLocks();
    const dbs = [databases.reopen(), databases.reopen()] as const;
    const [a, b] = [await open(dbs[0], { locks }), await open(dbs[1], { locks })];
    const writes = Array.from({ length: 40 }, (_, n) => (n % 2 ? a : b).write([present(n, `body ${n}`)]));
    await Promise.all(writes);
    expect(await count(a)).toBe(40);
    const read = await b.read(Array.from({ length: 40 }, (_, n) => keyOf(n)));
    expect(read.map((e) => e?.body)).toEqual(Array.from({ length: 40 }, (_, n) => `body ${n}`));
    const rows = await dbs[0].table("bodies").where("[base+usedAt]").between([1, 0], [1, LAST_KEY]).toArray();
    const units = rows.reduce((sum: number, row: BodiesRow) => sum + row.size, 0);
    expect((await dbs[0].table("bases").toArray()).map((row: BaseRow) => row.bodyUnits)).toEqual([units]);
    for (const db of dbs) db.close();
  });
});

function withinFrame(frame: Uint8Array, offset: number, key: Uint8Array): Uint8Array {
  frame.set(key, offset);
  return frame.subarray(offset, offset + key.length);
}
