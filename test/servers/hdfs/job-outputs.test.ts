/** What jobs write onto HDFS: all of one run or nothing of it, whatever becomes of the run and of its bridge. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, expect, test, vi } from "vitest";
import { JobStorages } from "../../../bridge/jobs/job-storages.ts";
import { JobsBed } from "../../support/jobs/jobs-bed.ts";
import { repositoryRoot } from "../../support/repository.ts";
import { freshFolder, lakeIn } from "./fresh-folder.ts";
import { contentOf, namesIn, webHdfs } from "./hdfs-files.ts";

const PROGRAM = `
import { putFile } from "./put-file.mjs";
const [act, server, output] = process.argv.slice(2);
if (act !== "nothing") await putFile(server, output, "part-0", act);
if (act === "half") process.exit(3);
if (act === "hang") {
  console.log("hanging");
  setInterval(() => {}, 1000);
}
`;
const PROGRAMS = {
  "program.mjs": PROGRAM,
  "put-file.mjs": readFileSync(join(repositoryRoot, "test/servers/hdfs/put-file.mjs"), "utf8"),
};

const root = freshFolder();
const lake = lakeIn(root);
const outputOf = (table: string) => ({ connection: "lake", collection: table });
const jobsInto = (table: string) =>
  Object.fromEntries(
    ["whole", "half", "nothing", "hang"].map((act) => [
      act,
      {
        kind: "command",
        command: [process.execPath, "program.mjs", act, lake.url, "{output}"],
        output: outputOf(table),
      },
    ]),
  );

let bed: JobsBed | undefined;
const fs = webHdfs();
afterEach(async () => {
  await bed?.close();
  bed = undefined;
});

const placeOf = (table: string): string => `${root}/tables/${table}`;
const runsIn = (table: string): Promise<string[]> => namesIn(fs, `${placeOf(table)}/_runs`);

test("a run that fails, or writes nothing, leaves what was there before and nothing else", async () => {
  bed = await JobsBed.open(jobsInto("kept"), PROGRAMS, { lake });
  const whole = await bed.run("whole");
  expect(whole).toMatchObject({ state: "succeeded", output: { files: 1, bytes: 5 } });
  const half = await bed.run("half");
  expect(half).toMatchObject({ state: "failed", exitCode: 3 });
  const nothing = await bed.run("nothing");
  expect(nothing).toMatchObject({ state: "failed", exitCode: 0 });
  for (const { problem } of [half, nothing]) {
    expect(problem?.message).toContain("readers see what they saw before");
  }
  expect(await runsIn("kept")).toEqual([whole.runId]);
  expect(await namesIn(fs, `${placeOf("kept")}/_commits`)).toHaveLength(1);
  expect((await contentOf(fs, `${placeOf("kept")}/_runs/${whole.runId}/part-0`)).toString()).toBe("whole");
}, 600_000);

test("of two bridges that write one output, the second is refused until the first has ended", async () => {
  bed = await JobsBed.open(jobsInto("contended"), PROGRAMS, { lake });
  const first = bed.jobs;
  const { runId } = await first.start("hang", {}, "a test");
  await vi.waitFor(async () => expect(await bed?.printed(runId)).toContain("hanging"), 60_000);
  const second = await bed.start(jobsInto("contended"), "other-data");
  await expect(second.start("whole", {}, "a test")).rejects.toMatchObject({
    code: "output-busy",
    message: expect.stringContaining(`run ${runId} of the job "hang"`),
  });
  await first.cancel(runId);
  expect(await runsIn("contended")).toEqual([]);
  await first.close();
  expect(await bed.run("whole")).toMatchObject({ state: "succeeded" });
  expect(await namesIn(fs, placeOf("contended"))).toEqual(["_commits", "_runs"]);
}, 600_000);

test("of a run whose bridge died, what was committed stays, and what was not is gone with its claim", async () => {
  bed = await JobsBed.open({}, {}, { lake });
  const config = { connections: { lake: { ...lake, level: "confirm", requestTimeoutMs: 30_000 } as const } };
  const output = outputOf("recovered");
  const storage = new JobStorages({ ...config, folder: bed.folder }).of(output);
  const write = async (runId: string) => {
    const run = { runId, job: "whole", folder: bed?.folder ?? "" };
    await storage.claim(run, output);
    await storage.freshOutput(run, output, { make: true });
    const bytes = Buffer.from(runId);
    await fs.create(`${placeOf("recovered")}/_runs/${runId}/part-0`, {
      chunks: [bytes],
      bytes: bytes.length,
    });
    return run;
  };
  const committed = await write("a");
  const summary = await storage.commit(committed, output, { marker: undefined, mayBeEmpty: false });
  expect(await storage.recover(committed, output)).toEqual(summary);
  // The claim was let go, or this one could not begin.
  const begun = await write("b");
  expect(await storage.recover(begun, output)).toBeUndefined();
  expect(await runsIn("recovered")).toEqual(["a"]);
  expect(await namesIn(fs, placeOf("recovered"))).toEqual(["_commits", "_runs"]);
}, 600_000);
