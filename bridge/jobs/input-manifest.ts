import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import type { StoredRun } from "./job-storage.ts";
import type { FoundFile } from "./output-rules.ts";

/** Writes what {manifest} stands for, and answers its URI. */
export async function writeInputManifest(
  run: StoredRun,
  uri: string,
  files: readonly FoundFile[],
): Promise<string> {
  const path = join(run.folder, "input.json");
  await writeFile(path, `${JSON.stringify({ uri, files }, null, 2)}\n`, { mode: 0o600 });
  return pathToFileURL(path).href;
}
