/** Real MapReduce and Spark jobs on local files, through `driftscope job run`. */
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";
import type { JobRun } from "../../../core/protocol/job-frames.ts";
import { TestBridge } from "../../support/bridge/test-bridge.ts";
import { here, mapReduceCommand, sparkCommand } from "./java-jobs.ts";

const parameters = { region: { type: "text", pattern: "[a-z']+" } };

const mapReduce = (): string[] =>
  mapReduceCommand({
    uri: "file:///",
    mapper: here("hadoop/mapper.mjs"),
    reducer: here("hadoop/reducer.mjs"),
    variables: ["REGION={region}"],
  });

const spark = (): string[] => sparkCommand(here("spark/Totals.java"), ["{input}", "{output}", "{region}"]);

/** A JVM starts in a second on a quiet machine, and in a minute on a busy one. */
vi.setConfig({ testTimeout: 300_000 });

let bridge: TestBridge;
beforeAll(async () => {
  const places = (output: string, input = "visits") => ({
    input: { folder: input },
    output: { folder: output },
  });
  const job = (kind: string, command: readonly string[], output: string, input?: string) => ({
    kind,
    command,
    parameters,
    ...places(output, input),
  });
  bridge = await TestBridge.start({
    jobs: {
      mapreduce: job("mapreduce", mapReduce(), "mapreduced"),
      spark: job("spark", spark(), "sparked"),
      "mapreduce-of-nonsense": job("mapreduce", mapReduce(), "mapreduced", "nonsense"),
      "spark-of-nonsense": job("spark", spark(), "sparked", "nonsense"),
      "spark-of-mapreduced": job("spark", spark(), "sparked-twice", "sparked"),
    },
  });
  writeVisits("visits", 8, 20_000);
  mkdirSync(join(bridge.folder, "nonsense"));
  writeFileSync(join(bridge.folder, "nonsense/a.json"), '{"region": "eu", "amount": 1}\nno JSON\n');
});
afterAll(() => bridge.dispose());

const REGIONS = ["eu", "us", "o'brien"];

/** Each region has every third visit. */
function writeVisits(folder: string, files: number, rows: number): void {
  mkdirSync(join(bridge.folder, folder));
  for (let file = 0; file < files; file++) {
    const lines = Array.from({ length: rows }, (_, i) => {
      const id = file * rows + i;
      return JSON.stringify({ id, region: REGIONS[id % 3], amount: id % 100, text: "x".repeat(100) });
    });
    writeFileSync(join(bridge.folder, folder, `part-${file}.json`), `${lines.join("\n")}\n`);
  }
}

/** What a region's visits come to, told independently of every job. */
function expected(region: string): { total: number; visits: number } {
  const amounts = Array.from({ length: 160_000 }, (_, id) => id)
    .filter((id) => REGIONS[id % 3] === region)
    .map((id) => id % 100);
  return { total: amounts.reduce((sum, amount) => sum + amount, 0), visits: amounts.length };
}

async function run(job: string, region: string): Promise<JobRun> {
  const answer = await bridge.cli(
    "job",
    "run",
    job,
    "--param",
    `region=${region}`,
    "--json",
    "--data",
    bridge.dataDir,
  );
  expect(answer.stderr).toBe("");
  return JSON.parse(answer.stdout) as JobRun;
}

const seen = (output: string): string[] =>
  readdirSync(join(bridge.folder, output, "current")).filter((name) => /^part-/.test(name));

const content = (output: string): string =>
  seen(output)
    .map((name) => readFileSync(join(bridge.folder, output, "current", name), "utf8"))
    .join("");

/** What a panel is told of the progress of whatever runs. */
async function watchProgress(): Promise<{ end(): Promise<string[]> }> {
  const { client } = await bridge.pair();
  const told = new Set<string>();
  const stop = new AbortController();
  const follow = async (): Promise<void> => {
    for (let known: number | undefined; !stop.signal.aborted; ) {
      const state = await client.jobs.state(known, stop.signal);
      known = state.revision;
      for (const { running } of state.jobs) if (running?.progress) told.add(running.progress.said);
    }
  };
  const following = follow().catch(() => {});
  return {
    async end() {
      stop.abort();
      await following;
      return [...told];
    },
  };
}

describe.each([
  ["mapreduce", "mapreduced", /^map \d+% reduce \d+%$/],
  ["spark", "sparked", /^Stage \d+: \d+ of \d+ tasks$/],
] as const)("%s", (job, output, progress) => {
  test("a run's output is there, once and whole, with its progress told meanwhile", async () => {
    const watching = await watchProgress();
    const ended = await run(job, "o'brien");
    const told = await watching.end();
    expect(ended).toMatchObject({ state: "succeeded", exitCode: 0, output: { files: 1 } });
    const text = content(output);
    const found = job === "spark" ? JSON.parse(text) : JSON.parse(text.split("\t")[1] ?? "");
    expect(found).toMatchObject(expected("o'brien"));
    expect(told.filter((said) => progress.test(said))).not.toEqual([]);
  });

  test("one that fails half-way leaves what was there, and says what the tool said", async () => {
    const before = content(output);
    const ended = await run(`${job}-of-nonsense`, "eu");
    expect(ended).toMatchObject({ state: "failed", exitCode: 1 });
    expect(ended.lastLines?.join("\n")).toMatch(
      /Job not successful|MALFORMED_RECORD|SparkException|Streaming/,
    );
    expect(content(output)).toBe(before);
    expect(
      readdirSync(join(bridge.folder, output, "runs")).filter((name) => !name.endsWith(".json")),
    ).toHaveLength(1);
  });
});

test("what one job made is another one's input", async () => {
  await run("spark", "eu");
  const ended = await run("spark-of-mapreduced", "eu");
  expect(ended).toMatchObject({ state: "succeeded" });
  expect(JSON.parse(content("sparked-twice"))).toMatchObject({ visits: 1 });
});
