import cassandra from "cassandra-driver";

/** Of one node; whatever is in its name is kept. */
export function makeKeyspace(contactPoint: string, keyspace: string): Promise<void> {
  return runCql(contactPoint, [
    `CREATE KEYSPACE "${keyspace}" WITH replication = {'class': 'SimpleStrategy', 'replication_factor': 1}`,
  ]);
}

export async function runCql(
  contactPoint: string,
  statements: readonly string[],
  keyspace?: string,
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
