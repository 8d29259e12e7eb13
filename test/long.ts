/**
 * `npm run test:long`: what takes too long for every change, in its full size; `npm run test:night`: a million
 * runs of the state machine. Writes test/results/long.json or night.json and exits 0 only when nothing failed.
 * Needs the browsers that `npm test` installs.
 */
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describeMachine } from "./bench/report/machine.ts";
import { repositoryRoot } from "./support/repository.ts";
import { runVitest } from "./support/run-vitest.ts";

interface LongRun {
  readonly name: string;
  readonly args: readonly string[];
  readonly env: Readonly<Record<string, string>>;
}

const LONG = { DRIFTSCOPE_LONG: "1" };

const machine = (runs: number): LongRun => ({
  name: `the session's state machine over models, ${runs} runs`,
  args: ["--project", "property", "test/property/session/machine.test.ts"],
  env: { DRIFTSCOPE_RUNS: String(runs) },
});

const NIGHT: readonly LongRun[] = [machine(1_000_000)];
const LONG_RUNS: readonly LongRun[] = [
  machine(100_000),
  {
    name: "a session over a real page and a bridge that is killed, 200 runs",
    args: ["--project", "faults", "test/faults/session-under-kills.test.ts"],
    env: LONG,
  },
  {
    name: "16 people count to 10,000 through 4 pages and 2 bridges",
    args: ["--project", "faults", "test/faults/contended-sessions.test.ts"],
    env: LONG,
  },
  {
    name: "linearizability: 8 clients of 600 calls each, 20 kills",
    args: ["--project", "faults", "test/faults/linearizable-register.test.ts"],
    env: LONG,
  },
  ...["cassandra", "hbase", "ignite"].map((project) => ({
    name: `the whole suite on existing tables of ${project}`,
    args: ["--project", project, `test/servers/${project}/tables-conformance.test.ts`],
    env: LONG,
  })),
  ...["cassandra", "hbase", "ignite"].map((project) => ({
    name: `16 writers of two bridges count to 10,000 on ${project}`,
    args: ["--project", project, `test/servers/${project}/contended.test.ts`],
    env: LONG,
  })),
];

const isNight = process.argv.includes("night");
const results = [];
for (const { name, args, env } of isNight ? NIGHT : LONG_RUNS) {
  const started = performance.now();
  console.log(`\n== ${name}`);
  const { passed, failed, skipped } = await runVitest(args, env);
  results.push({ name, passed, failed, skipped, seconds: Math.round((performance.now() - started) / 1000) });
}
const folder = join(repositoryRoot, "test/results");
mkdirSync(folder, { recursive: true });
const report = { date: new Date().toISOString(), machine: describeMachine(), results };
writeFileSync(join(folder, isNight ? "night.json" : "long.json"), `${JSON.stringify(report, null, 2)}\n`);
console.table(results);
process.exitCode = results.some(({ failed }) => failed > 0) ? 1 : 0;
