/** Jobs through a real bridge: what panels may ask, what the command line does, and what a crash leaves. */
import { existsSync, readdirSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { afterEach, describe, expect, test } from "vitest";
import type { BridgeClient } from "../../core/protocol/client/bridge-client.ts";
import type { JobLogPart, JobRun } from "../../core/protocol/job-frames.ts";
import { TestBridge } from "../support/bridge/test-bridge.ts";
import { isProcessAlive, processesOfRun } from "../support/jobs/processes.ts";

const script = (text: string): string[] => [
  process.execPath,
  "--input-type=module",
  "-e",
  `import { spawn } from "node:child_process"; import { writeFileSync } from "node:fs"; const [output, ...rest] = process.argv.slice(1); ${text}`.replace(
    /[{}]/g,
    "$&$&",
  ),
  "{output}",
];
const into = { output: { folder: "out" } };
const JOBS = {
  good: {
    kind: "command",
    label: "Says a word",
    command: [
      ...script('console.log("\\u001b[31msaying\\u001b[0m"); writeFileSync(output + "/part-0", rest[0]);'),
      "{word}",
    ],
    parameters: { word: { type: "one-of", values: ["one", "two"], default: "one" } },
    ...into,
  },
  bad: {
    kind: "command",
    command: script('console.error("no\\u0007 disk"); process.exit(7);'),
    output: { folder: "elsewhere" },
  },
  endless: {
    kind: "command",
    command: script(
      'writeFileSync(output + "/half", "x"); spawn("sleep", ["1000"], { stdio: "ignore" }); console.log("for ever"); setInterval(() => {}, 1000);',
    ),
    ...into,
  },
};

let bridge: TestBridge;
afterEach(() => bridge.dispose());

async function open(): Promise<BridgeClient> {
  bridge = await TestBridge.start({ jobs: JOBS });
  return (await bridge.pair(bridge.pairing)).client;
}

const textOf = ({ bytes }: JobLogPart): string => Buffer.from(bytes).toString();
const out = (): string => readFileSync(join(bridge.folder, "out/current/part-0"), "utf8");
const runsOnDisk = (): string[] =>
  readdirSync(join(bridge.folder, "out/runs")).filter((name) => !name.endsWith(".json"));

async function ended(client: BridgeClient, { runId }: JobRun): Promise<JobRun | undefined> {
  for (let from = 0; ; ) {
    const part = await client.jobs.log(runId, from);
    from = part.from + part.bytes.length;
    if (part.hasEnded && from >= part.end) break;
  }
  return (await client.jobs.runs()).find((run) => run.runId === runId);
}

async function startEndless(client: BridgeClient): Promise<JobRun> {
  const run = await client.jobs.run("endless", {});
  expect(textOf(await client.jobs.log(run.runId, 0))).toBe("for ever\n");
  await expect.poll(() => processesOfRun(run.runId).length).toBe(2);
  return run;
}

describe("a panel", () => {
  test("sees the jobs of the config, runs one, and is told of its end", async () => {
    const client = await open();
    const before = await client.jobs.state();
    expect(before.jobs.map(({ name }) => name)).toEqual(["good", "bad", "endless"]);
    expect(before.jobs[0]).toMatchObject({
      kind: "command",
      label: "Says a word",
      output: join(bridge.folder, "out"),
      parameters: [{ name: "word", type: "one-of", values: ["one", "two"], default: "one" }],
    });
    const run = await client.jobs.run("good", { word: "two" });
    expect(run).toMatchObject({ state: "running", by: "a test", parameters: { word: "two" } });
    expect(await ended(client, run)).toMatchObject({ state: "succeeded", exitCode: 0 });
    expect(out()).toBe("two");
    const after = await client.jobs.state(before.revision);
    expect(after.jobs[0]?.last).toMatchObject({ runId: run.runId, state: "succeeded" });
  });

  test("can neither name another program, nor a value that is not declared", async () => {
    const client = await open();
    await expect(client.jobs.run("good", { word: "three" })).rejects.toMatchObject({ code: "bad-parameter" });
    await expect(client.jobs.run("good", { other: "x" })).rejects.toMatchObject({ code: "bad-parameter" });
    await expect(client.jobs.run("worse", {})).rejects.toMatchObject({ code: "unknown-job" });
    await expect(client.jobs.log("no-such-run", 0)).rejects.toMatchObject({ code: "unknown-run" });
    await expect(client.jobs.cancel("../../etc")).rejects.toMatchObject({ code: "malformed-frame" });
  });

  test("cancels a run, of which nothing is left", async () => {
    const client = await open();
    const run = await startEndless(client);
    await expect(client.jobs.run("good", {})).rejects.toMatchObject({ code: "output-busy" });
    await client.jobs.cancel(run.runId);
    expect(processesOfRun(run.runId)).toEqual([]);
    expect(await ended(client, run)).toMatchObject({ state: "cancelled" });
    expect(runsOnDisk()).toEqual([]);
    expect(await ended(client, await client.jobs.run("good", {}))).toMatchObject({ state: "succeeded" });
  });
});

describe("a bridge that ends during a run", () => {
  test("killed: the next one ends what lives of it, tells it, and discards what it wrote", async () => {
    const client = await open();
    await ended(client, await client.jobs.run("good", {}));
    const run = await startEndless(client);
    const processes = processesOfRun(run.runId);
    await bridge.kill();
    expect(processes.map(isProcessAlive)).toEqual([true, true]);
    await bridge.run();
    expect(processes.map(isProcessAlive)).toEqual([false, false]);
    const again = (await bridge.pair(bridge.pairing)).client;
    const [told] = await again.jobs.runs("endless");
    expect(told).toMatchObject({ runId: run.runId, state: "interrupted" });
    expect(told?.problem?.message).toMatch(/bridge ended while it ran.*Run it again/);
    expect(textOf(await again.jobs.log(run.runId, 0))).toBe("for ever\n");
    expect(out()).toBe("one");
    expect(runsOnDisk()).toHaveLength(1);
    expect(await ended(again, await again.jobs.run("good", { word: "two" }))).toMatchObject({
      state: "succeeded",
    });
    expect(out()).toBe("two");
  });

  test("stopped: it ends the run itself", async () => {
    const client = await open();
    const run = await startEndless(client);
    expect(await bridge.stop()).toBe(0);
    expect(processesOfRun(run.runId)).toEqual([]);
    expect(runsOnDisk()).toEqual([]);
    const history = await bridge.cli("job", "history", "endless", "--data", bridge.dataDir);
    expect(history).toMatchObject({ exitCode: 0, stdout: expect.stringContaining("interrupted") });
  });
});

describe("driftscope job", () => {
  const cli = (...args: string[]) => bridge.cli("job", ...args, "--data", bridge.dataDir);

  test.each(["with a bridge", "without a bridge"])("runs, lists and tells, %s", async (how) => {
    await open();
    if (how === "without a bridge") await bridge.stop();
    expect(await cli("run", "good", "--param", "word=two")).toMatchObject({
      exitCode: 0,
      stdout: "saying\n",
      stderr: expect.stringContaining("succeeded"),
    });
    expect(out()).toBe("two");
    const bad = await cli("run", "bad");
    expect(bad).toMatchObject({ exitCode: 3, stdout: "no\\u0007 disk\n" });
    expect(bad.stderr).toMatch(/exit code 7: the last lines of its log say why.*discarded/);
    const told = JSON.parse((await cli("run", "bad", "--json")).stdout);
    expect(told).toMatchObject({ job: "bad", state: "failed", exitCode: 7, lastLines: ["no\u0007 disk"] });
    expect((await cli("list")).stdout).toMatch(
      /good {2}command.*Says a word.*word=… {2}one of one, two \(one unless given\)/s,
    );
    const history = JSON.parse((await cli("history", "--json")).stdout) as JobRun[];
    expect(history.map(({ job, state }) => `${job} ${state}`)).toEqual([
      "bad failed",
      "bad failed",
      "good succeeded",
    ]);
    expect((await cli("log", history[2]?.runId ?? "")).stdout).toBe("saying\n");
    expect(statSync(join(bridge.dataDir, "jobs")).mode & 0o077).toBe(0);
    expect(existsSync(join(bridge.dataDir, "running.json"))).toBe(how === "with a bridge");
  });

  test.each([
    [["run", "worse"], 2, 'There is no job "worse"'],
    [["run", "good", "--param", "word"], 2, "expected NAME=VALUE"],
    [["run", "good", "--param", "word=three"], 2, "expected one of one, two"],
    [["log", "no-such-run"], 2, "driftscope job history"],
    [["history", "worse"], 2, 'has "good", "bad", "endless"'],
  ] as const)("%j is wrong usage, with the next step", async (args, exitCode, said) => {
    await open();
    const answer = await cli(...args);
    expect(answer).toMatchObject({ exitCode, stderr: expect.stringContaining(said) });
  });

  test.each(["with a bridge", "without a bridge"])("Ctrl+C cancels the run, %s", async (how) => {
    await open();
    if (how === "without a bridge") await bridge.stop();
    const running = bridge.startCli("job", "run", "endless", "--data", bridge.dataDir);
    await running.waitFor("for ever");
    running.child.kill("SIGINT");
    expect(await running.ended).toMatchObject({
      exitCode: 130,
      stderr: expect.stringContaining("cancelled"),
    });
    expect(runsOnDisk()).toEqual([]);
  });
});
