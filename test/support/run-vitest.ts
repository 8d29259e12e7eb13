import { spawn } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, relative } from "node:path";
import { repositoryRoot } from "./repository.ts";

export interface Tally {
  passed: number;
  failed: number;
  skipped: number;
  /** One text a failure: where it was, and how its message begins. */
  readonly failures: string[];
}

/** What is read of the report that vitest's JSON reporter writes. */
interface Report {
  readonly numPassedTests: number;
  readonly numFailedTests: number;
  readonly numPendingTests: number;
  readonly numTodoTests: number;
  readonly testResults: readonly {
    readonly name: string;
    readonly status: string;
    readonly message: string;
    readonly assertionResults: readonly {
      readonly fullName: string;
      readonly status: string;
      readonly failureMessages: readonly string[];
    }[];
  }[];
}

const MESSAGE_LINES = 12;

/** Runs vitest to its end, printing what it prints. @param args projects, files, options */
export async function runVitest(
  args: readonly string[],
  env: Readonly<Record<string, string>> = {},
): Promise<Tally> {
  const folder = mkdtempSync(join(tmpdir(), "driftscope-test-"));
  const file = join(folder, "report.json");
  try {
    const status = await run(
      [...args, "--reporter=default", "--reporter=json", `--outputFile.json=${file}`],
      env,
    );
    const tally = tallyOf(file);
    // A file that could not be loaded, an error outside any test, or no test at all fails no test by itself.
    if (status === 0 || tally.failed > 0) return tally;
    const failures = [...tally.failures, `vitest ${args.join(" ")}: exit code ${status}, see its output`];
    return { ...tally, failed: 1, failures };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function run(args: readonly string[], env: Readonly<Record<string, string>>): Promise<number | null> {
  const child = spawn("npx", ["--no-install", "vitest", "run", ...args], {
    cwd: repositoryRoot,
    stdio: ["ignore", "inherit", "inherit"],
    shell: process.platform === "win32",
    env: { ...process.env, ...env },
  });
  return new Promise((resolve, reject) => {
    child.once("error", reject);
    child.once("close", resolve);
  });
}

function tallyOf(file: string): Tally {
  try {
    const report = JSON.parse(readFileSync(file, "utf8")) as Report;
    return {
      passed: report.numPassedTests,
      failed: report.numFailedTests,
      skipped: report.numPendingTests + report.numTodoTests,
      failures: failuresOf(report),
    };
  } catch (error) {
    return {
      passed: 0,
      failed: 1,
      skipped: 0,
      failures: [`no report of vitest could be read: ${String(error)}`],
    };
  }
}

function failuresOf(report: Report): string[] {
  return report.testResults.flatMap(({ name, status, message, assertionResults }) => {
    const file = relative(repositoryRoot, name);
    const failed = assertionResults.filter((test) => test.status === "failed");
    if (failed.length === 0 && status === "failed") return [`${file}\n${beginning(message)}`];
    return failed.map((test) => `${file} > ${test.fullName}\n${beginning(test.failureMessages.join("\n"))}`);
  });
}

function beginning(message: string): string {
  const lines = message.split("\n").slice(0, MESSAGE_LINES);
  return lines.map((line) => `    ${line}`).join("\n");
}
