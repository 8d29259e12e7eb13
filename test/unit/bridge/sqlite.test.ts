import { spawnSync } from "node:child_process";
import { chmodSync, closeSync, mkdtempSync, openSync, rmSync, writeFileSync, writeSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import type { BackendCollection, BackendWrite } from "../../../bridge/backends/backend.ts";
import { quoteIdentifier, SqliteFile } from "../../../bridge/backends/sqlite/driver.ts";
import { SqliteBackend } from "../../../bridge/backends/sqlite/sqlite-backend.ts";
import { EntryState } from "../../../core/batch/entry-batch.ts";
import { stateAt, tokenAt } from "../../../core/batch/entry-batch-access.ts";
import { decodeEntryBatch } from "../../../core/batch/entry-batch-codec.ts";
import { encodeKey } from "../../../core/key/encode-key.ts";
import { initOf } from "../../conformance/suite/bed.ts";
import { builtBridge } from "../../support/bridge/built-bridge.ts";

let folder: string;
let file: string;
let backend: SqliteBackend;
let collection: BackendCollection;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "driftscope-sqlite-"));
  file = join(folder, "test.sqlite");
  backend = new SqliteBackend({ file, busyTimeoutMs: 50 });
  collection = backend.collection("shop");
});
afterEach(async () => {
  await backend.close();
  rmSync(folder, { recursive: true, force: true });
});

let ops = 0;
const put = (key: unknown, size = 10): BackendWrite => ({
  opId: `op-${++ops}`,
  key: encodeKey(key),
  expect: null,
  write: { body: new Uint8Array(size).fill(120), digest: new Uint8Array(16).fill(1) },
});

const signal = new AbortController().signal;

async function scanned() {
  const entries: { state: EntryState; token: string }[] = [];
  for await (const { bytes } of collection.scan({ batchSize: 3 }, signal)) {
    const batch = decodeEntryBatch(bytes);
    for (let i = 0; i < batch.count; i++)
      entries.push({ state: stateAt(batch, i), token: tokenAt(batch, i) });
  }
  return entries;
}

/** SQL on the file, past the backend. */
function raw(sql: string): void {
  const other = new SqliteFile(file, 1000);
  try {
    other.exec(sql);
  } finally {
    other.close();
  }
}

/** A copy of the file that nobody has open. */
function copyOf(name: string): string {
  const copy = join(folder, name);
  raw(`VACUUM INTO '${copy}'`);
  return copy;
}

describe("the driver", () => {
  test("refuses whatever libsql would bind wrongly or die of", () => {
    const database = new SqliteFile(":memory:", 0);
    database.exec("CREATE TABLE t (a, b)");
    const insert = database.statement("INSERT INTO t VALUES (?, ?)");
    expect(() => insert.run([1])).toThrow("1 values for 2 parameters");
    expect(() => insert.run([1, 2, 3])).toThrow("3 values for 2 parameters");
    for (const wrong of [undefined, 1.5, Number.NaN, 2 ** 60, "a\0b", "\ud800", {}, new Date(0), 1n]) {
      expect(() => insert.run([1, wrong as never])).toThrow("cannot be bound exactly");
    }
    expect(database.statement("SELECT count(*) FROM t").get([])).toEqual([0]);
    database.close();
  });

  test("gives bytes as plain views, also of a part of a buffer and of none", () => {
    const database = new SqliteFile(":memory:", 0);
    database.exec("CREATE TABLE t (a, b)");
    const part = new Uint8Array([9, 1, 0, 2, 9]).subarray(1, 4);
    database.statement("INSERT INTO t VALUES (?, ?)").run([part, new Uint8Array(0)]);
    const [a, b] = database.statement("SELECT a, b FROM t").get([]) ?? [];
    expect(a).toEqual(new Uint8Array([1, 0, 2]));
    expect(a?.constructor).toBe(Uint8Array);
    expect(b).toEqual(new Uint8Array(0));
    database.close();
  });

  test("quotes identifiers", () => {
    expect(quoteIdentifier('a"b')).toBe('"a""b"');
    expect(() => quoteIdentifier("a\0")).toThrow();
  });
});

