import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import type { ApplyHeader, BaseEntry, LocalJournalEntry } from "../../../core/session/ports.ts";
import { BaseStoreError } from "../../../extension/local/base-error.ts";
import { DexieBaseStore, type DexieBaseStoreOptions } from "../../../extension/local/base-store.ts";
import type { BaseRow, BodiesRow, LeafRow, LocalDatabase } from "../../../extension/local/local-database.ts";
import { storedSize } from "../../../extension/local/stored-bodies.ts";
import { inProcessLocks } from "../../support/in-process-locks.ts";
import { baseIdentity, countWrites, failWrites, memoryDatabases } from "../../support/local-database.ts";
import { dumpDatabase, loadDatabase } from "../../support/stored-database.ts";

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

const quota = (): Error => Object.assign(new Error("no room"), { name: "QuotaExceededError" });

const readFixture = (name: string): string =>
  readFileSync(new URL(`../../fixtures/${name}`, import.meta.url), "utf8");

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
    const store = await open(db, { bodyBudget: 250_000, clock: () => ++now });
    for (const n of [1, 2000, 4000]) await store.write([present(n)]);
    const many = Array.from({ length: 1500 }, (_, n) => present(n + 1));
    await store.write(many);
    await store.write([present(1, "a".repeat(100_000))]);
    await store.write([present(1400, "b".repeat(100_000))]);
    await store.write([present(1401, "c".repeat(100_000))]);
    const [first, second, third] = await store.read([keyOf(1), keyOf(1400), keyOf(1401)]);
    expect(first).toEqual(present(1));
    expect(second?.body).toHaveLength(100_000);
    expect(third?.body).toHaveLength(100_000);
    db.close();
  });
});

describe("leaves", () => {
  test("that a growing base has filled are not written again, and an update writes its own leaf alone", async () => {
    const databases = memoryDatabases();
    const db = databases.reopen();
    const written = countWrites(db);
    const store = await open(db);
    const all = Array.from({ length: 20_000 }, (_, n) => present(n, `body ${n}`));
    for (let from = 0; from < all.length; from += 4000) await store.write(all.slice(from, from + 4000));
    expect(await count(store)).toBe(20_000);
    expect(written.leaves).toBeLessThanOrEqual(20);
    expect(written.bodies).toBe(written.leaves);

    const before = written.leaves;
    await store.write([{ ...present(9500), token: "2.op" }]);
    expect(written.leaves - before).toBe(1);
    await store.write([{ ...present(9500), token: "2.op" }]);
    expect(written.leaves - before).toBe(1);
    expect(await store.read([keyOf(9500)])).toEqual([{ ...present(9500, "body 9500"), token: "2.op" }]);
    db.close();
  });

  test("are searched without their bodies for few keys and for many, wherever the keys lie", async () => {
    const db = memoryDatabases().reopen();
    const store = await open(db);
    // Every third key from 3,000 on: other keys lie below all, between two, and above all.
    const all = Array.from({ length: 8000 }, (_, n) => present(3000 + n * 3));
    await store.write(all);
    const known = new Map(all.map((entry) => [entry.key.join(), entry]));
    const every = (step: number, length: number) => Array.from({ length }, (_, i) => i * step);
    // 6,000 is the first key of the second leaf.
    for (const numbers of [every(1, 500), every(211, 190), [...every(1, 40), 6000], every(4999, 9)]) {
      const keys = numbers.map(keyOf);
      const read = await store.read(keys.toReversed(), { bodies: false });
      expect(read.toReversed()).toEqual(keys.map((key) => known.get(key.join())));
    }
    db.close();
  });

  test("hold fewer records where bodies are large, so that no row grows without bound", async () => {
    const db = memoryDatabases().reopen();
    const store = await open(db);
    const text = "x".repeat(300_000);
    await store.write(Array.from({ length: 20 }, (_, n) => present(n, text + n)));
    const rows: BodiesRow[] = await db.table("bodies").toArray();
    expect(Math.max(...rows.map(({ bodies }) => storedSize(bodies)))).toBeLessThan(1_200_000);
    const read = await store.read(Array.from({ length: 20 }, (_, n) => keyOf(n)));
    expect(read.map((entry) => entry?.body)).toEqual(Array.from({ length: 20 }, (_, n) => text + n));
    db.close();
  });

  test("are deflated while nothing else runs: smaller, read as before, and merged into", async () => {
    const db = memoryDatabases().reopen();
    const store = await open(db);
    const all = Array.from({ length: 3000 }, (_, n) => present(n, `{"n":${n},"text":"größer 你好 größer"}`));
    await store.write(all);
    const before = (await store.size()).bodyBytes;
    const stopped = AbortSignal.abort();
    await store.deflate(stopped);
    expect((await store.size()).bodyBytes).toBe(before);
    await store.deflate(new AbortController().signal);
    expect((await store.size()).bodyBytes).toBeLessThan(before / 3);
    expect(await store.read(all.map(({ key }) => key))).toEqual(all);
    await store.write([present(5, "another")]);
    expect(await store.read([keyOf(4), keyOf(5)])).toEqual([all[4], present(5, "another")]);
    const rows: BodiesRow[] = await db.table("bodies").toArray();
    expect((await store.size()).bodyBytes).toBe(
      rows.reduce((sum, { bodies }) => sum + storedSize(bodies), 0),
    );
    db.close();
  });

  test("whose bodies were read lately are evicted last", async () => {
    const db = memoryDatabases().reopen();
    let now = 0;
    const store = await open(db, { bodyBudget: 250_000, clock: () => now });
    const text = "x".repeat(100_000);
    const many = Array.from({ length: 3000 }, (_, n) => present(n));
    await store.write(many);
    for (const n of [0, 1500]) {
      now += 1;
      await store.write([present(n, text)]);
    }
    now += 2 * 60 * 60 * 1000;
    await store.read([keyOf(0)]);
    await store.write([present(2999, text)]);
    const [read, unread] = await store.read([keyOf(0), keyOf(1500)]);
    expect(read?.body).toBe(text);
    expect(unread?.body).toBeUndefined();
    db.close();
  });
});

