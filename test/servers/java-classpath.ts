/** The jars of a server: what its pom.xml names, downloaded once into the ordinary Maven cache. */
import { spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readFileSync, renameSync } from "node:fs";
import { delimiter, join } from "node:path";
import { repositoryRoot } from "../support/repository.ts";

/** Beside what other tools of the project keep; deleted with node_modules. */
const cacheFolder = join(repositoryRoot, "node_modules/.cache/driftscope");

const MAVEN = process.platform === "win32" ? "mvn.cmd" : "mvn";

/** Why servers cannot be started on this machine; undefined = they can. */
export function missingJavaTool(): string | undefined {
  for (const [program, args] of [
    ["java", ["-version"]],
    [MAVEN, ["-v"]],
  ] as const) {
    const { status } = spawnSync(program, args, { stdio: "ignore", shell: process.platform === "win32" });
    if (status !== 0) return `${program} is not installed: the servers of the tests need a JDK 17 and Maven.`;
  }
  return undefined;
}

/** @param pom Path of a pom.xml. @returns What `java -cp` takes. @throws Error with Maven's own words. */
export function classpathOf(pom: string): string {
  const name = createHash("sha256").update(readFileSync(pom)).digest("hex").slice(0, 16);
  const file = join(cacheFolder, `${name}.classpath`);
  const known = existsSync(file) ? readFileSync(file, "utf8").trim() : undefined;
  if (known?.split(delimiter).every((jar) => existsSync(jar))) return known;
  mkdirSync(cacheFolder, { recursive: true });
  // Written aside: two suites may start at the same time.
  const aside = `${file}.${process.pid}`;
  const { status, stdout, stderr, error } = spawnSync(
    MAVEN,
    ["-B", "-q", "-f", pom, "dependency:build-classpath", `-Dmdep.outputFile=${aside}`],
    { encoding: "utf8", shell: process.platform === "win32" },
  );
  if (status !== 0) {
    throw new Error(`Maven could not get the jars of ${pom}:\n${error?.message ?? ""}${stdout}${stderr}`);
  }
  renameSync(aside, file);
  return readFileSync(file, "utf8").trim();
}
