/**
 * `npm run test:repeat -- [--times N] [--at-once N] [PART_OF_A_FILE_NAME …]`: the tests in both browsers, several
 * times, since a test that fails once in ten runs is no test. `--at-once` is how many files a browser's tests
 * run at a time. Where all files ran, writes test/results/repeat.json. Exits 0 only when no run failed.
 */
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { describeMachine } from "./bench/report/machine.ts";
import { repositoryRoot } from "./support/repository.ts";
import { runVitest } from "./support/run-vitest.ts";

interface Round {
  readonly round: number;
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
  rounds.push(...(await Promise.all(PROJECTS.map((project) => run(round, project)))));
  // What ran counts also when the rest is stopped.
  if (positionals.length === 0) write();
}
console.table(rounds.map(({ failures, ...columns }) => columns));
for (const { round, failures } of rounds) {
  for (const failure of failures) console.log(`\nFAILED in round ${round}: ${failure}`);
}
process.exitCode = rounds.some(({ failed }) => failed > 0) ? 1 : 0;

async function run(round: number, project: string): Promise<Round> {
  const started = performance.now();
  const args = ["--project", project, ...positionals];
  const { passed, failed, skipped, failures } = await runVitest(args, {
    DRIFTSCOPE_FILES_AT_ONCE: values["at-once"],
  });
  const seconds = Math.round((performance.now() - started) / 1000);
  return { round, project, passed, failed, skipped, seconds, failures };
}

function write(): void {
  const folder = join(repositoryRoot, "test/results");
  mkdirSync(folder, { recursive: true });
  const report = { date: new Date().toISOString(), machine: describeMachine(), rounds };
  writeFileSync(join(folder, "repeat.json"), `${JSON.stringify(report, null, 2)}\n`);
}
