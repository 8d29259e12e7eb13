/** The whole way on a real Hadoop: a store of a page, HDFS, a job, its result, another store of a page. */
import { execFile } from "node:child_process";
import { randomUUID } from "node:crypto";
import { promisify } from "node:util";
import { afterAll, beforeAll, expect, test } from "vitest";
import { folderOf } from "../../../bridge/backends/hdfs/dataset/dataset-paths.ts";
import { create, freshStore, remove, replace, tokenOf } from "../../conformance/suite/bed.ts";
import { directBed } from "../../conformance/suite/direct-bed.ts";
import { freshBackend } from "../hdfs/fresh-folder.ts";
import { contentOf, namesIn, newestManifest, webHdfs } from "../hdfs/hdfs-files.ts";
import { here, mapReduceCommand, sparkCommand } from "./java-jobs.ts";
import { VisitsBed } from "./visits-bed.ts";

const VISITS = 2000;

let visits: VisitsBed;
beforeAll(async () => {
  visits = await VisitsBed.open((uri) => {
    const mapper = here("on-hdfs/mapper.mjs");
    const streaming = mapReduceCommand({ uri, mapper, reducer: here("on-hdfs/reducer.mjs") });
    const spark = (program: string, ...args: string[]): string[] =>
      sparkCommand(here(`spark/${program}`), [...args, "{input}", "{output}"]);
    return {
      mapreduced: { kind: "mapreduce", command: streaming },
      sparked: { kind: "spark", command: spark("VisitTotals.java") },
      queried: { kind: "hive", command: spark("SqlScript.java", here("on-hdfs/totals.sql")) },
      unfit: { kind: "mapreduce", command: streaming, transform: {} },
    };
  });
}, 600_000);
afterAll(() => visits?.close());

test.each(["mapreduced", "sparked", "queried"])(
  "a store is projected onto HDFS, a job runs over it (%s), its result is pulled, and then nothing differs",
  async (job) => {
    await visits.goTheWholeWay(job);
    if (job !== "mapreduced") return;
    // A row whose code another record has by now is not pulled: the unique index is named.
    const refused = await visits.pullAgainstUniqueIndex(job);
    expect(refused).toMatchObject({ exitCode: 4 });
    expect(JSON.stringify(refused)).toContain("byCode");
  },
  300_000,
);

test("a record that cannot be a row of the job is named, and nothing is run or left behind", async () => {
  const fs = webHdfs(visits.hdfs.url);
  expect(await visits.run("unfit")).toMatchObject({
    state: "failed",
    problem: { message: expect.stringMatching(/The record 1 cannot be given to the job: .*Nothing was run/) },
  });
  expect(await namesIn(fs, "/tables/unfit/_runs")).toEqual([]);
  expect(await namesIn(fs, "/lake/_exports")).toEqual([]);
  fs.close();
}, 600_000);

test("Spark reads a dataset of Parquet as it is, by the names that its manifest has", async () => {
  const root = "/parquet";
  const backend = freshBackend({ url: visits.hdfs.url, folder: root, format: "parquet" });
  const parquetBed = directBed(backend);
  const { store, collection } = await freshStore(parquetBed);
  const regionOf = (i: number): string => ["eu", "us"][i % 2] as string;
  const visit = (i: number, amount: number): object => ({
    region: regionOf(i),
    amount,
    note: "é漢😀".repeat(50),
  });
  const created = await store.write(
    Array.from({ length: VISITS }, (_, i) => create(i, visit(i, -1))),
    { applyId: randomUUID() },
  );
  await store.write(
    created.map((outcome, i) =>
      i % 10 === 0 ? remove(i, tokenOf(outcome)) : replace(i, tokenOf(outcome), visit(i, i)),
    ),
    { applyId: randomUUID() },
  );
  const folder = folderOf(root, collection);
  const fs = webHdfs(visits.hdfs.url);
  const manifest = await newestManifest(fs, folder);
  expect(manifest.segments).toHaveLength(2);
  const input = `${visits.hdfs.uri}${folder}/segments/{${manifest.segments.map(({ name }) => name).join(",")}}.parquet`;
  const [program = "", ...args] = sparkCommand(here("spark/SqlScript.java"), [
    here("on-hdfs/records.sql"),
    input,
    `${visits.hdfs.uri}/parquet-totals`,
  ]);
  await promisify(execFile)(program, args, { maxBuffer: 16 * 1024 * 1024 });
  const totals: unknown[] = [];
  for (const name of await namesIn(fs, "/parquet-totals")) {
    if (!name.startsWith("part-")) continue;
    const lines = (await contentOf(fs, `/parquet-totals/${name}`)).toString().trim().split("\n");
    totals.push(...lines.filter(Boolean).map((line) => JSON.parse(line) as unknown));
  }
  const left = (region: string): number[] =>
    Array.from({ length: VISITS }, (_, i) => i).filter((i) => i % 10 !== 0 && regionOf(i) === region);
  const expectedTotals = ["eu", "us"].map((region) => ({
    region,
    total: left(region).reduce((sum, i) => sum + i, 0),
    visits: left(region).length,
    first: left(region).map(String).sort()[0],
  }));
  expect(totals).toHaveLength(2);
  expect(totals).toEqual(expect.arrayContaining(expectedTotals));
  fs.close();
  await parquetBed.dispose();
}, 600_000);
