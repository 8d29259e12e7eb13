/** The whole way with Hive itself, which the ordinary run goes with Spark's HiveQL. */
import { afterAll, beforeAll, expect, test } from "vitest";
import { kindOf } from "../../../bridge/jobs/job-kinds.ts";
import { namesIn, webHdfs } from "../hdfs/hdfs-files.ts";
import { TOTALS, VisitsBed } from "../jobs/visits-bed.ts";
import { EmbeddedHive } from "./embedded-hive.ts";

let hive: EmbeddedHive;
let visits: VisitsBed;
beforeAll(async () => {
  hive = new EmbeddedHive();
  process.env.HADOOP_CONF_DIR = hive.settings;
  // Hive writes all names small.
  const fields = TOTALS.fields.map((field) => ({ ...field, column: field.column.toLowerCase() }));
  const job = { kind: "hive", mapping: { ...TOTALS, fields }, environment: ["HADOOP_CONF_DIR"] };
  const jobsOf = (uri: string) => ({
    queried: { ...job, command: hive.command(uri, "totals.sql") },
    failing: { ...job, command: hive.command(uri, "nowhere.sql") },
  });
  // HiveServer2 works in the names of those who ask it.
  visits = await VisitsBed.open(jobsOf, {
    "hadoop.proxyuser.root.hosts": "*",
    "hadoop.proxyuser.root.groups": "*",
  });
}, 600_000);
afterAll(async () => {
  delete process.env.HADOOP_CONF_DIR;
  await visits?.close();
  hive?.dispose();
});

test("a store is projected onto HDFS, Hive runs over it, its result is pulled, and then nothing differs", async () => {
  const { runId } = await visits.goTheWholeWay("queried");
  const printed = (await visits.bed.run("job", "log", runId)).stdout.split("\n");
  const told = printed.flatMap((line) => kindOf({ kind: "hive" }).progress(line) ?? []);
  expect(told.at(-1)).toEqual({ percent: 100, said: "Stage-1: map 100% reduce 100%" });
}, 900_000);

test("a script that fails is told with its exit code and Hive's own words, and nothing of it is left", async () => {
  const ended = await visits.run("failing");
  expect(ended).toMatchObject({ state: "failed", exitCode: 2 });
  expect(ended.lastLines?.join("\n")).toContain("Table not found 'nowhere'");
  const fs = webHdfs(visits.hdfs.url);
  expect(await namesIn(fs, "/tables/failing/_runs")).toEqual([]);
  fs.close();
}, 600_000);