describe("what can be wrong with the file is named, with a next step", () => {
  const code = (code: string, words: string) =>
    expect.objectContaining({ code, message: expect.stringContaining(words) });

  test("a missing folder", async () => {
    const missing = new SqliteBackend({ file: join(folder, "no", "x.sqlite") });
    await expect(missing.collections()).rejects.toEqual(
      code("missing-folder", `${join(folder, "no")} of the database file`),
    );
  });

  test("a folder in place of the file", async () => {
    await expect(new SqliteBackend({ file: folder }).collections()).rejects.toEqual(
      code("backend-failed", "is a folder"),
    );
  });

  test("a file that is no database, or is cut", async () => {
    writeFileSync(file, "this is a text file and no database, however long it is made to be ".repeat(50));
    await expect(backend.collections()).rejects.toEqual(
      code("corrupt", `${file} is damaged or not an SQLite database`),
    );
  });

  test("damage inside the file", async () => {
    await collection.init(initOf("shop"));
    await collection.write(
      Array.from({ length: 200 }, (_, i) => put(i, 500)),
      "w",
    );
    const damaged = copyOf("damaged.sqlite");
    const handle = openSync(damaged, "r+");
    writeSync(handle, Buffer.alloc(8 * 4096, 0xaa), 0, 8 * 4096, 6 * 4096);
    closeSync(handle);
    const broken = new SqliteBackend({ file: damaged }).collection("shop");
    const scan = async () => {
      for await (const { count } of broken.scan({}, signal)) expect(count).toBeGreaterThan(0);
    };
    await expect(scan()).rejects.toEqual(code("corrupt", damaged));
  });

  test("another program's lock: a write is refused, nothing of it happened, and reading goes on", async () => {
    await collection.init(initOf("shop"));
    await collection.write([put("a")], "w");
    const other = new SqliteFile(file, 0);
    other.exec("BEGIN IMMEDIATE");
    const refused = collection.write([put("b")], "w");
    await expect(refused).rejects.toEqual(code("locked", "Another program holds a lock"));
    await expect(refused).rejects.toMatchObject({ nothingWritten: true });
    expect(await scanned()).toHaveLength(1);
    other.exec("ROLLBACK");
    other.close();
    await collection.write([put("b")], "w");
    expect(await scanned()).toHaveLength(2);
  });

  test("a full disk: nothing of the call is written, and what was there is whole", async () => {
    await collection.init(initOf("shop"));
    await collection.write([put("kept")], "w");
    await backend.attempt((open) => open.exec("PRAGMA max_page_count = 40"));
    const refused = collection.write(
      Array.from({ length: 100 }, (_, i) => put(i, 4000)),
      "w",
    );
    await expect(refused).rejects.toEqual(code("disk-full", "no room left"));
    await expect(refused).rejects.toMatchObject({ nothingWritten: true });
    expect(await scanned()).toHaveLength(1);
    await backend.attempt((open) => open.exec("PRAGMA max_page_count = 100000"));
    await collection.write([put("more")], "w");
    expect(await scanned()).toHaveLength(2);
  });

  test("a newer format", async () => {
    await collection.init(initOf("shop"));
    raw("UPDATE driftscope_collections SET format = 2, init = x'00'");
    await expect(collection.meta()).rejects.toEqual(code("newer-format", "update Driftscope"));
    await expect(collection.write([put("a")], "w")).rejects.toEqual(code("newer-format", "format 2"));
  });

  // Permissions do not hold root back, so this runs as nobody.
  test.runIf(process.getuid?.() === 0)("a read-only file or folder", async () => {
    await collection.init(initOf("shop"));
    const copy = copyOf("read-only.sqlite");
    chmodSync(folder, 0o755);
    chmodSync(copy, 0o444);
    const script = `
      import { SqliteBackend } from ${JSON.stringify(join(builtBridge(), "bridge/backends/sqlite/sqlite-backend.js"))};
      const backend = new SqliteBackend({ file: process.argv[1] });
      const write = { opId: "a", key: new Uint8Array([1]), expect: null, write: "delete" };
      try {
        const collections = await backend.collections();
        console.log(collections.length);
        await backend.collection("shop").write([write], "w");
      } catch (error) {
        console.log(error.code, error.nothingWritten);
      }
      const missing = new SqliteBackend({ file: process.argv[2] });
      try { await missing.collections(); } catch (error) { console.log(error.code, error.message); }`;
    const args = ["--input-type=module", "-e", script, copy, join(folder, "new.sqlite")];
    const { stdout } = spawnSync(process.execPath, args, { uid: 65_534, gid: 65_534, encoding: "utf8" });
    const lines = stdout.split("\n");
    // It can be read, and says what would help when it is written.
    expect(lines.slice(0, 2)).toEqual(["1", "read-only-file true"]);
    expect(lines[2]).toContain(`read-only-file The folder ${folder} cannot be written`);
  });
});

