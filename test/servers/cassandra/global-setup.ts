/** One Cassandra for all tests of this project; DRIFTSCOPE_CASSANDRA=host:port takes one that runs already. */
import type { TestProject } from "vitest/node";
import { missingJavaTool } from "../java-classpath.ts";
import { CassandraServer } from "./cassandra-server.ts";

declare module "vitest" {
  interface ProvidedContext {
    /** host:port */
    readonly cassandra: string;
  }
}

/** A busy machine takes longer than its own limits, and what a table without versions is not answered stays unknown. */
const PATIENT = {
  read_request_timeout: "30s",
  range_request_timeout: "30s",
  write_request_timeout: "30s",
  cas_contention_timeout: "10s",
};

export default async function setup(project: TestProject): Promise<(() => Promise<void>) | undefined> {
  const running = process.env.DRIFTSCOPE_CASSANDRA;
  if (running !== undefined) {
    project.provide("cassandra", running);
    return undefined;
  }
  const missing = missingJavaTool();
  if (missing !== undefined) throw new Error(missing);
  const server = await CassandraServer.start(PATIENT);
  project.provide("cassandra", `127.0.0.1:${server.port}`);
  return () => server.dispose();
}
