/**
 * `npm test`: checks the sources, builds everything, makes sure that both browsers are there, runs every test,
 * and closes with what failed and "N passed, N failed, N skipped". Exits 0 only when nothing failed; where CI is set, a skipped
 * test is a failure too.
 */
import { spawnSync } from "node:child_process";
import { missingJavaTool } from "./servers/java-classpath.ts";
import { ensureBrowser } from "./support/browsers/ensure-browser.ts";
import { repositoryRoot } from "./support/repository.ts";
import { runVitest, type Tally } from "./support/run-vitest.ts";

/** Each counts as one test. */
const CHECKS: readonly (readonly [name: string, script: string])[] = [
  ["lint and format", "lint"],
  ["types", "typecheck"],
  ["unused code", "unused"],
  ["build", "build"],
];

/** Uses every core by itself. */
const IN_NODE = ["unit", "property", "conformance"];

/** Each starts a real server, or Java's tools. */
const SERVERS = ["hbase", "cassandra", "ignite", "hdfs", "kafka", "sqoop", "jobs"];

/** Run at the same time, the projects of a lane one after the other: servers and browsers wait more than they work. */
const LANES = [
  ["hbase", "cassandra", "sqoop"],
  ["headless", "e2e-chromium", "hdfs", "jobs"],
  ["faults", "e2e-firefox", "ignite", "kafka"],
];

async function main(): Promise<number> {
  const total: Tally = { passed: 0, failed: 0, skipped: 0, failures: [] };
  for (const [name, script] of CHECKS) {
    const ok = attempt(name, () => runScript(script));
    add(total, { passed: ok ? 1 : 0, failed: ok ? 0 : 1, skipped: 0, failures: ok ? [] : [name] });
  }
  attempt("browsers", () => {
    ensureBrowser("chromium");
    ensureBrowser("firefox");
    return true;
  });
  add(total, await runTests(IN_NODE));
  const withoutServers = process.env.CI ? undefined : missingJavaTool();
  const isRun = (project: string): boolean => withoutServers === undefined || !SERVERS.includes(project);
  await Promise.all(LANES.map((lane) => runLane(lane.filter(isRun), total)));
  for (const failure of total.failures) console.log(`\nFAILED ${failure}`);
  if (withoutServers !== undefined) {
    console.log(`\nNOT RUN: ${SERVERS.join(", ")}. ${withoutServers} In CI this is a failure.`);
  }
  console.log(`${total.passed} passed, ${total.failed} failed, ${total.skipped} skipped`);
  return total.failed > 0 || (process.env.CI && total.skipped > 0) ? 1 : 0;
}

/** Missing browsers are no result by themselves: the tests that need them fail and say so. */
function attempt(name: string, work: () => boolean): boolean {
  const started = performance.now();
  console.log(`\n== ${name}`);
  try {
    const ok = work();
    console.log(`== ${name}: ${ok ? "ok" : "FAILED"}, ${seconds(started)}`);
    return ok;
  } catch (error) {
    console.error(error instanceof Error ? error.message : error);
    return false;
  }
}

function runScript(script: string): boolean {
  return run("npm", ["run", "--silent", script]);
}

async function runLane(projects: readonly string[], total: Tally): Promise<void> {
  for (const project of projects) add(total, await runTests([project]));
}

async function runTests(projects: readonly string[]): Promise<Tally> {
  const started = performance.now();
  console.log(`\n== ${projects.join(", ")}`);
  const tally = await runVitest(projects.flatMap((project) => ["--project", project]));
  console.log(`== ${projects.join(", ")}: ${seconds(started)}`);
  return tally;
}

function run(program: string, args: readonly string[]): boolean {
  const { status } = spawnSync(program, args, {
    cwd: repositoryRoot,
    stdio: ["ignore", "inherit", "inherit"],
    shell: process.platform === "win32",
  });
  return status === 0;
}

function add(total: Tally, part: Tally): void {
  total.passed += part.passed;
  total.failed += part.failed;
  total.skipped += part.skipped;
  total.failures.push(...part.failures);
}

function seconds(since: number): string {
  return `${((performance.now() - since) / 1000).toFixed(1)} s`;
}

process.exitCode = await main();
