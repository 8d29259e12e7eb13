/** One Ignite for all tests of this project; DRIFTSCOPE_IGNITE=URL takes one that runs already. */
import type { TestProject } from "vitest/node";
import { missingJavaTool } from "../java-classpath.ts";
import { IgniteServer } from "./ignite-server.ts";

declare module "vitest" {
  interface ProvidedContext {
    /** Of the REST API. */
    readonly ignite: string;
  }
}

export default async function setup(project: TestProject): Promise<(() => Promise<void>) | undefined> {
  const running = process.env.DRIFTSCOPE_IGNITE;
  if (running !== undefined) {
    project.provide("ignite", running);
    return undefined;
  }
  const missing = missingJavaTool();
  if (missing !== undefined) throw new Error(missing);
  const server = await IgniteServer.start();
  project.provide("ignite", server.url);
  return () => server.dispose();
}