describe("rows that somebody else damaged", () => {
  beforeEach(async () => {
    await collection.init(initOf("shop"));
    await collection.write(
      Array.from({ length: 10 }, (_, i) => put(i)),
      "w",
    );
  });

  test.each([
    ["a digest that is too short", "digest = x'00'"],
    ["no digest", "digest = NULL"],
    ["an unknown state", "deleted = 7"],
    ["a version with a space", "version = 'a b'"],
    ["an empty version", "version = ''"],
    ["a version that is not ASCII", "version = 'ü'"],
  ])("%s: unreadable, and the others are not", async (_, change) => {
    raw(
      `UPDATE driftscope_records_1 SET ${change} WHERE key = x'${Buffer.from(encodeKey(4)).toString("hex")}'`,
    );
    const entries = await scanned();
    expect(entries).toHaveLength(10);
    expect(entries.map(({ state }) => state)).toEqual(
      entries.map((_, i) => (i === 4 ? EntryState.unreadable : EntryState.present)),
    );
    const records = [];
    for await (const chunk of collection.read([3, 4, 5].map(encodeKey), signal)) records.push(...chunk);
    expect(records.map(({ state }) => state)).toEqual(["present", "unreadable", "present"]);
    expect(records[1]?.reason).toBeTruthy();
  });

  test("no body: the scan does not see it, the read says so", async () => {
    raw(
      `UPDATE driftscope_records_1 SET body = NULL WHERE key = x'${Buffer.from(encodeKey(4)).toString("hex")}'`,
    );
    for await (const [record] of collection.read([encodeKey(4)], signal)) {
      expect(record).toMatchObject({ state: "unreadable", reason: "body is missing" });
    }
  });
});

describe("changes", () => {
  test("come once each, from a checkpoint on, whatever the order of the keys", async () => {
    await collection.init(initOf("shop"));
    const all = async (since: string) => {
      const keys: string[] = [];
      const changes = collection.changes(since, signal);
      for (;;) {
        const next = await changes.next();
        if (next.done) return { keys, checkpoint: next.value };
        const batch = decodeEntryBatch(next.value.bytes);
        for (let i = 0; i < batch.count; i++) keys.push(tokenAt(batch, i));
      }
    };
    const empty = await all("");
    expect(empty.keys).toEqual([]);
    const first = Array.from({ length: 3000 }, (_, i) => put((i * 7) % 3000));
    await collection.write(first, "w");
    const one = await all(empty.checkpoint);
    expect(new Set(one.keys)).toEqual(new Set(first.map(({ opId }) => `1.${opId}`)));
    const change: BackendWrite = {
      ...put(5),
      expect:
        one.keys.find(
          (token) => token === `1.${first.find(({ key }) => Buffer.from(key).equals(encodeKey(5)))?.opId}`,
        ) ?? "",
    };
    await collection.write([change, put("new")], "w");
    const two = await all(one.checkpoint);
    expect(two.keys).toHaveLength(2);
    expect(two.keys).toContain(`2.${change.opId}`);
    expect((await all(two.checkpoint)).keys).toEqual([]);
  });

  test("after the collection was recreated are refused", async () => {
    await collection.init(initOf("shop"));
    const changes = collection.changes("0b1c2d3e-4f50-4a6b-8c7d-9e8f7a6b5c4d:5", signal);
    await expect(changes.next()).rejects.toMatchObject({ code: "stale-checkpoint" });
    const { incarnation = "" } = (await collection.meta()) ?? {};
    const ahead = collection.changes(`${incarnation}:1000:`, signal);
    await expect(ahead.next()).rejects.toMatchObject({
      code: "stale-checkpoint",
      message: expect.stringContaining("backup"),
    });
  });
});

test("a file that holds an application's own tables keeps them", async () => {
  raw("CREATE TABLE todos (id INTEGER PRIMARY KEY, text TEXT)");
  raw("INSERT INTO todos VALUES (1, 'theirs')");
  await collection.init(initOf("todos"));
  expect(await backend.collections()).toEqual([{ name: "shop", count: 0 }]);
  const other = new SqliteFile(file, 0);
  expect(other.statement("SELECT text FROM todos").get([])).toEqual(["theirs"]);
  other.close();
});
