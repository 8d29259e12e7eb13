/** Peak resident memory of processes, as Linux keeps it: exact, without sampling. */
import { readFileSync, writeFileSync } from "node:fs";

/** Starts the peak of a process anew from what it holds now. */
export function resetPeak(pid: number): void {
  writeFileSync(`/proc/${pid}/clear_refs`, "5");
}

/** Highest resident set size since `resetPeak`, in MB of 10^6 bytes. */
export function peakMegabytes(pid: number): number {
  return megabytes(pid, "VmHWM");
}

function megabytes(pid: number, field: string): number {
  const status = readFileSync(`/proc/${pid}/status`, "utf8");
  const kibibytes = new RegExp(`^${field}:\\s+(\\d+) kB$`, "m").exec(status)?.[1];
  if (kibibytes === undefined) throw new Error(`no ${field} of process ${pid}`);
  return (Number(kibibytes) * 1024) / 1e6;
}
