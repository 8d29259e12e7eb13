/** Cassandra's own Java client, in a process of its own. */
import { execFile } from "node:child_process";
import { join } from "node:path";
import { promisify } from "node:util";
import { inject } from "vitest";
import { repositoryRoot } from "../../../support/repository.ts";
import { classpathOf } from "../../java-classpath.ts";

const here = (name: string): string => join(repositoryRoot, "test/servers/cassandra/tables", name);

/** Column → the Java class and the value, without those that are null. */
export type JavaRow = Readonly<Record<string, readonly [type: string, value: unknown]>>;

export async function readByJava(query: string): Promise<JavaRow[]> {
  const [host = "", port = ""] = inject("cassandra").split(":");
  const args = ["-cp", classpathOf(here("pom.xml")), here("ReadRows.java"), host, port, query];
  const { stdout } = await promisify(execFile)("java", args, { maxBuffer: 64 * 1024 * 1024 });
  return stdout
    .split("\n")
    .filter((line) => line !== "")
    .map((line) => JSON.parse(line) as JavaRow);
}
