/** One Kafka for all tests of this project; DRIFTSCOPE_KAFKA=host:port takes one that runs already, without logins. */
import type { TestProject } from "vitest/node";
import { missingJavaTool } from "../java-classpath.ts";
import { KafkaServer } from "./kafka-server.ts";

declare module "vitest" {
  interface ProvidedContext {
    /** host:port. */
    readonly kafka: string;
  }
}

export default async function setup(project: TestProject): Promise<(() => Promise<void>) | undefined> {
  const running = process.env.DRIFTSCOPE_KAFKA;
  if (running !== undefined) {
    project.provide("kafka", running);
    return undefined;
  }
  const missing = missingJavaTool();
  if (missing !== undefined) throw new Error(missing);
  const server = await KafkaServer.start();
  project.provide("kafka", server.broker);
  return () => server.dispose();
}
