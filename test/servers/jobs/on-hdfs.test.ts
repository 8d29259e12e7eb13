/** The whole way on a real Hadoop: a store of a page, HDFS, a job, its result, another store of a page. */
import { execFile } from "node:child_process";
import { randomUUID } from "node:crypto";
import { copyFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { promisify } from "node:util";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { folderOf } from "../../../bridge/backends/hdfs/dataset/dataset-paths.ts";
import { create, freshStore, remove, replace, tokenOf } from "../../conformance/suite/bed.ts";
import { directBed } from "../../conformance/suite/direct-bed.ts";
import { HeadlessBed } from "../../support/headless/headless-bed.ts";
import { freshBackend } from "../hdfs/fresh-folder.ts";
import { contentOf, namesIn, newestManifest, webHdfs } from "../hdfs/hdfs-files.ts";
import { HdfsServer } from "../hdfs/hdfs-server.ts";
import { here, mapReduceCommand, sparkCommand } from "./java-jobs.ts";

const REGIONS = ["eu", " EU", "us", "asia"];
const VISITS = 2000;

let hdfs: HdfsServer;
let bed: HeadlessBed;
beforeAll(async () => {
  [hdfs, bed] = await Promise.all([HdfsServer.start(), HeadlessBed.open()]);
  const { url, uri } = hdfs;
  const lake = { backend: "hdfs", url, uri, user: "root", folder: "/lake", tablesFolder: "/tables" };
  const transform = {
    fields: {
      region: "place.region",
      amount: { from: "amount", as: "integer" },
      at: { from: "at", as: "date" },
    },
    module: "normalise.mjs",
  };
  const job = (kind: string, collection: string, command: readonly string[], more: object = transform) => ({
    kind,
    command,
    environment: { HADOOP_USER_NAME: { env: "HADOOP_USER_NAME" } },
    input: { connection: "lab", collection: "visits", transform: more },
    output: { connection: "lab", collection },
  });
  const sql = [here("on-hdfs/totals.sql"), "{input}", "{output}"];
  const streaming = mapReduceCommand({
    uri,
    mapper: here("on-hdfs/mapper.mjs"),
    reducer: here("on-hdfs/reducer.mjs"),
  });
  process.env.HADOOP_USER_NAME = "root";
  bed.configure("unattended", {
    connections: { lab: { ...lake, level: "unattended", tables: ["*"] } },
    jobs: {
      mapreduce: job("mapreduce", "mapreduced", streaming),
      hiveql: job("hive", "queried", sparkCommand(here("spark/SqlScript.java"), sql)),
      unfit: job("mapreduce", "mapreduced", streaming, {}),
    },
  });
  copyFileSync(here("on-hdfs/normalise.mjs"), join(bed.folder, "normalise.mjs"));
  const columns = (table: string) => ({
    columns: {
      table,
      key: [{ column: "id", as: "text" }],
      fields: [
        { path: ["id"], column: "id", as: "text", whenNull: "absent" },
        { path: ["code"], column: "code", as: "text", whenNull: "absent" },
        { path: ["total"], column: "total", as: "integer", whenNull: "absent" },
        { path: ["visits"], column: "visits", as: "integer", whenNull: "absent" },
        { path: ["isRecent"], column: "isRecent", as: "boolean", whenNull: "absent" },
      ],
    },
  });
  for (const table of ["mapreduced", "queried"]) {
    writeFileSync(join(bed.folder, `${table}.json`), JSON.stringify(columns(table)));
  }
  await bed.inApplication(`
    const transaction = db.transaction("notes", "readwrite");
    for (let i = 0; i < ${VISITS}; i++) {
      const region = ${JSON.stringify(REGIONS)}[i % ${REGIONS.length}];
      transaction.objectStore("notes").put({ place: { region }, amount: i % 100 === 7 ? -1 : i, at: new Date(2025, i % 20, 1) });
    }
    await done(transaction);`);
  const pushed = await bed.json(
    "push",
    ...bed.usual(),
    "--store",
    "notes",
    "--collection",
    "visits",
    "--yes",
  );
  expect(pushed).toMatchObject({ exitCode: 0 });
}, 240_000);
afterAll(async () => {
  delete process.env.HADOOP_USER_NAME;
  await bed?.close();
  await hdfs?.dispose();
});

/** What a region's visits come to, told independently of every job. */
function expected(region: string): object {
  const visits = Array.from({ length: VISITS }, (_, i) => i).filter(
    (i) => i % 100 !== 7 && REGIONS[i % REGIONS.length]?.trim().toLowerCase() === region,
  );
  return {
    id: region,
    code: region.toUpperCase(),
    total: visits.reduce((sum, i) => sum + i, 0),
    visits: visits.length,
    isRecent: true,
  };
}

const orders = (): Promise<unknown[]> =>
  bed.inApplication(`return await done(db.transaction("orders").objectStore("orders").getAll());`);

describe.each([
  ["mapreduce", "mapreduced"],
  ["hiveql", "queried"],
])("%s", (job, table) => {
  const place = (): string[] => [
    ...bed.usual(),
    "--store",
    "orders",
    "--mapping",
    join(bed.folder, `${table}.json`),
  ];

  test("a store is projected onto HDFS, a job runs over it, its result is pulled, and then nothing differs", async () => {
    const ran = await bed.run("job", "run", job, "--json");
    expect(ran.stderr).toBe("");
    expect(JSON.parse(ran.stdout)).toMatchObject({ state: "succeeded", output: { files: 1 } });
    // The index byCode is unique: this one has the code that a row of the result has.
    await bed.inApplication(`
      const transaction = db.transaction("orders", "readwrite");
      transaction.objectStore("orders").clear();
      transaction.objectStore("orders").put({ id: "mine", code: "EU" });
      await done(transaction);`);
    const drift = await bed.json("diff", ...place());
    expect(drift.stores[0]?.counts).toMatchObject({ onlyThere: 3, onlyHere: 1 });
    const refused = await bed.json("pull", ...place(), "--yes");
    expect(refused).toMatchObject({ exitCode: 4 });
    expect(JSON.stringify(refused)).toContain("byCode");
    await bed.inApplication(`
      const transaction = db.transaction("orders", "readwrite");
      transaction.objectStore("orders").delete("mine");
      await done(transaction);`);
    expect(await bed.json("pull", ...place(), "--yes")).toMatchObject({ exitCode: 0 });
    expect(await orders()).toEqual(["asia", "eu", "us"].map(expected));
    expect(await bed.json("diff", ...place())).toMatchObject({
      exitCode: 0,
      stores: [{ counts: { equal: 3 } }],
    });
  }, 240_000);
});

test("a record that cannot be a row of the job is named, and nothing is run or left behind", async () => {
  const fs = webHdfs(hdfs.url);
  const before = await namesIn(fs, "/tables/mapreduced/_runs");
  const ran = await bed.run("job", "run", "unfit", "--json");
  expect(JSON.parse(ran.stdout)).toMatchObject({
    state: "failed",
    problem: { message: expect.stringMatching(/The record 1 cannot be given to the job: .*Nothing was run/) },
  });
  expect(await namesIn(fs, "/tables/mapreduced/_runs")).toEqual(before);
  expect(await namesIn(fs, "/lake/_exports")).toEqual([]);
  fs.close();
}, 120_000);

test("Spark reads a dataset of Parquet as it is, by the names that its manifest has", async () => {
  const root = "/parquet";
  const backend = freshBackend({ url: hdfs.url, folder: root, format: "parquet" });
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
  const fs = webHdfs(hdfs.url);
  const manifest = await newestManifest(fs, folder);
  expect(manifest.segments).toHaveLength(2);
  const input = `${hdfs.uri}${folder}/segments/{${manifest.segments.map(({ name }) => name).join(",")}}.parquet`;
  const [program = "", ...args] = sparkCommand(here("spark/SqlScript.java"), [
    here("on-hdfs/records.sql"),
    input,
    `${hdfs.uri}/parquet-totals`,
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
}, 240_000);
