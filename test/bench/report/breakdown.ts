import type { CpuByRole } from "../measure/cpu-meter.ts";
import { median } from "../measure/median.ts";
import { type Row, row } from "./result.ts";

/** What used less than this, in milliseconds of CPU, is left out. */
const NEGLIGIBLE = 20;

/** Rows of where the CPU time of the measured work went, most first. They add up to more than the clock. */
export function cpuRows(what: string, n: number, runs: readonly CpuByRole[]): readonly Row[] {
  const roles = new Set(runs.flatMap((run) => [...run.keys()]));
  return [...roles]
    .map((role) => ({ role, times: runs.map((run) => run.get(role) ?? 0) }))
    .filter(({ times }) => median(times) >= NEGLIGIBLE)
    .toSorted((a, b) => median(b.times) - median(a.times))
    .map(({ role, times }) => row(`CPU of ${what}, ${role}`, n, "ms", times));
}
