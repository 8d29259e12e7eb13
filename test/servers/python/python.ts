/** Python with the clients that requirements.txt names, in a folder of the project's own. */
import { execFile } from "node:child_process";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { promisify } from "node:util";
import { repositoryRoot } from "../../support/repository.ts";

const run = promisify(execFile);
const here = (name: string): string => join(repositoryRoot, "test/servers/python", name);
const folder = join(repositoryRoot, ".driftscope/python");
const python = join(folder, process.platform === "win32" ? "Scripts/python.exe" : "bin/python");

/** Made where it is missing, and brought up to date. @throws where there is no Python 3 or no package index */
export async function preparePython(): Promise<void> {
  if (!existsSync(python)) await run("python3", ["-m", "venv", folder]);
  await run(python, ["-m", "pip", "install", "--quiet", "--requirement", here("requirements.txt")]);
}

/** As read_rows.py prints them. */
export async function readByPython(...args: readonly string[]): Promise<Record<string, unknown>[]> {
  const { stdout } = await run(python, [here("read_rows.py"), ...args]);
  return stdout
    .split("\n")
    .filter((line) => line.startsWith("{"))
    .map((line) => JSON.parse(line) as Record<string, unknown>);
}
