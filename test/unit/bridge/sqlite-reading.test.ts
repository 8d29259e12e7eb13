/** Records are read by range, by keys, or row by row: whichever it is, they are what each is when read alone. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import type { BackendRecord } from "../../../bridge/backends/backend.ts";
import { type Cell, SqliteFile } from "../../../bridge/backends/sqlite/driver.ts";
import { findRecord, findRecords, lookupEntries } from "../../../bridge/backends/sqlite/find-records.ts";
import { EntryState } from "../../../core/batch/entry-batch.ts";
import { keyAt, stateAt, tokenAt } from "../../../core/batch/entry-batch-access.ts";
import { encodeKey } from "../../../core/key/encode-key.ts";
import { TARGET_ITEM_BYTES } from "../../../core/protocol/limits.ts";

const TABLE = '"records"';
const COUNT = 1200;

let folder: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "driftscope-reading-"));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

function fileWith(encoding: "UTF-8" | "UTF-16le" = "UTF-8"): SqliteFile {
  const file = new SqliteFile(join(folder, `${encoding}.sqlite`), 100);
  file.exec(`PRAGMA encoding = '${encoding}'`);
  file.exec(
    `CREATE TABLE ${TABLE} (key BLOB NOT NULL PRIMARY KEY, version TEXT NOT NULL, digest BLOB,
      deleted INTEGER NOT NULL, opId TEXT NOT NULL, prevOpId TEXT, writer TEXT NOT NULL, seq INTEGER NOT NULL,
      body BLOB) STRICT, WITHOUT ROWID`,
  );
  file.exec("PRAGMA synchronous = OFF; BEGIN");
  for (let i = 0; i < COUNT; i++) insert(file, i);
  file.exec("COMMIT");
  return file;
}

const keyOf = (i: number): Uint8Array => encodeKey(i);
const keys = (of: (i: number) => boolean = () => true, count = COUNT): Uint8Array[] =>
  Array.from({ length: count }, (_, i) => i)
    .filter(of)
    .map(keyOf);

/** Every kind of record: live, long, empty, with bytes that are no text; deleted, fenced. */
function insert(file: SqliteFile, i: number, change: Partial<Record<string, Cell>> = {}): void {
  const isGone = i % 7 === 3;
  const body = i % 97 === 0 ? new Uint8Array(5000 + i).fill(i) : Uint8Array.from([0, 255, 0xc3, i, 0, 0xe2]);
  const row: Record<string, Cell> = {
    key: keyOf(i),
    version: `${(i % 3) + 1}.op-${i}`,
    digest: isGone ? null : new Uint8Array(16).fill(i),
    deleted: isGone ? (i % 2) + 1 : 0,
    opId: `op-${i}`,
    prevOpId: i % 3 === 0 ? null : `before-${i}`,
    writer: "panel",
    seq: i,
    body: isGone ? null : i % 11 === 0 ? new Uint8Array(0) : body,
    ...change,
  };
  file
    .statement(`INSERT OR REPLACE INTO ${TABLE} VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)`)
    .run(Object.values(row) as Cell[]);
}

function expectAsAlone(file: SqliteFile, wanted: readonly Uint8Array[]): void {
  const chunks = Array.from(findRecords(file, TABLE, wanted));
  const alone = wanted.map((key): BackendRecord => findRecord(file, TABLE, key));
  expect(chunks.flat()).toEqual(alone);
  for (const chunk of chunks) {
    const bytes = chunk.reduce((sum, { key, body }) => sum + key.length + (body?.length ?? 0), 0);
    expect(chunk.length === 1 || bytes <= TARGET_ITEM_BYTES).toBe(true);
  }
}

function expectLookedUp(file: SqliteFile, wanted: readonly Uint8Array[]): void {
  const batch = lookupEntries(file, TABLE, wanted);
  expect(batch.count).toBe(wanted.length);
  for (const [i, key] of wanted.entries()) {
    const { state, token } = findRecord(file, TABLE, key);
    expect(keyAt(batch, i)).toEqual(key);
    // A lookup does not look at bodies.
    const isWhole = state !== "unreadable";
    if (isWhole) expect(stateAt(batch, i)).toBe(EntryState[state]);
    if (isWhole) expect(tokenAt(batch, i)).toBe(token ?? "");
  }
}

test.each([
  ["all of them", keys()],
  ["one", keys((i) => i === 5)],
  ["few among many", keys((i) => i % 50 === 0)],
  ["more than half", keys((i) => i % 3 !== 0)],
  ["some that are not there", keys(() => true, COUNT + 700)],
  ["none that is there", keys((i) => i >= COUNT, COUNT + 600)],
])("%s", (_what, wanted) => {
  const file = fileWith();
  expectAsAlone(file, wanted);
  expectLookedUp(file, wanted);
  file.close();
});

test("keys in any order", () => {
  const file = fileWith();
  expectAsAlone(file, keys().reverse());
  file.close();
});

test("a file in UTF-16, where bodies cannot be joined as text", () => {
  const file = fileWith("UTF-16le");
  expectAsAlone(file, keys());
  file.close();
});

test.each([
  ["a space in a version", { version: "1.op 7" }],
  ["no version", { version: "" }],
  ["a control character in a version", { version: "1.op\u0007" }],
  ["a space in the id of the operation before", { prevOpId: "be fore" }],
  ["an unknown state", { deleted: 7 }],
  ["a digest that is too short", { digest: new Uint8Array(3) }],
  ["no body", { body: null }],
])("beside a row that somebody damaged: %s", (_what, change) => {
  const file = fileWith();
  insert(file, 1, change);
  insert(file, 700, change);
  expectAsAlone(file, keys());
  expectLookedUp(file, keys());
  file.close();
});
