import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import type { BackendCollection, BackendWrite } from "../../../bridge/backends/backend.ts";
import { SqliteFile } from "../../../bridge/backends/sqlite/driver.ts";
import { SqliteBackend } from "../../../bridge/backends/sqlite/sqlite-backend.ts";
import { tokenAt } from "../../../core/batch/entry-batch-access.ts";
import { decodeEntryBatch } from "../../../core/batch/entry-batch-codec.ts";
import { encodeKey } from "../../../core/key/encode-key.ts";
import { FROM_NOW } from "../../../core/session/ports.ts";
import { initOf } from "../../conformance/suite/bed.ts";

let folder: string;
let file: string;
let backend: SqliteBackend;
let collection: BackendCollection;

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), "driftscope-sqlite-changes-"));
  file = join(folder, "test.sqlite");
  backend = new SqliteBackend({ file });
  collection = backend.collection("shop");
  await collection.init(initOf("shop"));
});
afterEach(async () => {
  await backend.close();
  rmSync(folder, { recursive: true, force: true });
});

const put = (key: number): BackendWrite => ({
  opId: `op-${key}`,
  key: encodeKey(key),
  expect: null,
  write: { body: new Uint8Array(10), digest: new Uint8Array(16) },
});

function raw(sql: string): void {
  const other = new SqliteFile(file, 1000);
  other.exec(sql);
  other.close();
}

const backUp = (): void => raw(`VACUUM INTO '${file}.backup'`);

/** In place, as SQLite's own restore does it: who has the file open goes on with what was put back. */
function putBack(): void {
  const tables = ["driftscope_collections", "driftscope_histories", "driftscope_records_1"];
  const copy = tables.map(
    (table) => `DELETE FROM ${table}; INSERT INTO ${table} SELECT * FROM backup.${table};`,
  );
  raw(`ATTACH '${file}.backup' AS backup; BEGIN; ${copy.join(" ")} COMMIT`);
}

async function changesAfter(
  since: string,
  rows = collection,
): Promise<{ ops: string[]; checkpoint: string }> {
  const ops: string[] = [];
  const changes = rows.changes(since, new AbortController().signal);
  for (;;) {
    const next = await changes.next();
    if (next.done) return { ops: ops.sort(), checkpoint: next.value };
    const batch = decodeEntryBatch(next.value.bytes);
    for (let i = 0; i < batch.count; i++) ops.push(tokenAt(batch, i).replace("1.op-", ""));
  }
}

const checkpointNow = async (): Promise<string> => (await changesAfter(FROM_NOW)).checkpoint;

test("a file that was put back is recognised, also when its numbers have passed the checkpoint", async () => {
  await collection.write([put(1)], "w");
  const kept = await checkpointNow();
  backUp();
  await collection.write([put(2), put(3)], "w");
  const lost = await checkpointNow();
  putBack();
  await expect(changesAfter(lost)).rejects.toMatchObject({
    code: "stale-checkpoint",
    message: expect.stringContaining("put back to an earlier state"),
  });
  expect(await changesAfter(kept)).toEqual({ ops: [], checkpoint: kept });
  // The same process goes on writing.
  await collection.write([put(4), put(5), put(6)], "w");
  await expect(changesAfter(lost)).rejects.toMatchObject({
    code: "stale-checkpoint",
    message: expect.stringContaining("written to again"),
  });
  expect((await changesAfter(kept)).ops).toEqual(["4", "5", "6"]);
});

test("processes that take turns can all be gone on from", async () => {
  const other = new SqliteBackend({ file });
  const checkpoints = [await checkpointNow()];
  for (let turn = 1; turn <= 4; turn++) {
    const rows = turn % 2 === 0 ? collection : other.collection("shop");
    await rows.write([put(turn)], "w");
    checkpoints.push(await checkpointNow());
  }
  for (const [i, checkpoint] of checkpoints.entries()) {
    expect((await changesAfter(checkpoint)).ops).toEqual(["1", "2", "3", "4"].slice(i));
  }
  await other.close();
});

test("a file of before there were histories can be gone on from, until it is put back", async () => {
  await collection.write([put(1)], "w");
  raw("DELETE FROM driftscope_histories");
  const checkpoint = await checkpointNow();
  backUp();
  await collection.write([put(2)], "w");
  expect((await changesAfter(checkpoint)).ops).toEqual(["2"]);
  const later = await checkpointNow();
  putBack();
  await collection.write([put(3)], "w");
  await expect(changesAfter(later)).rejects.toMatchObject({ code: "stale-checkpoint" });
  expect((await changesAfter(checkpoint)).ops).toEqual(["3"]);
});

test("writes that all missed leave the checkpoint good", async () => {
  await collection.write([put(1)], "w");
  const checkpoint = await checkpointNow();
  expect((await collection.write([{ ...put(1), opId: "other" }], "w"))[0]?.status).toBe("missed");
  expect(await checkpointNow()).not.toBe(checkpoint);
  expect((await changesAfter(checkpoint)).ops).toEqual([]);
});
