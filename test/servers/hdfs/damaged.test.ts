import { randomUUID } from "node:crypto";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { folderOf } from "../../../bridge/backends/hdfs/dataset/dataset-paths.ts";
import { encodeManifest, type SegmentEntry } from "../../../bridge/backends/hdfs/dataset/manifest.ts";
import type { WebHdfs } from "../../../bridge/backends/hdfs/webhdfs/webhdfs.ts";
import type { RemoteStore } from "../../../core/session/ports.ts";
import { type Bed, create, freshStore, readOne, scanAll, writeOne } from "../../conformance/suite/bed.ts";
import { directBed } from "../../conformance/suite/direct-bed.ts";
import { freshBackend, freshFolder } from "./fresh-folder.ts";
import { committed, contentOf, namesIn, overwrite, webHdfs } from "./hdfs-files.ts";

const root = freshFolder();
let bed: Bed;
let parquetBed: Bed;
let fs: WebHdfs;
beforeAll(() => {
  bed = directBed(freshBackend({ folder: root }));
  parquetBed = directBed(freshBackend({ folder: root, format: "parquet" }));
  fs = webHdfs();
});
afterAll(async () => {
  await bed.dispose();
  await parquetBed.dispose();
  fs.close();
});

interface Written {
  readonly collection: string;
  readonly folder: string;
  /** Of a bridge that has read nothing yet. */
  afresh<Result>(work: (store: RemoteStore) => Promise<Result>): Promise<Result>;
}

/** Two records, in a segment each. */
async function written(by = bed): Promise<Written> {
  const { store, collection } = await freshStore(by);
  for (const key of ["a", "b"]) await store.write([create(key, { key })], { applyId: randomUUID() });
  return {
    collection,
    folder: folderOf(root, collection),
    async afresh(work) {
      const other = directBed(freshBackend({ folder: root }));
      try {
        return await work(await other.store(collection));
      } finally {
        await other.dispose();
      }
    },
  };
}

const newestManifest = async ({ folder }: Written): Promise<string> =>
  `${folder}/manifests/${(await namesIn(fs, `${folder}/manifests`)).at(-1)}`;

/** Nothing is shown, and nothing is written. */
async function isRefused({ afresh }: Written, expected: object): Promise<void> {
  await afresh(async (store) => {
    await expect(scanAll(store)).rejects.toMatchObject(expected);
    const outcome = await writeOne(store, create("a", 1)).catch((error: unknown) => error);
    expect(outcome).not.toMatchObject({ status: "applied" });
  });
}

describe("a manifest", () => {
  test("that is truncated is told, and is not taken for an empty dataset", async () => {
    const dataset = await written();
    const path = await newestManifest(dataset);
    const whole = await contentOf(fs, path);
    await overwrite(fs, path, whole.subarray(0, whole.length - 100));
    await isRefused(dataset, {
      code: "corrupt",
      message: expect.stringContaining("is truncated or damaged"),
    });
    await overwrite(fs, path, whole);
    expect(await dataset.afresh(scanAll)).toHaveLength(2);
  });

  test("of a newer format is left to a newer version", async () => {
    const dataset = await written();
    const [newest] = (await committed(root, dataset.collection)).slice(-1);
    if (newest === undefined) throw new Error("no manifest");
    const newer = { ...newest, format: 3 } as unknown as typeof newest;
    await overwrite(fs, await newestManifest(dataset), encodeManifest(newer));
    await isRefused(dataset, { code: "newer-format", message: expect.stringContaining("update Driftscope") });
  });

  test("that names a segment of an unknown format is left to a newer version", async () => {
    const dataset = await written(parquetBed);
    const [newest] = (await committed(root, dataset.collection)).slice(-1);
    if (newest === undefined) throw new Error("no manifest");
    const [first, ...others] = newest.segments;
    const newer = {
      ...newest,
      segments: [{ ...first, format: "orc" }, ...others],
    } as unknown as typeof newest;
    await overwrite(fs, await newestManifest(dataset), encodeManifest(newer));
    await isRefused(dataset, {
      code: "newer-format",
      message: expect.stringMatching(/"orc".*update Driftscope/),
    });
  });
});

