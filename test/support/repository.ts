import { existsSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

/**
 * The folder of the checkout, found upwards from this file: the file runs both from its place and compiled
 * under dist/.
 */
export const repositoryRoot: string = findRoot(dirname(fileURLToPath(import.meta.url)));

function findRoot(folder: string): string {
  const file = join(folder, "package.json");
  if (existsSync(file) && JSON.parse(readFileSync(file, "utf8")).name === "driftscope") return folder;
  const parent = dirname(folder);
  if (parent === folder) throw new Error("no package.json of driftscope above this file");
  return findRoot(parent);
}
