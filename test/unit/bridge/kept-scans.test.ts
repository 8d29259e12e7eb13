/** What Sqoop's backend keeps of its last scans, and when it lets go of it. */
import { existsSync, mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import type { EncodedEntries } from "../../../bridge/backends/backend.ts";
import { KeptScans } from "../../../bridge/backends/sqoop/kept-scans.ts";
import { WorkFolder } from "../../../bridge/backends/sqoop/work-folder.ts";

let folder: string;
let work: WorkFolder;
let scans: KeptScans;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "driftscope-unit-"));
  work = new WorkFolder(folder);
  scans = new KeptScans(work);
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const BATCHES: readonly EncodedEntries[] = [
  { count: 2, bytes: new Uint8Array([1, 2, 3]) },
  { count: 1, bytes: new Uint8Array(100_000).fill(7) },
];

async function* scanOf(batches = BATCHES, meanwhile = async (): Promise<void> => {}) {
  for (const batch of batches) {
    yield batch;
    await meanwhile();
  }
}

async function all(entries: AsyncIterable<EncodedEntries>): Promise<EncodedEntries[]> {
  const found: EncodedEntries[] = [];
  for await (const batch of entries) found.push(batch);
  return found;
}

const at = (name: string): number => scans.of(name).at() ?? Number.NaN;
const files = (): number => {
  const kept = join(work.path, "scans");
  return existsSync(kept) ? readdirSync(kept).length : 0;
};

test("a scan is passed on and kept whole, under the time when it began; the next one takes its place", async () => {
  expect(scans.of("a").at()).toBeUndefined();
  const before = Date.now();
  expect(await all(scans.keep("a", scanOf()))).toEqual(BATCHES);
  expect(at("a")).toBeGreaterThanOrEqual(before);
  expect(await all(scans.of("a").entries(at("a")))).toEqual(BATCHES);
  expect(scans.of("b").at()).toBeUndefined();
  await all(scans.keep("a", scanOf([])));
  expect(await all(scans.of("a").entries(at("a")))).toEqual([]);
  expect(files()).toBe(0);
});

test("a scan that failed, or that nobody read to its end, is not kept", async () => {
  const failing = scans.keep(
    "a",
    scanOf(BATCHES, () => Promise.reject(new Error("torn"))),
  );
  await expect(all(failing)).rejects.toThrow("torn");
  for await (const _ of scans.keep("a", scanOf())) break;
  expect(scans.of("a").at()).toBeUndefined();
  expect(files()).toBe(0);
});

test("a write ends all that is kept, also what was read while it ran, whatever became of it", async () => {
  await all(scans.keep("a", scanOf()));
  const when = at("a");
  const failed = scans.writing(async () => {
    await all(scans.keep("during", scanOf()));
    throw new Error("no answer");
  });
  await expect(failed).rejects.toThrow("no answer");
  await all(
    scans.keep(
      "around",
      scanOf(BATCHES, () => scans.writing(async () => {})),
    ),
  );
  for (const name of ["a", "during", "around"]) expect(scans.of(name).at()).toBeUndefined();
  expect(files()).toBe(0);
  await expect(all(scans.of("a").entries(when))).rejects.toMatchObject({ code: "not-kept" });
});

test("what is being read is read to its end, also when it is let go meanwhile", async () => {
  await all(scans.keep("a", scanOf()));
  const reading = scans.of("a").entries(at("a"))[Symbol.asyncIterator]();
  expect((await reading.next()).value).toEqual(BATCHES[0]);
  await scans.writing(async () => {});
  expect((await reading.next()).value).toEqual(BATCHES[1]);
  expect((await reading.next()).done).toBe(true);
});
