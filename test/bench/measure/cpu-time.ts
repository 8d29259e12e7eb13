/** CPU time by process and thread, from Linux's /proc: shows where the time goes without touching the code. */
import { readdirSync, readFileSync } from "node:fs";

/** Milliseconds of CPU (user and kernel) by the threads' names: `chromium`, `DedicatedWorker`, … */
export type CpuByThread = ReadonlyMap<string, number>;

/** The kernel's USER_HZ is 100 on every Linux that runs Node. */
const MILLISECONDS_PER_TICK = 10;

/** CPU that the living threads of a process have used since they started; nothing of one that has ended. */
export function cpuByThread(pid: number): CpuByThread {
  const times = new Map<string, number>();
  for (const thread of threadsOf(pid)) {
    const stat = statOf(pid, thread);
    if (stat === undefined) continue;
    const name = stat.slice(stat.indexOf("(") + 1, stat.lastIndexOf(")"));
    // Fields after the name, which may hold blanks: state is the first, utime the 12th, stime the 13th.
    const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
    const ticks = Number(fields[11]) + Number(fields[12]);
    const label = thread === String(pid) ? "main" : name;
    times.set(label, (times.get(label) ?? 0) + ticks * MILLISECONDS_PER_TICK);
  }
  return times;
}

/** What was used between two readings; threads without any are left out. */
export function cpuBetween(before: CpuByThread, after: CpuByThread): CpuByThread {
  const used = [...after].map(([name, time]) => [name, time - (before.get(name) ?? 0)] as const);
  return new Map(used.filter(([, time]) => time > 0));
}

function threadsOf(pid: number): string[] {
  try {
    return readdirSync(`/proc/${pid}/task`);
  } catch {
    return [];
  }
}

/** A thread may end between the listing and the reading. */
function statOf(pid: number, thread: string): string | undefined {
  try {
    return readFileSync(`/proc/${pid}/task/${thread}/stat`, "utf8");
  } catch {
    return undefined;
  }
}
