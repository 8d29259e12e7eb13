/** Jobs that go wrong in every way a program can, run by the engine as real processes. */
import { existsSync, readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, describe, expect, test } from "vitest";
import { JobsBed } from "../support/jobs/jobs-bed.ts";
import { isProcessAlive } from "../support/jobs/processes.ts";

/** Does what its first argument says; the second is where its output goes. */
const OBEDIENT = `
import { spawn } from "node:child_process";
import { cpSync, existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
const [act, given, ...rest] = process.argv.slice(2);
const output = given.startsWith("file:") ? fileURLToPath(given) : given;
const put = (name, text) => { mkdirSync(output, { recursive: true }); writeFileSync(join(output, name), text); };
const forever = () => setInterval(() => {}, 1000);
switch (act) {
  case "succeed": put("part-0", rest[0] ?? "all of it"); break;
  case "half": put("part-0", "half of it"); console.error("disk on fire"); process.exit(3);
  case "nothing": break;
  case "empty": put("part-0", ""); break;
  case "markless": put("part-0", "x"); break;
  case "marked": put("part-0", "x"); put("_SUCCESS", ""); break;
  case "one-file": writeFileSync(output, "x"); break;
  case "print":
    put("part-0", "x");
    for (let i = 0; i < 100; i++) await new Promise((r) => process.stdout.write((String(i).padEnd(9) + "x").padEnd(1023, ".").concat("\\n").repeat(1024), r));
    break;
  case "one-line":
    put("part-0", "x");
    for (let i = 0; i < 20; i++) await new Promise((r) => process.stdout.write("y".repeat(1024 * 1024), r));
    break;
  case "hang": put("part-0", "half of it"); console.log("hanging"); forever(); break;
  case "stubborn": process.on("SIGTERM", () => console.log("no")); console.log("hanging"); forever(); break;
  case "family": {
    const child = spawn(process.execPath, [process.argv[1], "stubborn", output], { stdio: "inherit" });
    const away = spawn(process.execPath, [process.argv[1], "stubborn", output], { stdio: "inherit", detached: true });
    put("pids", [child.pid, away.pid].join());
    if (rest[0] !== "leave") forever(); else process.exit(0);
    break;
  }
  case "tell": put("part-0", JSON.stringify({ rest, environment: process.env, folder: process.cwd() })); break;
  case "secret": put("part-0", "x"); console.log("the token is " + process.env.TOKEN + "!"); break;
  case "progress":
    put("part-0", "x");
    for (const line of rest) process.stderr.write(line);
    while (!existsSync("go-on")) await new Promise((r) => setTimeout(r, 10));
    break;
  case "copy": cpSync(rest[0], output, { recursive: true }); break;
  case "count": put("part-0", readFileSync(join(rest[0], "a.txt"), "utf8").length + " " + JSON.parse(readFileSync(rest[1], "utf8")).files.length); break;
}
`;

const job = (act: string, more: object = {}, ...rest: string[]) => ({
  kind: "command",
  command: [process.execPath, "obedient.mjs", act, "{output}", ...rest],
  output: { folder: "out" },
  ...more,
});

let bed: JobsBed;
const open = async (jobs: object): Promise<JobsBed> => {
  bed = await JobsBed.open(jobs, { "obedient.mjs": OBEDIENT });
  return bed;
};
afterEach(() => bed.close());

const started = async (name: string): Promise<string> => {
  const { runId } = await bed.jobs.start(name, {}, "a test");
  await expect.poll(async () => bed.printed(runId), { timeout: 60_000 }).toContain("hanging");
  return runId;
};

