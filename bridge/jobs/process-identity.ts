/** Which process it is, beyond its number: numbers are given again. */
import { execFile } from "node:child_process";
import { readFile } from "node:fs/promises";
import { promisify } from "node:util";
import * as v from "valibot";

export const ProcessIdentitySchema = v.object({
  pid: v.number(),
  /** When it was started, in this system's own terms, with the boot that they belong to. */
  started: v.string(),
});
export type ProcessIdentity = v.InferOutput<typeof ProcessIdentitySchema>;

/** The fields of /proc/PID/stat behind the name, which may hold anything. */
const AFTER_NAME = /^\d+ \(.*\) (.*)$/s;
const STATE_FIELD = 0;
const GROUP_FIELD = 2;
const STARTED_FIELD = 19;

export interface ProcessFacts {
  readonly group: number;
  /** It has ended, and nobody has asked about its end. */
  readonly isZombie: boolean;
  readonly started: string;
}

/** Undefined where there is no such process. Linux alone. */
export async function processFacts(pid: number): Promise<ProcessFacts | undefined> {
  const stat = await readFile(`/proc/${pid}/stat`, "utf8").catch(() => undefined);
  const fields = AFTER_NAME.exec(stat ?? "")?.[1]?.split(" ");
  if (fields === undefined) return undefined;
  const state = fields[STATE_FIELD];
  return {
    group: Number(fields[GROUP_FIELD]),
    isZombie: state === "Z" || state === "X",
    started: fields[STARTED_FIELD] ?? "",
  };
}

export async function processIdentity(pid: number): Promise<ProcessIdentity> {
  return { pid, started: (await startOf(pid)) ?? "unknown" };
}

/** The process is there, and is the one that was meant. */
export async function isSameProcess({ pid, started }: ProcessIdentity): Promise<boolean> {
  return (await startOf(pid)) === started;
}

/** Undefined where there is no such process, or none but its remains. */
async function startOf(pid: number): Promise<string | undefined> {
  if (process.platform === "linux") {
    const facts = await processFacts(pid);
    return facts === undefined || facts.isZombie ? undefined : `${await bootId()}/${facts.started}`;
  }
  try {
    const { stdout } = await promisify(execFile)("ps", ["-o", "lstart=", "-p", String(pid)]);
    return stdout.trim() || undefined;
  } catch {
    return undefined;
  }
}

let boot: Promise<string> | undefined;

function bootId(): Promise<string> {
  boot ??= readFile("/proc/sys/kernel/random/boot_id", "utf8").then(
    (id) => id.trim(),
    () => "",
  );
  return boot;
}
