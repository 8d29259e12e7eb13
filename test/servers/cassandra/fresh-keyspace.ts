import { randomBytes } from "node:crypto";
import cassandra from "cassandra-driver";
import { inject } from "vitest";

/** A keyspace of its own for one test file; its name wants quotes. @param contactPoint Absent = that of the project. */
export async function freshKeyspace(contactPoint = inject("cassandra")): Promise<string> {
  const keyspace = `Test_${randomBytes(6).toString("hex")}`;
  await run(contactPoint, undefined, [
    `CREATE KEYSPACE "${keyspace}" WITH replication = {'class': 'SimpleStrategy', 'replication_factor': 1}`,
  ]);
  return keyspace;
}

/** What somebody else does there. */
export function inKeyspace(keyspace: string, statements: readonly string[]): Promise<void> {
  return run(inject("cassandra"), keyspace, statements);
}

async function run(
  contactPoint: string,
  keyspace: string | undefined,
  statements: readonly string[],
): Promise<void> {
  const client = new cassandra.Client({
    contactPoints: [contactPoint],
    localDataCenter: "datacenter1",
    ...(keyspace === undefined ? {} : { keyspace }),
  });
  try {
    for (const statement of statements) await client.execute(statement);
  } finally {
    await client.shutdown();
  }
}