describe("an output is seen whole or not at all", () => {
  test("what a run wrote is there when it has ended well", async () => {
    await open({ good: job("succeed") });
    const run = await bed.run("good");
    expect(run).toMatchObject({ state: "succeeded", exitCode: 0, output: { files: 1, bytes: 9 } });
    expect(bed.output()).toEqual({ "part-0": "all of it" });
    expect(bed.runsIn()).toEqual([run.runId]);
  });

  test.each([
    ["half", "exit code 3", { exitCode: 3, lastLines: ["disk on fire"] }],
    ["nothing", "empty, or there are none", { exitCode: 0 }],
    ["empty", '"mayBeEmpty"', { exitCode: 0 }],
    ["one-file", "a folder of that name", { exitCode: 0 }],
  ])(
    "one that ends like “%s” leaves what was there before, and says the next step",
    async (act, said, end) => {
      const more = act === "one-file" ? { kind: "hive" } : {};
      await open({ good: job("succeed"), bad: job(act, more) });
      const good = await bed.run("good");
      const bad = await bed.run("bad");
      expect(bad).toMatchObject({ state: "failed", ...end });
      expect(bad.problem?.message).toContain(said);
      expect(bad.problem?.message).toContain("readers see what they saw before");
      expect(bed.output()).toEqual({ "part-0": "all of it" });
      expect(bed.runsIn()).toEqual([good.runId]);
      // Nothing is in the way of the next one.
      expect(await bed.run("good")).toMatchObject({ state: "succeeded" });
    },
  );

  test("a tool that marks its end is not believed without the mark", async () => {
    await open({ no: job("markless", { kind: "mapreduce" }), yes: job("marked", { kind: "spark" }) });
    const no = await bed.run("no");
    expect(no).toMatchObject({ state: "failed", exitCode: 0 });
    expect(no.problem?.message).toContain("_SUCCESS");
    expect(bed.output()).toBeUndefined();
    expect(await bed.run("yes")).toMatchObject({ state: "succeeded", output: { files: 1, bytes: 1 } });
  });

  test("a job whose output may be empty says so in the config", async () => {
    await open({ none: job("nothing", { output: { folder: "out", mayBeEmpty: true } }) });
    expect(await bed.run("none")).toMatchObject({ state: "succeeded", output: { files: 0, bytes: 0 } });
    expect(bed.output()).toEqual({});
  });

  test("older results go, but for as many as are to be kept", async () => {
    await open({ good: job("succeed", { output: { folder: "out", keep: 2 } }) });
    const runs = [await bed.run("good"), await bed.run("good"), await bed.run("good")];
    expect(bed.runsIn().sort()).toEqual(
      runs
        .slice(1)
        .map(({ runId }) => runId)
        .sort(),
    );
  });

  test("the output of one job is the input of another, as it was when that began", async () => {
    await open({
      first: job("succeed", {}, "abc"),
      second: {
        ...job("count", { input: { folder: "in" }, output: { folder: "counted" } }, "{input}", "{manifest}"),
      },
      third: {
        ...job("copy", { input: { folder: "out" }, output: { folder: "copied" } }, "{input}"),
      },
    });
    bed.putInput({ "a.txt": "12345", "b.txt": "", _SUCCESS: "" });
    expect(await bed.run("second")).toMatchObject({ state: "succeeded" });
    expect(bed.output("counted")).toEqual({ "part-0": "5 2" });
    await bed.run("first");
    expect(await bed.run("third")).toMatchObject({ state: "succeeded" });
    expect(bed.output("copied")).toEqual({ "part-0": "abc" });
  });

  test("an input that is not there, or empty, is told before anything runs", async () => {
    await open({ reads: job("count", { input: { folder: "in" } }, "{input}", "{manifest}") });
    const missing = await bed.run("reads");
    expect(missing).toMatchObject({
      state: "failed",
      problem: { message: expect.stringContaining("is not there") },
    });
    bed.putInput({ "a.txt": "" });
    const empty = await bed.run("reads");
    expect(empty.problem?.message).toContain("no file with anything in it");
    expect(empty.printed).toBe(0);
  });
});

describe("programs that cannot be started", () => {
  test.each([
    ["no-such-program-anywhere", /not installed, or not in the PATH/],
    ["./missing", /There is no program \.\/missing/],
    ["./obedient.mjs", /may not be run: make it executable/],
  ])("%s", async (program, said) => {
    await open({ bad: { ...job("succeed"), command: [program, "{output}"] } });
    const run = await bed.run("bad");
    expect(run).toMatchObject({ state: "failed", printed: 0 });
    expect(run.problem?.message).toMatch(said);
    expect(bed.runsIn()).toEqual([]);
  });

  test("a working folder that is not there", async () => {
    await open({ bad: job("succeed", { folder: "nowhere" }) });
    expect((await bed.run("bad")).problem?.message).toMatch(/working folder .*nowhere is not there/);
  });

  test("a secret that is not there is named, and nothing runs", async () => {
    await open({ bad: job("succeed", { environment: { TOKEN: { env: "DRIFTSCOPE_NO_SUCH_SECRET" } } }) });
    expect((await bed.run("bad")).problem?.message).toContain("DRIFTSCOPE_NO_SUCH_SECRET");
  });
});

