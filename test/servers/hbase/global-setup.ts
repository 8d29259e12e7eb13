/** One HBase for all tests of this project; DRIFTSCOPE_HBASE=URL takes one that runs already. */
import type { TestProject } from "vitest/node";
import { missingJavaTool } from "../java-classpath.ts";
import { HBaseServer } from "./hbase-server.ts";

declare module "vitest" {
  interface ProvidedContext {
    /** Of the REST gateway. */
    readonly hbase: string;
  }
}

export default async function setup(project: TestProject): Promise<(() => Promise<void>) | undefined> {
  const running = process.env.DRIFTSCOPE_HBASE;
  if (running !== undefined) {
    project.provide("hbase", running);
    return undefined;
  }
  const missing = missingJavaTool();
  if (missing !== undefined) throw new Error(missing);
  const server = await HBaseServer.start();
  project.provide("hbase", server.url);
  return () => server.dispose();
}
