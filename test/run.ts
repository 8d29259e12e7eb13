/**
 * `npm test`: checks the sources, builds everything, makes sure that both browsers are there, runs every test,
 * and closes with "N passed, N failed, N skipped". Exits 0 only when nothing failed; where CI is set, a skipped
 * test is a failure too.
 */
import { spawnSync } from "node:child_process";
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

/** Run one after the other: browsers and killed bridges need the machine for themselves. */
const GROUPS: readonly (readonly string[])[] = [
  ["unit", "property", "conformance"],
  ["headless"],
  ["faults"],
  ["e2e-chromium"],
  ["e2e-firefox"],
];

function main(): number {
  const total: Tally = { passed: 0, failed: 0, skipped: 0 };
  for (const [name, script] of CHECKS) {
    const ok = attempt(name, () => runScript(script));
    add(total, { passed: ok ? 1 : 0, failed: ok ? 0 : 1, skipped: 0 });
  }
  attempt("browsers", () => {
    ensureBrowser("chromium");
    ensureBrowser("firefox");
    return true;
  });
  for (const projects of GROUPS) add(total, runTests(projects));
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

function runTests(projects: readonly string[]): Tally {
  const started = performance.now();
  console.log(`\n== ${projects.join(", ")}`);
  const tally = runVitest(projects.flatMap((project) => ["--project", project]));
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
}

function seconds(since: number): string {
  return `${((performance.now() - since) / 1000).toFixed(1)} s`;
}

process.exitCode = main();
