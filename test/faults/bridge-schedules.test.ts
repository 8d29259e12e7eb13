/** Schedules of a real bridge: run by it, told by the command line, and kept over its end. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, describe, expect, test } from "vitest";
import type { BridgeClient } from "../../core/protocol/client/bridge-client.ts";
import type { ScheduleInfo, SchedulesState } from "../../core/protocol/schedule-frames.ts";
import { TestBridge } from "../support/bridge/test-bridge.ts";

const program = (text: string) => [process.execPath, "-e", text.replace(/[{}]/g, "$&$&"), "{output}"];
const YEARLY = { cron: "@yearly", timeZone: "Europe/Berlin" };
const CONFIG = {
  jobs: {
    good: {
      kind: "command",
      command: [
        ...program("require('fs').writeFileSync(process.argv[1] + '/part-0', process.argv[2])"),
        "{word}",
      ],
      parameters: { word: { type: "text" } },
      output: { folder: "out" },
    },
    bad: { kind: "command", command: program("process.exit(5)"), output: { folder: "out" } },
    endless: {
      kind: "command",
      command: program("setInterval(() => {}, 1000)"),
      output: { folder: "endless" },
    },
  },
  schedules: {
    good: {
      ...YEARLY,
      label: "Once a year",
      task: { do: "job", job: "good", parameters: { word: "hello" } },
    },
    bad: { ...YEARLY, retry: { times: 1, minutes: 60 }, task: { do: "job", job: "bad" } },
    endless: { ...YEARLY, task: { do: "job", job: "endless" } },
    queue: { ...YEARLY, task: { do: "send-queue" }, timesFromPanel: true },
    minutely: { cron: "* * * * *", task: { do: "send-queue" } },
  },
};

let bridge: TestBridge;
afterEach(() => bridge.dispose());

async function open(): Promise<BridgeClient> {
  bridge = await TestBridge.start(CONFIG);
  return (await bridge.pair(bridge.pairing)).client;
}

const infoOf = ({ schedules }: SchedulesState, name: string): ScheduleInfo => {
  const info = schedules.find((one) => one.name === name);
  if (info === undefined) throw new Error(`no schedule ${name}`);
  return info;
};

/** The state in which it holds. */
async function until(
  client: BridgeClient,
  name: string,
  holds: (info: ScheduleInfo) => boolean,
): Promise<ScheduleInfo> {
  for (let known: number | undefined; ; ) {
    const state = await client.schedules.state(known);
    known = state.revision;
    const info = infoOf(state, name);
    if (holds(info)) return info;
  }
}

const ended = (client: BridgeClient, name: string) =>
  until(client, name, ({ running, last }) => running === undefined && last !== undefined);

describe("a panel", () => {
  test("sees the schedules with their next times, runs one now, and is told what came of it", async () => {
    const client = await open();
    const before = infoOf(await client.schedules.state(), "good");
    expect(before).toMatchObject({
      label: "Once a year",
      does: "Runs the job good with word=hello",
      where: "by the bridge",
      words: "At 00:00, on day 1 of the month, only in January",
    });
    expect(before.next.map((time) => new Date(time).toISOString().slice(5))).toEqual(
      Array(5).fill("12-31T23:00:00.000Z"),
    );
    await client.schedules.run("good");
    const { last } = await ended(client, "good");
    expect(last).toMatchObject({ state: "succeeded", cause: "by-hand", by: "a test" });
    expect(readFileSync(join(bridge.folder, "out/current/part-0"), "utf8")).toBe("hello");
    const [run] = await client.jobs.runs("good");
    expect(run).toMatchObject({ runId: last?.jobRun, by: "a test", state: "succeeded" });
  });

  test("is told why a run failed, and when it is tried again", async () => {
    const client = await open();
    await client.schedules.run("bad");
    const { last, retryAt } = await ended(client, "bad");
    expect(last?.problem?.message).toMatch(
      /Run .* of the job "bad" did not succeed\. It ended with exit code 5/,
    );
    expect(retryAt).toBe((last?.endedAt ?? 0) + 3_600_000);
  });

  test("sets other times where the file lets it, and no others", async () => {
    const client = await open();
    const times = { cron: "30 6 * * 1-5", timeZone: "Asia/Tokyo" };
    expect(await client.schedules.preview(times)).toMatchObject({ words: "At 06:30, Monday through Friday" });
    await client.schedules.setTimes("queue", times);
    expect(infoOf(await client.schedules.state(), "queue")).toMatchObject({
      times,
      timesOfFile: { cron: "@yearly" },
    });
    await expect(client.schedules.setTimes("good", times)).rejects.toMatchObject({ code: "not-allowed" });
    const never = { cron: "0 0 30 2 *", timeZone: "UTC" };
    await expect(client.schedules.setTimes("queue", never)).rejects.toThrow("ever fires");
    await expect(client.schedules.run("nightly")).rejects.toMatchObject({ code: "unknown-schedule" });
  });
});

test("a bridge that is killed during a run tells that it was interrupted", async () => {
  const client = await open();
  await client.schedules.run("endless");
  await until(client, "endless", ({ running }) => running?.jobRun !== undefined);
  await bridge.kill();
  await bridge.run();
  const again = (await bridge.pair(bridge.pairing)).client;
  const { last } = infoOf(await again.schedules.state(), "endless");
  expect(last).toMatchObject({
    state: "interrupted",
    problem: { message: expect.stringContaining("bridge ended") },
  });
  expect((await again.jobs.runs("endless"))[0]).toMatchObject({ runId: last?.jobRun, state: "interrupted" });
});

describe("driftscope schedule", () => {
  const cli = (...args: string[]) => bridge.cli("schedule", ...args, "--data", bridge.dataDir);

  test("lists, runs, pauses and resumes, with a bridge and without", async () => {
    await open();
    const listed = (await cli("list")).stdout;
    expect(listed).toContain(
      "good  At 00:00, on day 1 of the month, only in January (@yearly, Europe/Berlin)",
    );
    expect(listed).toContain("Runs the job good with word=hello, by the bridge");
    expect(await cli("run", "good")).toMatchObject({
      exitCode: 0,
      stdout: expect.stringContaining("succeeded"),
    });
    expect(await cli("run", "bad")).toMatchObject({
      exitCode: 3,
      stdout: expect.stringContaining("exit code 5"),
    });
    expect((await cli("pause", "good")).stdout).toMatch(/paused +since .*, by command line/);
    await bridge.stop();
    expect((await cli("list")).stdout).toMatch(/No bridge runs.*paused +since/s);
    expect((await cli("resume", "good")).stdout).toMatch(/next +\d{4}-01-01 00:00/);
    const [good] = JSON.parse((await cli("list", "--json")).stdout) as ScheduleInfo[];
    expect(good).toMatchObject({ name: "good", last: { state: "succeeded" } });
    expect(good?.paused).toBeUndefined();
    expect((await cli("next", "minutely")).stdout.trim().split("\n")).toHaveLength(6);
    expect((await cli("history")).stdout).toMatch(/bad .*failed.*exit code 5.*\n.*good .*succeeded/);
    expect(await cli("run", "good")).toMatchObject({
      exitCode: 3,
      stderr: expect.stringContaining("driftscope bridge"),
    });
  });

  test.each([
    [["run", "nightly"], 'There is no schedule "nightly"'],
    [["next", "nightly"], 'the config file has "good"'],
  ])("%j is wrong usage", async (args, said) => {
    await open();
    expect(await cli(...args)).toMatchObject({ exitCode: 2, stderr: expect.stringContaining(said) });
  });
});