describe("storage of the version before", () => {
  test("is upgraded with everything in it", async () => {
    const databases = memoryDatabases();
    await loadDatabase(databases.indexedDB, "driftscope", readFixture("panel-storage-1.txt"));
    const db = databases.reopen();
    const store = await open(db);
    const keys = Array.from({ length: 1500 }, (_, n) => Uint8Array.of(0x10, n >> 8, n & 0xff));
    const digest = (n: number): Uint8Array => new Uint8Array(16).fill((n % 250) + 1);
    expect(await store.read(keys)).toEqual(
      keys.map((key, n) => {
        if (n % 10 === 7) return { key, state: "deleted", token: `2.op${n}` };
        if (n % 10 === 8) return { key, state: "noBase" };
        if (n % 10 === 9) return { key, state: "absent" };
        const entry = { key, state: "present", digest: digest(n), token: `1.op${n}` };
        return n < 1200 ? { ...entry, body: `{"n":${n},"text":"größer 你好"}` } : entry;
      }),
    );
    expect(await store.completeAt()).toBe(1_760_000_000_000);
    const rows: BodiesRow[] = await db.table("bodies").where("[base+first]").above([0]).toArray();
    expect((await store.size()).bodyBytes).toBe(
      rows.reduce((sum, { bodies }) => sum + storedSize(bodies), 0),
    );
    const [firstKey, secondKey] = keys.slice(1, 3) as [Uint8Array, Uint8Array];
    expect(await store.plan("apply-1")).toEqual({
      header: {
        applyId: "apply-1",
        startedAt: 1_760_000_000_001,
        kind: "apply",
        counts: { applied: 1, rejected: 1 },
        finishedAt: 1_760_000_000_005,
      },
      plan: { format: 1, operations: [{ key: firstKey }] },
      outcomes: [
        { opId: "op-1", status: "applied", token: "2.op-1" },
        { opId: "op-2", status: "rejected", code: "too-large", reason: "no" },
      ],
    });
    const journal = [];
    for await (const entries of store.journalOf("apply-1")) journal.push(...entries);
    expect(journal).toEqual([
      {
        applyId: "apply-1",
        opId: "op-1",
        key: firstKey,
        before: { digest: digest(1), body: '{"n":"before"}' },
        after: digest(2),
      },
      { applyId: "apply-1", opId: "op-2", key: secondKey, before: null, after: digest(3) },
    ]);
    const other = await open(db, {}, baseIdentity({ collection: "sites" }));
    expect(await other.read([keys[5] as Uint8Array])).toEqual([
      { key: keys[5], state: "present", digest: digest(9), token: "1.x" },
    ]);
    db.close();
  });

  test("is what its file holds: the next version's is written by the same two functions", async () => {
    const { indexedDB } = memoryDatabases();
    const stored = readFixture("panel-storage-1.txt");
    await loadDatabase(indexedDB, "driftscope", stored);
    expect(await dumpDatabase(indexedDB, "driftscope")).toBe(stored);
  });

  test("that cannot be upgraded for want of room stays as it was, and is upgraded the next time", async () => {
    const databases = memoryDatabases();
    await loadDatabase(databases.indexedDB, "driftscope", readFixture("panel-storage-1.txt"));
    const full = databases.reopen();
    failWrites(full, { table: "uses", after: 1, times: 99, error: quota });
    expect(await codeOf(open(full))).toBe("storage-full");
    full.close();
    const db = databases.reopen();
    const store = await open(db);
    expect(await count(store)).toBe(1500);
    expect((await store.read([Uint8Array.of(0x10, 0, 3)]))[0]?.body).toBe('{"n":3,"text":"größer 你好"}');
    db.close();
  });
});

