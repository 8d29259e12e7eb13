import { readdirSync, readFileSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";

const LOOK_MS = 5;
/** Of proc(5): stopped, or at its end. */
const STILL = /[TtZX]/;

/**
 * Resolves when no thread of a process that was sent SIGSTOP runs any more: the signal is only sent when `kill` returns,
 * and on a busy machine a server answers more requests until it has reached all of its threads. At once where the
 * system has no /proc, or the process is gone.
 */
export async function standsStill(pid: number): Promise<void> {
  while (!threadStates(pid).every((state) => STILL.test(state))) await sleep(LOOK_MS);
}

function threadStates(pid: number): string[] {
  const folder = `/proc/${pid}/task`;
  const threads = read(() => readdirSync(folder)) ?? [];
  return threads.map((thread) => stateIn(read(() => readFileSync(`${folder}/${thread}/stat`, "utf8"))));
}

/** The name before it is in parentheses, and may hold any character. A thread that is gone is at its end. */
const stateIn = (stat = ") X"): string => stat.slice(stat.lastIndexOf(")") + 2)[0] ?? "X";

function read<T>(work: () => T): T | undefined {
  try {
    return work();
  } catch {
    return undefined;
  }
}
