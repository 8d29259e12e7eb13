/**
 * One Ignite for all tests of this project; DRIFTSCOPE_IGNITE=URL takes one that runs already, whose port for Ignite's own
 * clients is 10800 unless DRIFTSCOPE_IGNITE_THIN=host:port says otherwise.
 */
import type { TestProject } from "vitest/node";
import { missingJavaTool } from "../java-classpath.ts";
import { IgniteServer } from "./ignite-server.ts";

declare module "vitest" {
  interface ProvidedContext {
    /** Of the REST API. */
    readonly ignite: string;
    /** Of Ignite's own clients: host:port. */
    readonly igniteThin: string;
  }
}

export default async function setup(project: TestProject): Promise<(() => Promise<void>) | undefined> {
  const running = process.env.DRIFTSCOPE_IGNITE;
  if (running !== undefined) {
    project.provide("ignite", running);
    project.provide("igniteThin", process.env.DRIFTSCOPE_IGNITE_THIN ?? `${new URL(running).hostname}:10800`);
    return undefined;
  }
  const missing = missingJavaTool();
  if (missing !== undefined) throw new Error(missing);
  const server = await IgniteServer.start();
  project.provide("ignite", server.url);
  project.provide("igniteThin", server.thin);
  return () => server.dispose();
}