describe("faults", () => {
  test("a base of a later version is told as that, and can be discarded", async () => {
    const db = memoryDatabases().reopen();
    const store = await open(db);
    await store.write([present(1, "one")]);
    await store.setCompleteAt(5);
    await db.table("bases").toCollection().modify({ format: 3 });
    expect(await codeOf(store.completeAt())).toBe("newer-base");
    expect(await codeOf(store.setCompleteAt(6))).toBe("newer-base");
    await store.discardBase();
    expect(await store.completeAt()).toBeUndefined();
    expect(await count(store)).toBe(0);
    db.close();
  });

  test("bodies that do not decode, or of a later version, are told; the rest can be read for an export", async () => {
    const db = memoryDatabases().reopen();
    const store = await open(db);
    await store.write(Array.from({ length: 3000 }, (_, n) => present(n, `body ${n}`)));
    await store.savePlan(header("a", Date.now()), { operations: [] });
    const damage = (change: (row: BodiesRow) => void) =>
      db
        .table("bodies")
        .where("[base+first]")
        .equals([1, keyOf(0)])
        .modify(change);
    await damage((row) => {
      row.bodies = { plain: { text: "", ends: Uint32Array.of(9) } };
    });
    expect(await codeOf(store.read([keyOf(1)]))).toBe("damaged-base");
    expect(await codeOf(store.write([present(1, "new")]))).toBe("damaged-base");
    const salvaged = [];
    for await (const part of store.salvage()) salvaged.push(part === "damaged" ? part : part.length);
    expect(salvaged).toEqual(["damaged", 1000, 1000]);
    await damage((row) => {
      row.bodies = {};
    });
    expect(await codeOf(store.read([keyOf(1)]))).toBe("newer-base");
    await store.discardBase();
    expect(await count(store)).toBe(0);
    expect((await store.size()).bodyBytes).toBe(0);
    expect(await store.plan("a")).toBeDefined();
    db.close();
  });

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
    expect(await codeOf(store.read([keyOf(1)], { bodies: false }))).toBe("damaged-base");
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
    const databases = memoryDatabases();
    const setup = databases.reopen();
    await (await open(setup)).write([present(1, "body of one"), present(2)]);
    setup.close();

    const once = databases.reopen();
    failWrites(once, { table: "leaves", after: 1, times: 1, error: quota });
    const store = await open(once);
    await store.write([present(3)]);
    expect(await store.read([keyOf(1), keyOf(3)])).toEqual([present(1), present(3)]);
    expect((await once.table("bases").toArray()).map((row: BaseRow) => row.bodyBytes)).toEqual([0]);
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

  test("a plan of many chunks lies in several rows, is written once, and goes with its apply", async () => {
    const db = memoryDatabases().reopen();
    let now = 0;
    const store = await open(db, { retention: { milliseconds: 10, bytes: 1e9 }, clock: () => now });
    const plan = { format: 2, chunks: Array.from({ length: 100 }, (_, n) => ({ keys: keyOf(n), count: n })) };
    await store.savePlan(header("many", 0), plan);
    await store.savePlan(header("few", 0), { format: 2, chunks: plan.chunks.slice(0, 3) });
    expect(await db.table("plans").count()).toBeGreaterThan(10);
    expect((await store.plan("many"))?.plan).toEqual(plan);
    expect((await store.plan("few"))?.plan).toEqual({ format: 2, chunks: plan.chunks.slice(0, 3) });
    await store.savePlan(header("many", 0), plan);
    const written = countWrites(db);
    await store.savePlan(header("many", 0, 1), plan);
    expect(written.plans).toBe(0);
    expect(await store.plan("many")).toMatchObject({ plan, header: { finishedAt: 1 } });
    now = 100;
    await store.savePlan(header("next", 100), {});
    expect(await store.plan("many")).toBeUndefined();
    expect(await db.table("plans").count()).toBe(2);
    db.close();
  });

  test("a plan that lost a row is none", async () => {
    const db = memoryDatabases().reopen();
    const store = await open(db);
    await store.savePlan(header("many", 0), { format: 2, chunks: Array.from({ length: 50 }, (_, n) => n) });
    await db.table("plans").delete((await db.table("plans").toCollection().primaryKeys()).at(-1) ?? []);
    expect(await store.plan("many")).toBeUndefined();
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
    expect(store.undoUntil(1700)).toBe(2700);
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
    const rows: BodiesRow[] = await dbs[0].table("bodies").toArray();
    expect((await a.size()).bodyBytes).toBe(rows.reduce((sum, { bodies }) => sum + storedSize(bodies), 0));
    for (const db of dbs) db.close();
  });
});

function header(applyId: string, startedAt: number, finishedAt?: number): ApplyHeader {
  const begun = { applyId, startedAt, kind: "apply", counts: {} } as const;
  return finishedAt === undefined ? begun : { ...begun, finishedAt };
}

function withinFrame(frame: Uint8Array, offset: number, key: Uint8Array): Uint8Array {
  frame.set(key, offset);
  return frame.subarray(offset, offset + key.length);
}