describe("a segment", () => {
  const files = async ({ folder }: Written, kind: RegExp): Promise<string[]> =>
    (await namesIn(fs, `${folder}/segments`))
      .filter((name) => kind.test(name))
      .map((name) => `${folder}/segments/${name}`);

  test("that is missing is told by its name", async () => {
    const dataset = await written();
    const [heads = ""] = await files(dataset, /\.heads$/);
    await fs.remove(heads);
    await isRefused(dataset, { code: "incomplete", message: expect.stringContaining(heads) });
  });

  test.each(["heads", "ndjson", "parquet"])(
    "whose %s have another checksum is told by its name",
    async (kind) => {
      const dataset = await written(kind === "parquet" ? parquetBed : bed);
      const damaged = await files(dataset, new RegExp(`\\.${kind}$`));
      for (const path of damaged) {
        const bytes = await contentOf(fs, path);
        bytes[10] = (bytes[10] ?? 0) ^ 1;
        await overwrite(fs, path, bytes);
      }
      await dataset.afresh(async (store) => {
        await expect(readOne(store, "a")).rejects.toMatchObject({
          code: "corrupt",
          message: expect.stringMatching(new RegExp(`\\.${kind} is damaged, or somebody else's`)),
        });
      });
    },
  );

  test("of Parquet with another footer is told by its name", async () => {
    const dataset = await written(parquetBed);
    for (const path of await files(dataset, /\.parquet$/)) {
      const bytes = await contentOf(fs, path);
      const at = bytes.length - 20;
      bytes[at] = (bytes[at] ?? 0) ^ 1;
      await overwrite(fs, path, bytes);
    }
    await dataset.afresh(async (store) => {
      expect(await scanAll(store)).toHaveLength(2);
      await expect(readOne(store, "a")).rejects.toMatchObject({
        code: "corrupt",
        message: expect.stringMatching(/\.parquet is damaged, or somebody else's/),
      });
    });
  });

  /** How much of a file is left: within its rows, and all of them without what comes behind. */
  const CUTS: readonly [string, (segment: SegmentEntry) => number][] = [
    ["ndjson", () => 20],
    ["parquet", () => 20],
    ["parquet", ({ bytes, footer }) => bytes - (footer?.bytes ?? 0)],
    ["parquet", ({ bytes }) => bytes - 8],
  ];
  test.each(CUTS)("of %s that was cut is told, and not read as a shorter one", async (kind, lengthOf) => {
    const dataset = await written(kind === "parquet" ? parquetBed : bed);
    const [newest] = (await committed(root, dataset.collection)).slice(-1);
    for (const segment of newest?.segments ?? []) {
      const path = `${dataset.folder}/segments/${segment.name}.${kind}`;
      await overwrite(fs, path, (await contentOf(fs, path)).subarray(0, lengthOf(segment)));
    }
    await dataset.afresh(async (store) => {
      await expect(readOne(store, "a")).rejects.toMatchObject({ code: "corrupt" });
    });
  });
});

test("a dataset that was copied to another collection's folder is not taken for that one's", async () => {
  const dataset = await written();
  const elsewhere = "elsewhere";
  await fs.makeFolder(`${folderOf(root, elsewhere)}/manifests`);
  const bytes = await contentOf(fs, await newestManifest(dataset));
  await overwrite(fs, `${folderOf(root, elsewhere)}/manifests/000000000001.json`, bytes);
  const store = await bed.store(elsewhere);
  await expect(store.meta()).rejects.toMatchObject({
    code: "corrupt",
    message: expect.stringContaining("copied"),
  });
});

test("a folder that was put back to an earlier state is read as it is, also by who knew the later one", async () => {
  const { store, collection } = await freshStore(bed);
  await writeOne(store, create("a", 1));
  await writeOne(store, create("b", 1));
  expect(await scanAll(store)).toHaveLength(2);
  await fs.remove(await newestManifest({ folder: folderOf(root, collection) } as Written));
  expect(await scanAll(store)).toHaveLength(1);
  await writeOne(store, create("c", 1));
  expect(await scanAll(store)).toHaveLength(2);
});