describe("programs that never end", () => {
  test("one is ended with its group when it is cancelled, also what forked and what left the group", async () => {
    await open({ family: job("family") });
    const { runId } = await bed.jobs.start("family", {}, "a test");
    const file = bed.path(`out/runs/${runId}/pids`);
    await expect.poll(() => existsSync(file) && readFileSync(file, "utf8"), { timeout: 60_000 }).toMatch(/,/);
    const pids = readFileSync(file, "utf8").split(",").map(Number);
    expect(pids.map(isProcessAlive)).toEqual([true, true]);
    await bed.jobs.cancel(runId);
    expect(pids.map(isProcessAlive)).toEqual([false, false]);
    expect(bed.jobs.runs("family")[0]).toMatchObject({ runId, state: "cancelled" });
    expect(bed.runsIn()).toEqual([]);
  });

  test("what a program leaves behind is ended before its output counts", async () => {
    await open({ family: job("family", {}, "leave") });
    const run = await bed.run("family");
    expect(run).toMatchObject({ state: "succeeded" });
    const pids = (bed.output()?.pids ?? "").split(",").map(Number);
    expect(pids.map(isProcessAlive)).toEqual([false, false]);
  });

  test("one is ended at its time limit", async () => {
    await open({ slow: job("hang", { timeLimitMinutes: 0.01 }) });
    const run = await bed.run("slow");
    expect(run).toMatchObject({ state: "failed", signal: "SIGTERM" });
    expect(run.problem?.message).toMatch(/longer than 0.01 minutes.*"timeLimitMinutes"/);
    expect(bed.runsIn()).toEqual([]);
  });
});

describe("programs that print", () => {
  test("100 MB cost 5 MB on the disk: the beginning and the end are kept, for nobody but the owner", async () => {
    await open({ loud: job("print") });
    const run = await bed.run("loud");
    expect(run).toMatchObject({ state: "succeeded", printed: 100 * 1024 * 1024 });
    const folder = bed.path(`data/${run.runId}`);
    const files = readdirSync(folder).filter((name) => /^log\.\d/.test(name));
    const sizes = files.map((name) => statSync(join(folder, name)).size);
    expect(sizes.reduce((sum, size) => sum + size, 0)).toBeLessThanOrEqual(5 * 1024 * 1024);
    expect(files.map((name) => statSync(join(folder, name)).mode & 0o077)).toEqual(files.map(() => 0));
    expect(statSync(folder).mode & 0o077).toBe(0);
    const printed = await bed.printed(run.runId);
    expect(printed).toMatch(/^0 {8}x/);
    expect(printed.trimEnd().split("\n").at(-1)).toMatch(/^99 {7}x/);
    // What is missing shows: the part behind the first megabyte begins later than it was asked for.
    expect((await bed.jobs.log(run.runId, 1024 * 1024)).from).toBeGreaterThan(90 * 1024 * 1024);
  });

  test("a line without an end fills no memory", async () => {
    await open({ endless: job("one-line") });
    expect(await bed.run("endless")).toMatchObject({ state: "succeeded", printed: 20 * 1024 * 1024 + 1 });
  });

  test("secrets are blotted out", async () => {
    await open({ teller: job("secret", { environment: { TOKEN: { file: "token" } } }) });
    writeFileSync(bed.path("token"), "s3cr3t-s3cr3t\n", { mode: 0o600 });
    const run = await bed.run("teller");
    expect(await bed.printed(run.runId)).toBe("the token is [TOKEN]!\n");
    expect(JSON.stringify(bed.jobs.state())).not.toContain("s3cr3t");
  });

  test("progress is told while it runs, and lines that are drawn over are not kept", async () => {
    const bar = "[Stage 1:=====>    (1 + 1) / 4]";
    await open({ slow: job("progress", { kind: "spark" }, `${bar}\r`, "words\n") });
    const { runId } = await bed.jobs.start("slow", {}, "a test");
    await expect
      .poll(() => bed.jobs.runs()[0]?.progress, { timeout: 60_000 })
      .toEqual({ percent: 25, said: "Stage 1: 1 of 4 tasks" });
    // It was printed before, but by another stream.
    await expect.poll(() => bed.printed(runId)).toBe("words\n");
    writeFileSync(bed.path("go-on"), "");
    // No mark of Spark's: what counts here is that it ended.
    expect(await bed.jobs.ended(runId)).toMatchObject({ state: "failed", exitCode: 0 });
  });
});

