/**
 * The processes of a run: started in a group of their own, and ended as one, with whatever they started. On Linux
 * also those that left the group are found, by the run's id in the environment that they inherited.
 */
import { type ChildProcess, spawn } from "node:child_process";
import { readdir, readFile } from "node:fs/promises";
import { setTimeout as sleep } from "node:timers/promises";
import { isSameProcess, type ProcessIdentity, processFacts } from "./process-identity.ts";

/** How long processes may take to end when they are asked to, before they are killed, in milliseconds. */
const GRACE_MS = 5000;
/** How long the system may take for what was killed. */
const KILL_MS = 5000;
const LOOK_MS = 20;

/** The variable that every process of a run inherits. */
const RUN_VARIABLE = "DRIFTSCOPE_RUN";

/** Windows has none. */
export const hasProcessGroups = process.platform !== "win32";

export interface Spawn {
  readonly command: readonly string[];
  readonly folder: string;
  readonly environment: Readonly<Record<string, string>>;
  readonly runId: string;
}

/** Its number is that of its group. Its end, and that it could not be started, are events of the child. */
export function spawnGroup({ command, folder, environment, runId }: Spawn): ChildProcess {
  const [program = "", ...rest] = command;
  return spawn(program, rest, {
    cwd: folder,
    env: { ...environment, [RUN_VARIABLE]: runId },
    stdio: ["ignore", "pipe", "pipe"],
    shell: false,
    detached: true,
  });
}

interface Living {
  readonly pid: number;
  readonly group: number;
}

interface Processes {
  /** Undefined: the group may be somebody else's by now. */
  readonly group: number | undefined;
  readonly runId: string;
}

/**
 * Asks all of a run's processes to end, and kills what does not.
 *
 * @returns False where something of it lives all the same.
 */
export async function endProcesses(processes: Processes, graceMs = GRACE_MS): Promise<boolean> {
  await signalAll(processes, "SIGTERM");
  if (await areGoneWithin(processes, graceMs)) return true;
  await signalAll(processes, "SIGKILL");
  return areGoneWithin(processes, KILL_MS);
}

/** The same for a run whose engine has died, perhaps long ago: its number may be another process's by now. */
export async function endOrphans(leader: ProcessIdentity | undefined, runId: string): Promise<boolean> {
  const isOurs = leader !== undefined && (await isSameProcess(leader));
  return endProcesses({ group: isOurs ? leader.pid : undefined, runId });
}

async function signalAll(processes: Processes, name: NodeJS.Signals): Promise<void> {
  const { group } = processes;
  if (group !== undefined) signal(-group, name);
  for (const living of await livingOf(processes)) if (living.group !== group) signal(living.pid, name);
}

async function areGoneWithin(processes: Processes, milliseconds: number): Promise<boolean> {
  const until = performance.now() + milliseconds;
  while (await isAlive(processes)) {
    if (performance.now() > until) return false;
    await sleep(LOOK_MS);
  }
  return true;
}

async function isAlive(processes: Processes): Promise<boolean> {
  if (process.platform === "linux") return (await livingOf(processes)).length > 0;
  return processes.group !== undefined && signal(-processes.group, 0);
}

/**
 * Only Linux can tell. Ended processes that nobody has asked about still have a group, so that asking the group
 * would find them.
 */
async function livingOf({ group, runId }: Processes): Promise<Living[]> {
  if (process.platform !== "linux") return [];
  const mark = `${RUN_VARIABLE}=${runId}`;
  const pids = (await readdir("/proc")).filter((name) => /^\d+$/.test(name)).map(Number);
  const found = await Promise.all(
    pids.map(async (pid) => {
      const facts = await processFacts(pid);
      if (facts === undefined || facts.isZombie || pid === process.pid) return [];
      return facts.group === group || (await hasVariable(pid, mark)) ? [{ pid, group: facts.group }] : [];
    }),
  );
  return found.flat();
}

/** Other people's processes cannot be asked, and are none of ours. */
async function hasVariable(pid: number, variable: string): Promise<boolean> {
  const environment = await readFile(`/proc/${pid}/environ`, "utf8").catch(() => "");
  return environment.split("\0").includes(variable);
}

/** False where there is nobody to get it. */
function signal(pid: number, name: NodeJS.Signals | 0): boolean {
  try {
    process.kill(pid, name);
    return true;
  } catch (error) {
    return error instanceof Error && "code" in error && error.code === "EPERM";
  }
}
