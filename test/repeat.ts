/**
 * `npm run test:repeat -- [--times N] [--at-once N] [PART_OF_A_FILE_NAME …]`: the tests in both browsers, several
 * times, since a test that fails once in ten runs is no test. `--at-once` is how many files a browser's tests
 * run at a time. Where all files ran, the rounds are added to test/results/repeat.json, failed ones too: ten in a
 * row may be of several days. Exits 0 only when no run failed.
 */
import { execFileSync } from "node:child_process";
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { parseArgs } from "node:util";
import { describeMachine } from "./bench/report/machine.ts";
import { repositoryRoot } from "./support/repository.ts";
import { runVitest } from "./support/run-vitest.ts";

interface Round {
  readonly date: string;
  /** Of the sources, with "+" where they were changed since. */
  readonly commit: string;
  readonly project: string;
  readonly passed: number;
  readonly failed: number;
  readonly skipped: number;
  readonly seconds: number;
  readonly failures: readonly string[];
}

const PROJECTS = ["e2e-chromium", "e2e-firefox"];

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { times: { type: "string", default: "10" }, "at-once": { type: "string", default: "1" } },
});
const rounds: Round[] = [];
for (let round = 1; round <= Number(values.times); round++) {
  const ran = await Promise.all(PROJECTS.map(run));
  rounds.push(...ran);
  // What ran counts also when the rest is stopped.
  if (positionals.length === 0) add(ran);
}
console.table(rounds.map(({ failures, ...columns }) => columns));
for (const { date, failures } of rounds) {
  for (const failure of failures) console.log(`\nFAILED in the round of ${date}: ${failure}`);
}
process.exitCode = rounds.some(({ failed }) => failed > 0) ? 1 : 0;

async function run(project: string): Promise<Round> {
  const date = new Date().toISOString();
  const commit = currentCommit();
  const started = performance.now();
  const args = ["--project", project, ...positionals];
  const { passed, failed, skipped, failures } = await runVitest(args, {
    DRIFTSCOPE_FILES_AT_ONCE: values["at-once"],
  });
  const seconds = Math.round((performance.now() - started) / 1000);
  return { date, commit, project, passed, failed, skipped, seconds, failures };
}

function add(ran: readonly Round[]): void {
  const file = join(repositoryRoot, "test/results/repeat.json");
  mkdirSync(dirname(file), { recursive: true });
  const before = existsSync(file)
    ? (JSON.parse(readFileSync(file, "utf8")) as { rounds: Round[] }).rounds
    : [];
  const report = { machine: describeMachine(), rounds: [...before, ...ran] };
  writeFileSync(file, `${JSON.stringify(report, null, 2)}\n`);
}

function currentCommit(): string {
  const git = (...args: string[]) =>
    execFileSync("git", args, { cwd: repositoryRoot, encoding: "utf8" }).trim();
  const changed = git("status", "--porcelain", "--untracked-files=no", "--", ":!test/results");
  return git("rev-parse", "--short", "HEAD") + (changed === "" ? "" : "+");
}
