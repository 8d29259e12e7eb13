/** The jars of MapReduce and Spark, which run inside of the jobs' own processes. */
import { join } from "node:path";
import type { TestProject } from "vitest/node";
import { repositoryRoot } from "../../support/repository.ts";
import { classpathOf, missingJavaTool } from "../java-classpath.ts";

declare module "vitest" {
  interface ProvidedContext {
    /** What `java -cp` takes. */
    readonly hadoopJars: string;
    readonly sparkJars: string;
  }
}

export default function setup(project: TestProject): void {
  const missing = missingJavaTool();
  if (missing !== undefined) throw new Error(missing);
  const jars = (tool: string): string =>
    classpathOf(join(repositoryRoot, "test/servers/jobs", tool, "pom.xml"));
  project.provide("hadoopJars", jars("hadoop"));
  project.provide("sparkJars", jars("spark"));
}
