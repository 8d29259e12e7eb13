/** What keeps a keyspace from being used, one thing after the other. */
import type { Finding } from "../../../core/protocol/frames.ts";
import { type Check, checkRight, clockFinding, runChecks } from "../shared/run-checks.ts";
import type { CassandraCluster } from "./cluster.ts";
import { TABLE_SHAPES, tableNames } from "./schema.ts";

/** Before it, conditional writes have other rules for what a timed out one may still do. */
const OLDEST_VERSION = [4, 0] as const;

const NOBODY = "00000000-0000-4000-8000-000000000000";

const CHECKS: readonly Check<CassandraCluster>[] = [
  { about: "server", look: checkServer },
  { about: "keyspace", look: checkKeyspace },
  { about: "tables", look: checkTables },
  { about: "reading", look: checkReading },
  { about: "writing", look: checkWriting },
];

/** As RemoteBackend.check. */
export const checkCluster = (cluster: CassandraCluster): Promise<readonly Finding[]> =>
  runChecks(cluster, CHECKS);

async function checkServer(cluster: CassandraCluster): Promise<Finding[]> {
  const sent = Date.now();
  const [row] = await cluster.rows({
    query: "SELECT release_version, toTimestamp(now()) AS time FROM system.local",
    params: [],
  });
  const answered = Date.now();
  const version = String(row?.release_version);
  return [checkVersion(version), checkClock(row?.time, sent, answered)];
}

function checkVersion(version: string): Finding {
  const [major = 0, minor = 0] = version.split(".").map(Number);
  const isOld = major < OLDEST_VERSION[0] || (major === OLDEST_VERSION[0] && minor < OLDEST_VERSION[1]);
  return {
    about: "server",
    is: isOld ? "doubtful" : "right",
    said: `Cassandra ${version}${isOld ? `: older than ${OLDEST_VERSION.join(".")}, with which this was never tried` : ""}`,
  };
}

function checkClock(time: unknown, sent: number, answered: number): Finding {
  if (time instanceof Date) return clockFinding(time.getTime(), sent, answered);
  return { about: "clock", is: "doubtful", said: "the server tells no time" };
}

async function checkKeyspace(cluster: CassandraCluster): Promise<Finding[]> {
  const { keyspace } = cluster.settings;
  const about = "keyspace";
  const [row] = await cluster.rows({
    query: "SELECT replication FROM system_schema.keyspaces WHERE keyspace_name = ?",
    params: [keyspace],
  });
  if (row !== undefined) return [{ about, is: "right", said: keyspace }];
  const said = `there is no keyspace ${JSON.stringify(keyspace)}: make it (how it is replicated is yours to say), or correct "keyspace"`;
  return [{ about, is: "wrong", said }];
}

async function checkTables(cluster: CassandraCluster): Promise<Finding[]> {
  const findings: Finding[] = [];
  for (const [table, shape] of Object.entries(TABLE_SHAPES)) {
    const rows = await cluster.rows({
      query:
        "SELECT column_name, type, kind FROM system_schema.columns WHERE keyspace_name = ? AND table_name = ?",
      params: [cluster.settings.keyspace, table],
    });
    const found = new Map(rows.map(({ column_name, type, kind }) => [column_name, `${type} ${kind}`]));
    findings.push(checkTable(table, shape, found));
  }
  return findings;
}

function checkTable(
  table: string,
  shape: Readonly<Record<string, string>>,
  found: ReadonlyMap<string, string>,
): Finding {
  const about = `table ${table}`;
  if (found.size === 0) {
    return {
      about,
      is: "wrong",
      said: "is not there yet: `driftscope init CONNECTION` shows it and makes it",
    };
  }
  const wrong = Object.entries(shape)
    .filter(([column, type]) => found.get(column) !== type)
    .map(([column, type]) => `${column} should be ${type}, is ${found.get(column) ?? "missing"}`);
  if (wrong.length === 0) return { about, is: "right", said: "is as it should be" };
  const said = `is not ours, somebody made another one of this name (${wrong.join("; ")}): use another keyspace`;
  return { about, is: "wrong", said };
}

async function checkReading(cluster: CassandraCluster): Promise<Finding[]> {
  const { collections, records } = tableNames(cluster.settings.keyspace);
  for (const table of [collections, records]) {
    await cluster.rows({ query: `SELECT * FROM ${table} LIMIT 1`, params: [] });
  }
  return [{ about: "reading", is: "right", said: "is allowed" }];
}

/** Conditional writes whose condition nothing can meet: they take the right to write, and write nothing. */
async function checkWriting(cluster: CassandraCluster): Promise<Finding[]> {
  const { collections, records } = tableNames(cluster.settings.keyspace);
  const write = async (): Promise<void> => {
    const query = `UPDATE ${collections} SET revision = 0 WHERE name = 'driftscope doctor' IF revision = -1`;
    await cluster.conditionally([{ query, params: [] }]);
    const put = `UPDATE ${records} SET version = '' WHERE collection = ? AND bucket = -1 AND key = 0x00 IF version = ''`;
    await cluster.conditionally([{ query: put, params: [NOBODY] }]);
  };
  return [await checkRight("writing", write)];
}