describe("arguments and environment", () => {
  test("a value is one argument, whatever it holds, and no shell reads it", async () => {
    const parameters = { word: { type: "text", pattern: ".*" }, count: { type: "number" } };
    await open({ tell: job("tell", { parameters }, "{word}", "n={count}", "{{}}") });
    const word = "a b; $(touch owned) 'x' \"y\" --z";
    expect(await bed.run("tell", { word, count: "7" })).toMatchObject({ state: "succeeded" });
    const told = JSON.parse(bed.output()?.["part-0"] ?? "");
    expect(told.rest).toEqual([word, "n=7", "{}"]);
    expect(existsSync(bed.path("owned"))).toBe(false);
  });

  test("of the bridge's environment nothing is passed on but what every program needs", async () => {
    process.env.DRIFTSCOPE_TEST_SECRET = "not for jobs";
    await open({ tell: job("tell", { environment: { GIVEN: { env: "DRIFTSCOPE_TEST_GIVEN" } } }) });
    process.env.DRIFTSCOPE_TEST_GIVEN = "for this one";
    const { runId } = await bed.run("tell");
    const { environment } = JSON.parse(bed.output()?.["part-0"] ?? "");
    delete process.env.DRIFTSCOPE_TEST_SECRET;
    delete process.env.DRIFTSCOPE_TEST_GIVEN;
    expect(environment).toMatchObject({
      GIVEN: "for this one",
      PATH: process.env.PATH,
      DRIFTSCOPE_RUN: runId,
    });
    expect(JSON.stringify(environment)).not.toContain("not for jobs");
  });

  test("a value that is not allowed is refused before anything is on record", async () => {
    await open({ tell: job("tell", { parameters: { word: { type: "text" } } }, "{word}") });
    await expect(bed.jobs.start("tell", { word: "--option" }, "a test")).rejects.toMatchObject({
      code: "bad-parameter",
    });
    await expect(bed.jobs.start("tell", { wrod: "x" }, "a test")).rejects.toThrow('did you mean "word"?');
    await expect(bed.jobs.start("tel", {}, "a test")).rejects.toMatchObject({ code: "unknown-job" });
    expect(bed.jobs.runs()).toEqual([]);
  });
});

describe("one run at a time writes an output", () => {
  test("in one bridge, also of two jobs", async () => {
    await open({ hang: job("hang"), good: job("succeed") });
    const runId = await started("hang");
    await expect(bed.jobs.start("good", {}, "a test")).rejects.toMatchObject({ code: "output-busy" });
    await bed.jobs.cancel(runId);
    expect(await bed.run("good")).toMatchObject({ state: "succeeded" });
  });

  test("in two bridges of one machine", async () => {
    const jobs = { hang: job("hang"), good: job("succeed") };
    await open(jobs);
    const runId = await started("hang");
    const first = bed.jobs;
    const second = await bed.start(jobs, "other-data");
    await expect(second.start("good", {}, "a test")).rejects.toThrow(
      new RegExp(`Process ${process.pid} writes this output now, with run ${runId} of the job "hang"`),
    );
    expect(second.runs()).toEqual([]);
    await first.close();
    expect(await bed.run("good")).toMatchObject({ state: "succeeded" });
  });

  test("a lock of a process that is gone is no lock, even where its number was given again", async () => {
    await open({ good: job("succeed") });
    await bed.run("good");
    for (const by of [
      { pid: 2 ** 22 + 1, started: "x" },
      { pid: process.pid, started: "another boot/1" },
    ]) {
      writeFileSync(bed.path("out/current.lock"), JSON.stringify({ by, run: "r", job: "j" }));
      expect(await bed.run("good")).toMatchObject({ state: "succeeded" });
    }
    writeFileSync(bed.path("out/current.lock"), "");
    expect(await bed.run("good")).toMatchObject({ state: "succeeded" });
    expect(readdirSync(bed.path("out")).sort()).toEqual(["current", "runs"]);
  });
});

describe("an engine that ends during a run", () => {
  test("when it is stopped, the run is told as interrupted", async () => {
    const jobs = { hang: job("stubborn") };
    await open(jobs);
    const runId = await started("hang");
    await bed.jobs.close();
    await bed.start(jobs);
    const [run] = bed.jobs.runs("hang");
    expect(run).toMatchObject({ runId, state: "interrupted", lastLines: ["hanging", "no"] });
    expect(run?.problem?.message).toContain("The bridge was stopped");
    expect(bed.runsIn()).toEqual([]);
  });
});
