/**
 * One HBase for all tests of this project; DRIFTSCOPE_HBASE=URL takes one that runs already, whose ZooKeeper is at
 * DRIFTSCOPE_HBASE_ZOOKEEPER=host:port.
 */
import type { TestProject } from "vitest/node";
import { missingJavaTool } from "../java-classpath.ts";
import { HBaseServer } from "./hbase-server.ts";

declare module "vitest" {
  interface ProvidedContext {
    /** Of the REST gateway. */
    readonly hbase: string;
    /** Host and port of its ZooKeeper, which HBase's own client asks. */
    readonly hbaseZooKeeper: string;
  }
}

export default async function setup(project: TestProject): Promise<(() => Promise<void>) | undefined> {
  const running = process.env.DRIFTSCOPE_HBASE;
  if (running !== undefined) {
    project.provide("hbase", running);
    project.provide("hbaseZooKeeper", process.env.DRIFTSCOPE_HBASE_ZOOKEEPER ?? "127.0.0.1:2181");
    return undefined;
  }
  const missing = missingJavaTool();
  if (missing !== undefined) throw new Error(missing);
  const server = await HBaseServer.start();
  project.provide("hbase", server.url);
  project.provide("hbaseZooKeeper", server.zooKeeper);
  return () => server.dispose();
}
