/** Processes as Linux lists them. */
import { readdirSync, readFileSync } from "node:fs";

function read(path: string): string {
  try {
    return readFileSync(path, "utf8");
  } catch {
    // Gone, or somebody else's.
    return "";
  }
}

/** Those that have ended and were not asked about their end are not alive. */
export const isProcessAlive = (pid: number): boolean => /^\d+ \(.*\) [^ZX]/s.test(read(`/proc/${pid}/stat`));

/** Numbers of the living processes that a run of a job has started. */
export const processesOfRun = (runId: string): number[] =>
  readdirSync("/proc")
    .filter((name) => /^\d+$/.test(name))
    .map(Number)
    .filter((pid) => read(`/proc/${pid}/environ`).split("\0").includes(`DRIFTSCOPE_RUN=${runId}`))
    .filter(isProcessAlive);
