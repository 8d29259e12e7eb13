import { randomBytes } from "node:crypto";
import { inject } from "vitest";
import { makeKeyspace, runCql } from "./make-keyspace.ts";

/** A keyspace of its own for one test file; its name wants quotes. @param contactPoint Absent = that of the project. */
export async function freshKeyspace(contactPoint = inject("cassandra")): Promise<string> {
  const keyspace = `Test_${randomBytes(6).toString("hex")}`;
  await makeKeyspace(contactPoint, keyspace);
  return keyspace;
}

/** What somebody else does there. */
export const inKeyspace = (keyspace: string, statements: readonly string[]): Promise<void> =>
  runCql(inject("cassandra"), statements, keyspace);
