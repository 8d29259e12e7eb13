/** Datasets on a real HDFS: a push against the bare stages of it, and what the number of segments costs a compare. */
import { randomUUID } from "node:crypto";
import { setTimeout as wait } from "node:timers/promises";
import { LRUCache } from "lru-cache";
import { Dataset } from "../../bridge/backends/hdfs/dataset/dataset.ts";
import { dataPath, folderOf } from "../../bridge/backends/hdfs/dataset/dataset-paths.ts";
import { HdfsBackend, type HdfsSettings } from "../../bridge/backends/hdfs/hdfs-backend.ts";
import { WebHdfs } from "../../bridge/backends/hdfs/webhdfs/webhdfs.ts";
import { startBackend } from "../../demo/backends.ts";
import type { MappingInfo } from "../../extension/panel/worker/api.ts";
import { bareGetAll, barePut, bareTransfer } from "./bed/bare-stages.ts";
import { Bed, DATABASE, type Inspection } from "./bed/bed.ts";
import { expectOnly, mapAll, openMapped, type Timed, timedApply, timedCompare } from "./bed/steps.ts";
import type { Benchmark, Options } from "./benchmark.ts";
import { storedRecord } from "./data/stored-record.ts";
import { cpuRows } from "./report/breakdown.ts";
import { type Row, ratioAtMost, row } from "./report/result.ts";
import { bareUpload } from "./servers/bare-hdfs.ts";

const CONNECTION = "hdfs";

/** Stores with the same records, mapped to datasets of so many segments. */
const SEGMENTED = [
  { store: "one", segments: 1, goal: ratioAtMost(1.4) },
  { store: "twenty", segments: 20, goal: ratioAtMost(1.6) },
] as const;

/** More segments are merged by the bridge when a push has ended. */
const MOST_SEGMENTS = 20;
const MERGED_WITHIN_MS = 120_000;
const LOOK_EVERY_MS = 200;

export const hdfs: Benchmark = {
  name: "hdfs",
  run: async (options) => {
    const server = await startBackend(CONNECTION);
    try {
      const { url, folder } = server.connection as unknown as { url: string; folder: string };
      const settings = { where: "HDFS", url, folder, user: "root", requestTimeoutMs: 60_000 };
      return await Bed.use(
        async (bed) => ({ rows: await measure(bed, settings, options), browserVersion: bed.browserVersion }),
        { connections: { [CONNECTION]: server.connection } },
      );
    } finally {
      await server.close();
    }
  },
};

async function measure(bed: Bed, settings: HdfsSettings, { records, runs }: Options): Promise<Row[]> {
  const stores = Array.from({ length: runs }, (_, run) => `orders-${run}`);
  const inspection = await bed.inspect([...stores, ...SEGMENTED.map(({ store }) => store)]);
  const pushes: Push[] = [];
  for (const store of stores) pushes.push(await measurePush(inspection, settings, store, records));
  await fillSegmented(inspection, settings, stores[0] as string, records);
  return [...pushRows(pushes, records), ...(await compareRows(inspection, records, runs))];
}

// ---- pushes

interface Push {
  readonly push: Timed;
  readonly read: number;
  readonly transfer: number;
  readonly upload: number;
  readonly segments: number;
}

async function measurePush(
  inspection: Inspection,
  settings: HdfsSettings,
  store: string,
  records: number,
): Promise<Push> {
  const { page, frame } = inspection;
  await barePut(page, DATABASE, store, records);
  const mapping = await openMapped(inspection, store);
  expectOnly((await timedCompare(inspection)).summary, "onlyHere", records);
  const push = await timedApply(inspection, "Push", records);
  const { bytes, segments } = await linesOf(settings, mapping);
  return {
    push,
    segments,
    read: await bareGetAll(page, DATABASE, store),
    transfer: await bareTransfer(page, frame, bytes.length),
    upload: await bareUpload(settings.url, `/bare/${store}`, bytes),
  };
}

