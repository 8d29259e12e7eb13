/** Real servers of public packages, for a person to play with: a JDK and Maven are all that they need. */

import { writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { openBackend } from "../bridge/backends/registry.ts";
import { CassandraServer } from "../test/servers/cassandra/cassandra-server.ts";
import { makeKeyspace } from "../test/servers/cassandra/make-keyspace.ts";
import { HBaseServer } from "../test/servers/hbase/hbase-server.ts";
import { HdfsServer } from "../test/servers/hdfs/hdfs-server.ts";
import { IgniteServer } from "../test/servers/ignite/ignite-server.ts";
import { missingJavaTool } from "../test/servers/java-classpath.ts";
import { KafkaServer } from "../test/servers/kafka/kafka-server.ts";
import { OWNER, PASSWORD, PostgresqlServer } from "../test/servers/sqoop/postgresql-server.ts";
import { sqoopCommand } from "../test/servers/sqoop/sqoop-command.ts";

export const DEMO_BACKENDS = ["cassandra", "hbase", "ignite", "hdfs", "kafka", "sqoop"] as const;
export type DemoBackend = (typeof DEMO_BACKENDS)[number];

export interface RunningBackend {
  /** As the config file has it. */
  readonly connection: { readonly backend: DemoBackend };
  /** For people. */
  readonly where: string;
  close(): Promise<void>;
}

/** The first time its packages are downloaded. @throws Error that names what is missing on this machine */
export async function startBackend(name: DemoBackend): Promise<RunningBackend> {
  const missing = missingJavaTool();
  if (missing !== undefined) throw new Error(missing);
  const started = await STARTS[name]();
  const backend = openBackend(started.connection, { config: process.cwd(), data: tmpdir() });
  try {
    await backend.setUp?.run();
    return started;
  } catch (error) {
    await started.close();
    throw error;
  } finally {
    await backend.close();
  }
}

const KEYSPACE = "driftscope_demo";

const STARTS: Readonly<Record<DemoBackend, () => Promise<RunningBackend>>> = {
  async cassandra() {
    const server = await CassandraServer.start();
    const contactPoint = `127.0.0.1:${server.port}`;
    await makeKeyspace(contactPoint, KEYSPACE);
    const connection = {
      backend: "cassandra",
      contactPoints: [contactPoint],
      keyspace: KEYSPACE,
      serialConsistency: "SERIAL",
      requestTimeoutMs: 12_000,
    } as const;
    const where = `${contactPoint}, keyspace ${KEYSPACE}`;
    return { connection, where, close: () => server.dispose() };
  },
  async hbase() {
    const server = await HBaseServer.start();
    const { url } = server;
    const connection = { backend: "hbase", url, table: "driftscope", requestTimeoutMs: 20_000 } as const;
    return { connection, where: url, close: () => server.dispose() };
  },
  async ignite() {
    const server = await IgniteServer.start();
    const { url } = server;
    const connection = { backend: "ignite", url, prefix: "driftscope", requestTimeoutMs: 20_000 } as const;
    return { connection, where: url, close: () => server.dispose() };
  },
  async hdfs() {
    const server = await HdfsServer.start();
    const { url } = server;
    const connection = {
      backend: "hdfs",
      url,
      folder: "/driftscope",
      user: "root",
      requestTimeoutMs: 20_000,
    } as const;
    return { connection, where: url, close: () => server.dispose() };
  },
  async kafka() {
    const server = await KafkaServer.start();
    const { broker } = server;
    const connection = {
      backend: "kafka",
      brokers: [broker],
      prefix: "driftscope",
      requestTimeoutMs: 20_000,
    } as const;
    return { connection, where: broker, close: () => server.dispose() };
  },
  async sqoop() {
    const command = sqoopCommand();
    const server = await PostgresqlServer.start();
    const file = join(server.folder, "password-of-the-demo");
    writeFileSync(file, PASSWORD, { mode: 0o600 });
    const connect = server.connect();
    const connection = {
      backend: "sqoop",
      connect,
      command,
      environment: {},
      prefix: "driftscope",
      queries: {},
      timeLimitMs: 600_000,
      credentials: { username: OWNER, password: { file } },
    } as const;
    return { connection, where: `${connect}, by Sqoop`, close: () => server.dispose() };
  },
};
