/**
 * `npm run test:long`: what takes too long for every change, in its full size, or of it what has a word in its name
 * (`-- ignite`); `npm run test:night`: a million runs of the state machine. Each result takes the place of the one before
 * in test/results/long.json or night.json; exits 0 only when nothing failed. Needs the browsers that `npm test` installs.
 */
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
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
  ...["cassandra", "hbase", "ignite", "sqoop"].map((project) => ({
    name: `the whole suite on existing tables of ${project}`,
    args: ["--project", project, `test/servers/${project}/tables-conformance.test.ts`],
    env: LONG,
  })),
  ...["cassandra", "hbase", "ignite", "hdfs", "kafka"].map((project) => ({
    name: `16 writers of two bridges count to ${project === "hdfs" ? "2,000" : "10,000"} on ${project}`,
    args: ["--project", project, `test/servers/${project}/contended.test.ts`],
    env: LONG,
  })),
  ...["cassandra", "hbase", "ignite", "hdfs", "kafka"].map((project) => ({
    name: `a bridge's process is killed ${project === "kafka" ? 50 : 20} times while it writes to ${project}`,
    args: ["--project", project, `test/servers/${project}/killed-bridge.test.ts`],
    env: LONG,
  })),
  ...["cassandra", "hbase", "ignite", "hdfs", "kafka", "sqoop"].map((project) => ({
    name: `the servers of ${project} are frozen, and killed 5 times each in writes and in scans`,
    args: ["--project", project, `test/servers/${project}/lost-answers.test.ts`],
    env: LONG,
  })),
  {
    name: "the active one of two NameNodes of hdfs is killed 5 times each in writes and in scans",
    args: ["--project", "hdfs", "test/servers/hdfs/several-namenodes.test.ts"],
    env: LONG,
  },
  {
    name: "folders of hdfs that are ours: the suite in four formats, an end at each step, 16 bridges, 20 kills",
    args: ["--project", "hdfs", "test/servers/hdfs/owned-folders"],
    env: LONG,
  },
  {
    name: "8 writers of two bridges count to 40 on sqoop",
    args: ["--project", "sqoop", "test/servers/sqoop/contended.test.ts"],
    env: LONG,
  },
  {
    name: "Sqoop is killed in 20 writes",
    args: ["--project", "sqoop", "test/servers/sqoop/kills.test.ts"],
    env: LONG,
  },
  {
    name: "the command line behind a bridge looks at a scan of Sqoop that is kept, and reads it anew",
    args: ["--project", "sqoop-long"],
    env: LONG,
  },
  {
    name: "a store is projected onto HDFS, Hive 3.1 runs over it, and its result is pulled into another store",
    args: ["--project", "jobs-long"],
    env: LONG,
  },
];

interface LongResult {
  readonly name: string;
  readonly date: string;
  readonly machine: string;
  readonly passed: number;
  readonly failed: number;
  readonly skipped: number;
  readonly seconds: number;
}

const [first, ...others] = process.argv.slice(2);
const isNight = first === "night";
const wanted = isNight ? others : [first, ...others].filter((word) => word !== undefined);
const runs = (isNight ? NIGHT : LONG_RUNS).filter(
  ({ name }) => wanted.length === 0 || wanted.some((word) => name.includes(word)),
);
const file = join(repositoryRoot, "test/results", isNight ? "night.json" : "long.json");
let failures = 0;
for (const { name, args, env } of runs) {
  const started = performance.now();
  console.log(`\n== ${name}`);
  const { passed, failed, skipped } = await runVitest(args, env);
  failures += failed;
  const seconds = Math.round((performance.now() - started) / 1000);
  keep({
    name,
    date: new Date().toISOString(),
    machine: describeMachine(),
    passed,
    failed,
    skipped,
    seconds,
  });
}
process.exitCode = failures > 0 || runs.length === 0 ? 1 : 0;

/** In the place of the result that the run had before. */
function keep(result: LongResult): void {
  const before = existsSync(file) ? (JSON.parse(readFileSync(file, "utf8")) as LongResult[]) : [];
  const results = [...before.filter(({ name }) => name !== result.name), result];
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, `${JSON.stringify(results, null, 2)}\n`);
  console.table(results.map(({ machine: _, ...figures }) => figures));
}
