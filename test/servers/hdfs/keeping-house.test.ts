import { randomUUID } from "node:crypto";
import { LRUCache } from "lru-cache";
import { afterEach, beforeEach, expect, test } from "vitest";
import { compact } from "../../../bridge/backends/hdfs/dataset/compact.ts";
import { Dataset, type Snapshot } from "../../../bridge/backends/hdfs/dataset/dataset.ts";
import { folderOf } from "../../../bridge/backends/hdfs/dataset/dataset-paths.ts";
import type { SegmentCache } from "../../../bridge/backends/hdfs/dataset/segment-reader.ts";
import { KEPT_MANIFESTS, tidy } from "../../../bridge/backends/hdfs/dataset/tidy.ts";
import type { WebHdfs } from "../../../bridge/backends/hdfs/webhdfs/webhdfs.ts";
import { decodeValue } from "../../../core/codec/decode-value.ts";
import type { RemoteStore } from "../../../core/session/ports.ts";
import {
  type Bed,
  create,
  freshStore,
  readOne,
  remove,
  replace,
  scanAll,
  tokenOf,
  writeOne,
} from "../../conformance/suite/bed.ts";
import { directBed } from "../../conformance/suite/direct-bed.ts";
import { freshBackend, freshFolder } from "./fresh-folder.ts";
import { namesIn, overwrite, setTime, webHdfs } from "./hdfs-files.ts";

const DAY_MS = 24 * 60 * 60 * 1000;

const root = freshFolder();
let bed: Bed;
let fs: WebHdfs;
let store: RemoteStore;
let dataset: Dataset;
beforeEach(async () => {
  bed = directBed(freshBackend({ folder: root }));
  fs = webHdfs();
  const fresh = await freshStore(bed);
  store = fresh.store;
  dataset = new Dataset(fs, folderOf(root, fresh.collection), new LRUCache({ maxSize: 1024 * 1024 }));
});
afterEach(async () => {
  await bed.dispose();
  fs.close();
});

const latest = async (): Promise<Snapshot> => {
  const snapshot = await dataset.latest();
  if (snapshot === undefined) throw new Error("no dataset");
  return snapshot;
};

/** Segments that overlap, with changes, deletions and a fence of what the older ones have. @param stores That write in turn. */
async function manySegments(stores = [store]): Promise<void> {
  const tokens = new Map<number, string>();
  for (let commit = 0; commit < 12; commit++) {
    const operations = Array.from({ length: 40 }, (_, i) => (i * 7 + commit * 5) % 100)
      .filter((key, at, all) => all.indexOf(key) === at)
      .map((key) => {
        const token = tokens.get(key);
        if (token === undefined) return { key, operation: create(key, { commit }) };
        const isRemoved = (key + commit) % 5 === 0;
        return { key, operation: isRemoved ? remove(key, token) : replace(key, token, { commit }) };
      });
    const outcomes = await (stores[commit % stores.length] as RemoteStore).write(
      operations.map(({ operation }) => operation),
      { applyId: randomUUID() },
    );
    for (const [at, { key }] of operations.entries()) tokens.set(key, tokenOf(outcomes[at]));
  }
}

async function recordsOf(of: RemoteStore): Promise<unknown[]> {
  const records: unknown[] = [];
  for (let key = 0; key < 100; key++) {
    const { state, token, body } = await readOne(of, key);
    records.push([state, token, body === undefined ? undefined : decodeValue(body)]);
  }
  return records;
}

test("merging changes nothing that is read, and leaves one segment", async () => {
  await manySegments();
  const before = { entries: await scanAll(store), records: await recordsOf(store) };
  const { manifest } = await latest();
  expect(manifest.segments.length).toBeGreaterThan(5);
  expect(await compact(dataset, 1)).toBe(true);
  const merged = (await latest()).manifest;
  expect(merged.segments).toHaveLength(1);
  expect(merged.records).toBe(manifest.records);
  expect(merged.dropped.map(({ name }) => name)).toEqual(manifest.segments.map(({ name }) => name));
  for (const one of [store, await bed.store(merged.collection.name)]) {
    expect({ entries: await scanAll(one), records: await recordsOf(one) }).toEqual(before);
  }
  expect(await compact(dataset, 1)).toBe(false);
});

