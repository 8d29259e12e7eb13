/** One HDFS for all tests of this project; DRIFTSCOPE_HDFS=URL takes a NameNode that runs already. */
import type { TestProject } from "vitest/node";
import { missingJavaTool } from "../java-classpath.ts";
import { HdfsServer } from "./hdfs-server.ts";

declare module "vitest" {
  interface ProvidedContext {
    /** Of the NameNode's web server. */
    readonly hdfs: string;
    /** As Hadoop's own clients name it. */
    readonly hdfsUri: string;
  }
}

export default async function setup(project: TestProject): Promise<(() => Promise<void>) | undefined> {
  const running = process.env.DRIFTSCOPE_HDFS;
  if (running !== undefined) {
    project.provide("hdfs", running);
    project.provide("hdfsUri", process.env.DRIFTSCOPE_HDFS_URI ?? "hdfs://127.0.0.1:8020");
    return undefined;
  }
  const missing = missingJavaTool();
  if (missing !== undefined) throw new Error(missing);
  const server = await HdfsServer.start();
  project.provide("hdfs", server.url);
  project.provide("hdfsUri", server.uri);
  return () => server.dispose();
}