/** What the push wrote, when the bridge has merged what it wanted to: it shares the cores with what is measured next. */
async function linesOf(
  settings: HdfsSettings,
  { collection }: MappingInfo,
): Promise<{ readonly bytes: Buffer; readonly segments: number }> {
  const fs = new WebHdfs(settings);
  const folder = folderOf(settings.folder, collection);
  const dataset = new Dataset(fs, folder, new LRUCache({ maxSize: 1 }));
  const deadline = performance.now() + MERGED_WITHIN_MS;
  let segments = (await dataset.latest())?.segments ?? [];
  const before = segments.length;
  while (segments.length > MOST_SEGMENTS) {
    if (performance.now() > deadline) throw new Error(`${segments.length} segments were not merged`);
    await wait(LOOK_EVERY_MS);
    segments = (await dataset.latest())?.segments ?? [];
  }
  const chunks: Buffer[] = [];
  for (const { entry } of segments) {
    for await (const chunk of (await fs.stream(dataPath(folder, entry))) ?? []) chunks.push(chunk);
  }
  fs.close();
  return { bytes: Buffer.concat(chunks), segments: before };
}

function pushRows(pushes: readonly Push[], n: number): Row[] {
  const of = (value: (push: Push) => number) => pushes.map(value);
  const times = of(({ push }) => push.milliseconds);
  const slower = of(({ read, transfer, upload }) => Math.max(read + transfer, upload));
  return [
    row("push / slower of bare read with transfer and bare upload", n, "ms", times, slower, ratioAtMost(1.3)),
    row(
      "bare getAll of 5,000 a call",
      n,
      "ms",
      of(({ read }) => read),
    ),
    row(
      "bare inspectedWindow.eval of the same bytes",
      n,
      "ms",
      of(({ transfer }) => transfer),
    ),
    row(
      "bare WebHDFS upload of the same bytes, one file",
      n,
      "ms",
      of(({ upload }) => upload),
    ),
    row(
      "commits of the push",
      n,
      "segments",
      of(({ segments }) => segments),
    ),
    ...cpuRows(
      "push",
      n,
      pushes.map(({ push }) => push.cpu),
    ),
  ];
}

// ---- compares

/** The records in the page, and in datasets of a known number of segments, each with records from everywhere. */
async function fillSegmented(
  inspection: Inspection,
  settings: HdfsSettings,
  pushed: string,
  records: number,
): Promise<void> {
  const mapping = await openMapped(inspection, pushed);
  for (const { store, segments } of SEGMENTED) {
    await barePut(inspection.page, DATABASE, store, records);
    await mapAll(inspection, [store], { ...mapping, collection: store });
    const backend = new HdfsBackend(settings);
    for (let segment = 0; segment < segments; segment++) {
      const writes = [];
      for (let number = segment; number < records; number += segments) {
        const { key, digest, body } = storedRecord(number);
        writes.push({ opId: randomUUID(), key, expect: null, write: { digest, body } });
      }
      await backend.collection(store).write(writes, "benchmark");
    }
    await backend.close();
  }
  // The panel notices new mappings with its next compare.
  await timedCompare(inspection);
}

async function compareRows(inspection: Inspection, records: number, runs: number): Promise<Row[]> {
  const measured = SEGMENTED.map((one) => ({ ...one, compare: [] as number[], getAll: [] as number[] }));
  // One of each before the clock counts, which makes the base.
  for (let run = -1; run < runs; run++) {
    for (const { store, compare, getAll } of measured) {
      await openMapped(inspection, store);
      const bare = await bareGetAll(inspection.page, DATABASE, store);
      const compared = await timedCompare(inspection);
      expectOnly(compared.summary, "equal", records);
      if (run < 0) continue;
      compare.push(compared.milliseconds);
      getAll.push(bare);
    }
  }
  return measured.map(({ segments, compare, getAll, goal }) =>
    row(
      `compare, ${segments === 1 ? "1 segment" : `${segments} segments`} / bare getAll`,
      records,
      "ms",
      compare,
      getAll,
      goal,
    ),
  );
}
