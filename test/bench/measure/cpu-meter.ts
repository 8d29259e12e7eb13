import { type CpuByThread, cpuBetween, cpuByThread } from "./cpu-time.ts";

/** Processes by what they are called in the result. */
export type ProcessesByRole = Readonly<Record<string, readonly number[]>>;

/** CPU milliseconds, such as "page: worker thread" → 812. */
export type CpuByRole = ReadonlyMap<string, number>;

/** Chromium's name for the thread of a worker. */
const WORKER_THREAD = "DedicatedWorker";

/** What every process used, main thread and workers apart, from the start of the meter to its reading. */
export class CpuMeter {
  readonly #processes: ProcessesByRole;
  readonly #before = new Map<number, CpuByThread>();

  constructor(processes: ProcessesByRole) {
    this.#processes = processes;
    for (const pid of Object.values(processes).flat()) this.#before.set(pid, cpuByThread(pid));
  }

  read(): CpuByRole {
    const used = new Map<string, number>();
    for (const [role, pids] of Object.entries(this.#processes)) {
      for (const pid of pids) {
        for (const [thread, time] of cpuBetween(this.#before.get(pid) ?? new Map(), cpuByThread(pid))) {
          const name = `${role}: ${partOf(thread)}`;
          used.set(name, (used.get(name) ?? 0) + time);
        }
      }
    }
    return used;
  }
}

function partOf(thread: string): string {
  if (thread === "main") return "main thread";
  return thread === WORKER_THREAD ? "worker thread" : "other threads";
}
