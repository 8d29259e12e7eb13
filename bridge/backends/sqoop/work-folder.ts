/**
 * The one place where everything lies that Sqoop makes and leaves: generated classes, jars, job files, exports, imports, the
 * password for the time of a run. It is removed on `dispose`; what a killed bridge left is removed by the next one.
 */
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { isAlive } from "../../process/is-alive.ts";

const PREFIX = "driftscope-sqoop-";
const OWNER_FILE = "owner";
/** In the folder of a run. */
export const PID_FILE = "pid";

export class WorkFolder {
  readonly #parent: string;
  #path: string | undefined;
  #runs = 0;

  constructor(parent: string = tmpdir()) {
    this.#parent = parent;
  }

  get path(): string {
    this.#path ??= this.#make();
    return this.#path;
  }

  /** A new empty folder for a run. */
  runFolder(): string {
    const folder = join(this.path, `run-${++this.#runs}`);
    mkdirSync(folder, { mode: 0o700 });
    return folder;
  }

  dispose(): void {
    if (this.#path !== undefined) rmSync(this.#path, { recursive: true, force: true });
    this.#path = undefined;
  }

  #make(): string {
    for (const name of readdirSync(this.#parent)) {
      if (name.startsWith(PREFIX)) removeIfLeft(join(this.#parent, name));
    }
    // Mode 0700.
    const path = mkdtempSync(join(this.#parent, PREFIX));
    writeFileSync(join(path, OWNER_FILE), String(process.pid));
    return path;
  }
}

/** What belongs to a process that is no more, with the runs that it could not end. */
function removeIfLeft(folder: string): void {
  const owner = numberIn(join(folder, OWNER_FILE));
  if (owner === undefined || isAlive(owner)) return;
  try {
    for (const run of readdirSync(folder)) {
      const pid = numberIn(join(folder, run, PID_FILE));
      if (pid !== undefined && isRunOf(pid, folder)) process.kill(-pid, "SIGKILL");
    }
    rmSync(folder, { recursive: true, force: true });
  } catch {
    // Somebody else's, or somebody else is removing it.
  }
}

function numberIn(file: string): number | undefined {
  try {
    return Number(readFileSync(file, "utf8"));
  } catch {
    return undefined;
  }
}

/** Ids are given again: only what names the folder in its arguments is a run of it. */
function isRunOf(pid: number, folder: string): boolean {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, "utf8").includes(folder);
  } catch {
    return false;
  }
}