test("a dataset of both formats is read as one, and merged into that of the connection that merges it", async () => {
  const other = directBed(freshBackend({ folder: root, format: "parquet" }));
  const { name } = (await latest()).manifest.collection;
  const theirs = await other.store(name);
  await manySegments([store, theirs]);
  const before = { entries: await scanAll(store), records: await recordsOf(store) };
  expect({ entries: await scanAll(theirs), records: await recordsOf(theirs) }).toEqual(before);
  const formatsOf = ({ manifest }: Snapshot): (string | undefined)[] => [
    ...new Set(manifest.segments.map(({ format }) => format)),
  ];
  expect(formatsOf(await latest())).toEqual([undefined, "parquet"]);
  expect((await latest()).manifest.format).toBe(2);
  const cache: SegmentCache = new LRUCache({ maxSize: 1024 * 1024 });
  expect(await compact(new Dataset(fs, dataset.folder, cache, "parquet"), 1)).toBe(true);
  const merged = (await latest()).manifest;
  expect(merged.segments).toMatchObject([{ format: "parquet", rows: before.entries.length }]);
  expect({ entries: await scanAll(store), records: await recordsOf(store) }).toEqual(before);
  // As much as there is already: else it would not be merged with it.
  const more = Array.from({ length: 300 }, (_, i) => create(`more ${i}`, { i }));
  await store.write(more, { applyId: randomUUID() });
  expect(await compact(dataset, 1)).toBe(true);
  const again = await latest();
  expect([again.manifest.format, formatsOf(again)]).toEqual([1, [undefined]]);
  expect(await scanAll(theirs)).toHaveLength(before.entries.length + more.length);
  expect(await recordsOf(theirs)).toEqual(before.records);
  await other.dispose();
});

test("what changed after a checkpoint is told across a merge", async () => {
  await manySegments();
  const checkpoint = await lastOf(store, "");
  await writeOne(store, create("new", 1));
  await compact(dataset, 1);
  expect(await changedAfter(store, checkpoint)).toBe(1);
  expect(await changedAfter(store, "")).toBe((await scanAll(store)).length);
});

async function lastOf(of: RemoteStore, since: string): Promise<string> {
  const changes = of.changes(since);
  for (;;) {
    const next = await changes.next();
    if (next.done) return next.value;
  }
}

async function changedAfter(of: RemoteStore, since: string): Promise<number> {
  let count = 0;
  for await (const batch of of.changes(since)) count += batch.count;
  return count;
}

test("a merge while others write loses nothing of theirs", async () => {
  await manySegments();
  let isMerging = true;
  const merging = compact(dataset, 1).finally(() => {
    isMerging = false;
  });
  const tokens: string[] = [];
  while (isMerging) tokens.push(tokenOf(await writeOne(store, create(`during ${tokens.length}`, 1))));
  await merging;
  const found = new Set((await scanAll(store)).map(({ token }) => token));
  expect(tokens.filter((token) => !found.has(token))).toEqual([]);
});

test("a scan that began before a merge ends as it began", async () => {
  await manySegments();
  const expected = await scanAll(store);
  const other = directBed(freshBackend({ folder: root }));
  const theirs = await other.store((await latest()).manifest.collection.name);
  let seen = 0;
  for await (const batch of theirs.scan({ batchSize: 1 })) {
    if (seen === 0) {
      await compact(dataset, 1);
      await writeOne(store, create("later", 1));
    }
    seen += batch.count;
  }
  expect(seen).toBe(expected.length);
  await other.dispose();
});

test("files that no manifest names are deleted when they are a day old, and no sooner", async () => {
  await manySegments();
  const segments = `${dataset.folder}/segments`;
  const merged = (await latest()).manifest.segments.map(({ name }) => `${name}.ndjson`).sort();
  await compact(dataset, 1);
  const [orphan, young] = [randomUUID(), randomUUID()].map((name) => `${name}.ndjson`) as [string, string];
  for (const name of [orphan, young]) await overwrite(fs, `${segments}/${name}`, Buffer.from("x"));
  await overwrite(fs, `${segments}/theirs.txt`, Buffer.from("x"));
  const now = (await latest()).file.modificationTime;
  for (const name of [orphan, "theirs.txt", ...merged])
    await setTime(`${segments}/${name}`, now - 2 * DAY_MS);
  await tidy(await latest(), now);
  // What was merged went out of use only now, however old it is.
  const left = await namesIn(fs, segments);
  expect(left).toEqual(expect.arrayContaining([young, "theirs.txt", ...merged]));
  expect(left).not.toContain(orphan);
  await tidy(await latest(), now + DAY_MS + 60_000);
  const after = await namesIn(fs, segments);
  for (const name of merged) expect(after).not.toContain(name);
  const [{ name } = { name: "" }] = (await latest()).manifest.segments;
  expect(after).toEqual(expect.arrayContaining([`_${name}.heads`, `${name}.ndjson`, "theirs.txt"]));
  expect((await scanAll(store)).length).toBeGreaterThan(0);
});

test("a hundred manifests and those of a day are kept", async () => {
  for (let i = 0; i < KEPT_MANIFESTS + 5; i++) await writeOne(store, create(i, i));
  const folder = `${dataset.folder}/manifests`;
  const names = await namesIn(fs, folder);
  const now = (await latest()).file.modificationTime;
  expect(await tidy(await latest(), now)).toMatchObject({ manifests: 0 });
  const old = names.slice(0, 4);
  for (const name of old) await setTime(`${folder}/${name}`, now - 2 * DAY_MS);
  await tidy(await latest(), now);
  expect(await namesIn(fs, folder)).toEqual(names.filter((name) => !old.includes(name)));
  // A checkpoint of then says nothing any more, and that is told.
  const { meta } = await latest();
  await expect(lastOf(store, `${meta.incarnation}:2:${randomUUID()}`)).rejects.toMatchObject({
    code: "stale-checkpoint",
  });
}, 600_000);
