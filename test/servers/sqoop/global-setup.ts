/** One PostgreSQL for all tests of this project, and the jars of Sqoop. */
import type { TestProject } from "vitest/node";
import { missingJavaTool } from "../java-classpath.ts";
import { PostgresqlServer } from "./postgresql-server.ts";
import { sqoopCommand } from "./sqoop-command.ts";

declare module "vitest" {
  interface ProvidedContext {
    /** Port on 127.0.0.1. */
    readonly postgresql: number;
  }
}

export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  const missing = missingJavaTool();
  if (missing !== undefined) throw new Error(missing);
  // Downloads what is missing, before tests run side by side.
  sqoopCommand();
  const server = await PostgresqlServer.start();
  project.provide("postgresql", server.port);
  return () => server.dispose();
}
