import fc from "fast-check";
import { LRUCache } from "lru-cache";
import { expect, test } from "vitest";
import type { BackendScan } from "../../../bridge/backends/backend.ts";
import type { Snapshot } from "../../../bridge/backends/hdfs/dataset/dataset.ts";
import { headsPath } from "../../../bridge/backends/hdfs/dataset/dataset-paths.ts";
import { scanSnapshot } from "../../../bridge/backends/hdfs/dataset/scan-snapshot.ts";
import { SegmentBuilder } from "../../../bridge/backends/hdfs/dataset/segment-builder.ts";
import { SegmentReader } from "../../../bridge/backends/hdfs/dataset/segment-reader.ts";
import { StoredRow } from "../../../bridge/backends/hdfs/dataset/stored-row.ts";
import type { WebHdfs } from "../../../bridge/backends/hdfs/webhdfs/webhdfs.ts";
import { EntryState } from "../../../core/batch/entry-batch.ts";
import { keyAt, tokenAt } from "../../../core/batch/entry-batch-access.ts";
import { decodeKey } from "../../../core/key/decode-key.ts";
import { encodeKey } from "../../../core/key/encode-key.ts";
import { runs } from "../../support/models/runs.ts";

const FOLDER = "/dataset";
const KEYS = 60;

/** Two of the long ones fill a block. */
const LINES = [Buffer.alloc(10), Buffer.alloc(130_000)] as const;

const key = fc.nat({ max: KEYS });
/** By key, how long its line is. Ranges beside random keys: segments that lie apart, touch or overlap. */
const segment = fc
  .tuple(fc.uniqueArray(key, { maxLength: KEYS }), key, fc.nat({ max: 20 }), fc.nat({ max: 3 }))
  .map(([some, from, length, every]) => {
    const run = Array.from({ length }, (_, i) => from + i);
    const keys = every === 0 ? some : every === 1 ? run : [...some, ...run];
    return [...new Set(keys)].sort((a, b) => a - b);
  })
  .filter((keys) => keys.length > 0);

/** As HDFS would have them, oldest first; a row's token says which segment brought it. */
function snapshotOf(segments: readonly (readonly number[])[]): Snapshot {
  const files = new Map<string, Buffer>();
  const fs = {
    read: async (path: string, { offset, length }: { offset: number; length: number }) =>
      files.get(path)?.subarray(offset, offset + length),
  } as unknown as WebHdfs;
  const readers = segments.map((keys, age) => {
    const builder = new SegmentBuilder("ndjson");
    const heads: Uint8Array[] = [];
    for (const number of keys) {
      const head = { key: encodeKey(number), state: EntryState.present, token: `${age}.x` };
      const line = LINES[(number + age) % 2] as Buffer;
      const built = builder.push({ ...head, digest: new Uint8Array(16) }, StoredRow.ofLine(line), 0);
      if (built !== undefined) heads.push(built.heads);
    }
    const finished = builder.finish(crypto.randomUUID(), age);
    if (finished === undefined) throw new Error("no segment");
    files.set(headsPath(FOLDER, finished.segment), Buffer.concat([...heads, finished.last.heads]));
    return new SegmentReader(fs, FOLDER, finished.segment, new LRUCache({ maxSize: 1 }));
  });
  return { segments: readers } as unknown as Snapshot;
}

async function scanned(snapshot: Snapshot, range: BackendScan, limit: number): Promise<[unknown, string][]> {
  const rows: [unknown, string][] = [];
  for await (const batch of scanSnapshot(snapshot, range, limit, new AbortController().signal)) {
    expect(batch.count).toBeGreaterThan(0);
    expect(batch.count).toBeLessThanOrEqual(limit);
    for (let i = 0; i < batch.count; i++) rows.push([decodeKey(keyAt(batch, i)), tokenAt(batch, i)]);
  }
  return rows;
}

test("a scan of segments has each key of its range once, in order, as the newest segment has it", async () => {
  const bound = fc.option(key, { nil: undefined });
  const bounds = fc.record({ after: bound, lower: bound, upper: bound });
  await fc.assert(
    fc.asyncProperty(
      fc.array(segment, { minLength: 1, maxLength: 6 }),
      bounds,
      fc.integer({ min: 1, max: 50 }),
      async (segments, { after, lower, upper }, limit) => {
        const newest = new Map<number, string>();
        for (const [age, keys] of segments.entries()) for (const one of keys) newest.set(one, `${age}.x`);
        const expected = [...newest]
          .filter(([one]) => one > (after ?? -1) && one >= (lower ?? 0) && one < (upper ?? 2 * KEYS))
          .sort(([a], [b]) => a - b);
        const encoded = (number: number | undefined) =>
          number === undefined ? undefined : encodeKey(number);
        const range = { after: encoded(after), lower: encoded(lower), upper: encoded(upper) };
        expect(await scanned(snapshotOf(segments), range, limit)).toEqual(expected);
      },
    ),
    { numRuns: runs(100) },
  );
});
