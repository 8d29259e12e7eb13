import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { repositoryRoot } from "./repository.ts";

export interface Tally {
  passed: number;
  failed: number;
  skipped: number;
}

/** What is read of the report that vitest's JSON reporter writes. */
interface Report {
  readonly numPassedTests: number;
  readonly numFailedTests: number;
  readonly numPendingTests: number;
  readonly numTodoTests: number;
}

/** Runs vitest to its end, printing what it prints. @param args projects, files, options */
export function runVitest(args: readonly string[], env: Readonly<Record<string, string>> = {}): Tally {
  const folder = mkdtempSync(join(tmpdir(), "driftscope-test-"));
  const file = join(folder, "report.json");
  try {
    const { status } = spawnSync(
      "npx",
      [
        "--no-install",
        "vitest",
        "run",
        ...args,
        "--reporter=default",
        "--reporter=json",
        `--outputFile.json=${file}`,
      ],
      {
        cwd: repositoryRoot,
        stdio: ["ignore", "inherit", "inherit"],
        shell: process.platform === "win32",
        env: { ...process.env, ...env },
      },
    );
    const tally = tallyOf(file);
    // A file that could not be loaded, an error outside any test, or no test at all fails no test by itself.
    return status === 0 || tally.failed > 0 ? tally : { ...tally, failed: 1 };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function tallyOf(file: string): Tally {
  try {
    const report = JSON.parse(readFileSync(file, "utf8")) as Report;
    return {
      passed: report.numPassedTests,
      failed: report.numFailedTests,
      skipped: report.numPendingTests + report.numTodoTests,
    };
  } catch {
    return { passed: 0, failed: 1, skipped: 0 };
  }
}
