/** The jars of Hive 3.1, which runs inside of the job's own process. */
import { join } from "node:path";
import type { TestProject } from "vitest/node";
import { repositoryRoot } from "../../support/repository.ts";
import { classpathOf, missingJavaTool } from "../java-classpath.ts";

declare module "vitest" {
  interface ProvidedContext {
    /** What `java -cp` takes. */
    readonly hiveJars: string;
  }
}

export default function setup(project: TestProject): void {
  const missing = missingJavaTool();
  if (missing !== undefined) throw new Error(missing);
  project.provide("hiveJars", classpathOf(join(repositoryRoot, "test/servers/jobs-long/hive/pom.xml")));
}
