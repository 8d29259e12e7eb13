/** A real Cassandra of one node, from public packages. */
import { mkdtempSync, readFileSync, writeFileSync } from "node:fs";
import { connect } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { repositoryRoot } from "../../support/repository.ts";
import { freePorts } from "../free-ports.ts";
import { classpathOf } from "../java-classpath.ts";
import { JavaServer } from "../java-server.ts";

/** Of the sources: what is built has no other files. */
const here = (name: string): string => join(repositoryRoot, "test/servers/cassandra", name);

export class CassandraServer {
  readonly port: number;
  readonly server: JavaServer;

  private constructor(port: number, server: JavaServer) {
    this.port = port;
    this.server = server;
  }

  /** @param changed Other settings than those of cassandra.yaml below. */
  static async start(changed: object = {}): Promise<CassandraServer> {
    const folder = mkdtempSync(join(tmpdir(), "driftscope-cassandra-"));
    const [port, storagePort, sslStoragePort] = (await freePorts(3)) as [number, number, number];
    const config = join(folder, "cassandra.yaml");
    writeFileSync(config, settings(folder, { port, storagePort, sslStoragePort }, changed));
    const server = new JavaServer({
      name: "Cassandra",
      folder,
      args: [
        ...jvmOptions(),
        "-Xms128m",
        "-Xmx768m",
        "-XX:+UseSerialGC",
        `-Dcassandra.config=${pathToFileURL(config).href}`,
        `-Dcassandra.storagedir=${folder}`,
        `-Dlogback.configurationFile=${here("logback.xml")}`,
        "-Dcassandra-foreground=yes",
        "-Dcassandra.superuser_setup_delay_ms=0",
        // Never: tests write estimates of their own, which would be replaced half a minute after its start.
        "-Dcassandra.size_recorder_interval=0",
        "-cp",
        classpathOf(here("pom.xml")),
        "org.apache.cassandra.service.CassandraDaemon",
      ],
      isReady: () => answersOptions(port),
    });
    await server.start();
    return new CassandraServer(port, server);
  }

  dispose(): Promise<void> {
    return this.server.dispose();
  }
}

/** What Cassandra's own scripts give a JVM 17, one or two words a line. */
function jvmOptions(): string[] {
  return readFileSync(here("jvm17.args"), "utf8").trim().split(/\s+/);
}

interface Ports {
  readonly port: number;
  readonly storagePort: number;
  readonly sslStoragePort: number;
}

/**
 * JSON is YAML. Small caches, since it shares a machine with browsers; writes are on disk when they are
 * acknowledged (`group`: `periodic` loses some when the process is killed); segments have the default size, from
 * which the largest mutation follows.
 */
function settings(folder: string, { port, storagePort, sslStoragePort }: Ports, changed: object): string {
  const data = (name: string): string => join(folder, name);
  return JSON.stringify({
    cluster_name: "driftscope test",
    num_tokens: 1,
    initial_token: "0",
    partitioner: "org.apache.cassandra.dht.Murmur3Partitioner",
    data_file_directories: [data("data")],
    commitlog_directory: data("commitlog"),
    saved_caches_directory: data("saved_caches"),
    hints_directory: data("hints"),
    cdc_raw_directory: data("cdc_raw"),
    commitlog_sync: "group",
    commitlog_sync_group_window: "2ms",
    commitlog_segment_size: "32MiB",
    commitlog_total_space: "256MiB",
    paxos_variant: "v2",
    seed_provider: [
      {
        class_name: "org.apache.cassandra.locator.SimpleSeedProvider",
        parameters: [{ seeds: `127.0.0.1:${storagePort}` }],
      },
    ],
    listen_address: "127.0.0.1",
    storage_port: storagePort,
    ssl_storage_port: sslStoragePort,
    rpc_address: "127.0.0.1",
    start_native_transport: true,
    native_transport_port: port,
    endpoint_snitch: "SimpleSnitch",
    auto_snapshot: false,
    incremental_backups: false,
    hinted_handoff_enabled: false,
    disk_access_mode: "mmap_index_only",
    memtable_heap_space: "128MiB",
    memtable_offheap_space: "128MiB",
    file_cache_size: "64MiB",
    key_cache_size: "8MiB",
    row_cache_size: "0MiB",
    counter_cache_size: "2MiB",
    concurrent_reads: 16,
    concurrent_writes: 16,
    concurrent_counter_writes: 8,
    concurrent_compactors: 1,
    ...changed,
  });
}

/** OPTIONS of the native protocol, version 4: answered by SUPPORTED (opcode 6). */
function answersOptions(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, "127.0.0.1");
    const done = (isReady: boolean): void => {
      socket.destroy();
      resolve(isReady);
    };
    socket.once("connect", () => socket.write(Buffer.from("040000000500000000", "hex")));
    socket.once("data", (answer) => done(answer[4] === 6));
    socket.once("error", () => done(false));
    socket.once("close", () => done(false));
    socket.setTimeout(2000, () => done(false));
  });
}
