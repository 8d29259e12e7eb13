/** A real HBase with its REST gateway, from public packages. */
import { mkdtempSync, writeFileSync } from "node:fs";
import { request as httpRequest } from "node:http";
import { request as httpsRequest } from "node:https";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import { repositoryRoot } from "../../support/repository.ts";
import { freePorts } from "../free-ports.ts";
import { classpathOf } from "../java-classpath.ts";
import { JavaServer } from "../java-server.ts";
import type { SelfSigned } from "../self-signed.ts";
import { siteXml } from "../site-xml.ts";

/** Of the sources: what is built has no other files. */
export const here = (name: string): string => join(repositoryRoot, "test/servers/hbase", name);

/** Of the JDK's modules, what HBase 2 reaches into on Java 17. */
const OPENED = [
  "java.base/java.lang",
  "java.base/java.nio",
  "java.base/sun.nio.ch",
  "java.base/java.lang.reflect",
  "java.base/java.io",
  "java.base/jdk.internal.misc",
  "java.base/java.util.concurrent",
];
const EXPORTED = ["java.base/jdk.internal.misc", "java.security.jgss/sun.security.krb5"];

interface Ports {
  readonly zooKeeper: number;
  readonly master: number;
  readonly regionServer: number;
  readonly rest: number;
}

/** What each of the two processes has of it, or one all. */
type Part = "all" | "servers" | "gateway";

export class HBaseServer {
  readonly url: string;
  /** Host and port. */
  readonly zooKeeper: string;
  /** Those behind the gateway; with it, where it has no process of its own. */
  readonly servers: JavaServer;
  readonly #gateway: JavaServer | undefined;

  private constructor(url: string, zooKeeper: string, servers: JavaServer, gateway?: JavaServer) {
    this.url = url;
    this.zooKeeper = zooKeeper;
    this.servers = servers;
    this.#gateway = gateway;
  }

  static async start(): Promise<HBaseServer> {
    const { url, zooKeeper, make } = await prepare();
    const servers = make("all", () => canDefine(url));
    await servers.start();
    return new HBaseServer(url, zooKeeper, servers);
  }

  /** Its gateway speaks TLS alone, with a certificate that it signed itself. */
  static async startWithTls({ keystore, certificate }: SelfSigned): Promise<HBaseServer> {
    const { url, zooKeeper, make } = await prepare({
      "hbase.rest.ssl.enabled": "true",
      "hbase.rest.ssl.keystore.store": keystore.file,
      "hbase.rest.ssl.keystore.password": keystore.password,
      "hbase.rest.ssl.keystore.keypassword": keystore.password,
    });
    const secure = url.replace("http:", "https:");
    const servers = make("all", () => canDefine(secure, certificate));
    await servers.start();
    return new HBaseServer(secure, zooKeeper, servers);
  }

  /** The gateway in a process of its own, which stays when the servers behind it are killed. */
  static async startApart(): Promise<HBaseServer> {
    const { url, zooKeeper, make } = await prepare();
    // They are ready when the gateway can do something with them.
    const servers = make("servers", async () => true);
    const gateway = make("gateway", () => canDefine(url));
    await servers.start();
    await gateway.start();
    return new HBaseServer(url, zooKeeper, servers, gateway);
  }

  async dispose(): Promise<void> {
    await this.#gateway?.kill();
    await this.servers.dispose();
  }
}

async function prepare(changed: Readonly<Record<string, string>> = {}): Promise<{
  url: string;
  zooKeeper: string;
  make: (part: Part, isReady: () => Promise<boolean>) => JavaServer;
}> {
  const folder = mkdtempSync(join(tmpdir(), "driftscope-hbase-"));
  const [zooKeeper, master, regionServer, rest] = (await freePorts(4)) as [number, number, number, number];
  const settings = { ...settingsOf(folder, { zooKeeper, master, regionServer, rest }), ...changed };
  writeFileSync(join(folder, "hbase-site.xml"), siteXml(settings));
  const make = (part: Part, isReady: () => Promise<boolean>): JavaServer =>
    new JavaServer({ name: `HBase (${part})`, folder, args: argumentsOf(folder, part), isReady });
  return { url: `http://127.0.0.1:${rest}`, zooKeeper: `127.0.0.1:${zooKeeper}`, make };
}

function argumentsOf(folder: string, part: Part): string[] {
  return [
    part === "gateway" ? "-Xmx256m" : "-Xmx768m",
    "-XX:MaxDirectMemorySize=256m",
    "-XX:+UseSerialGC",
    "-Dorg.apache.hbase.thirdparty.io.netty.maxDirectMemory=268435456",
    ...programArguments([folder]),
    // Compiled when it is started.
    here("HBaseNode.java"),
    part,
  ];
}

/** Of the JVM, for a program of one source file that uses HBase. @param settings Folders of a hbase-site.xml. */
export function programArguments(settings: readonly string[]): string[] {
  return [
    ...OPENED.map((packages) => `--add-opens=${packages}=ALL-UNNAMED`),
    ...EXPORTED.map((packages) => `--add-exports=${packages}=ALL-UNNAMED`),
    "-cp",
    [...settings, here("conf"), classpathOf(here("pom.xml"))].join(delimiter),
  ];
}

/** Short waits: what is down is told within seconds. What is acknowledged is in the file of the log. */
function settingsOf(
  folder: string,
  { zooKeeper, master, regionServer, rest }: Ports,
): Readonly<Record<string, string>> {
  return {
    "hbase.cluster.distributed": "false",
    "hbase.rootdir": `file://${join(folder, "root")}`,
    "hbase.tmp.dir": join(folder, "tmp"),
    "hbase.zookeeper.property.dataDir": join(folder, "zookeeper"),
    "hbase.zookeeper.quorum": "127.0.0.1",
    "hbase.zookeeper.property.clientPort": String(zooKeeper),
    "hbase.master.port": String(master),
    "hbase.master.info.port": "-1",
    "hbase.master.ipc.address": "127.0.0.1",
    "hbase.master.hostname": "localhost",
    "hbase.regionserver.port": String(regionServer),
    "hbase.regionserver.info.port": "-1",
    "hbase.regionserver.ipc.address": "127.0.0.1",
    "hbase.unsafe.regionserver.hostname": "localhost",
    "hbase.rest.host": "127.0.0.1",
    "hbase.rest.port": String(rest),
    "hbase.rest.info.port": "-1",
    "hbase.unsafe.stream.capability.enforce": "false",
    "hbase.wal.provider": "filesystem",
    "fs.file.impl": "org.apache.hadoop.fs.RawLocalFileSystem",
    "hbase.master.wait.on.regionservers.maxtostart": "1",
    "hbase.regionserver.msginterval": "500",
    "hbase.regionserver.handler.count": "16",
    "hbase.hconnection.threads.max": "32",
    "hbase.client.retries.number": "3",
    "hbase.rpc.timeout": "4000",
    "hbase.client.operation.timeout": "8000",
    "zookeeper.recovery.retry": "1",
  };
}

/** That the gateway answers is not enough: a table can be made later than that. @param ca Of its certificate, in PEM. */
function canDefine(url: string, ca?: string): Promise<boolean> {
  const options = {
    method: "PUT",
    headers: { "content-type": "application/json" },
    signal: AbortSignal.timeout(10_000),
    ...(ca === undefined ? {} : { ca }),
  };
  const target = `${url}/driftscope_probe/schema`;
  return new Promise((resolve, reject) => {
    const probe = ca === undefined ? httpRequest(target, options) : httpsRequest(target, options);
    probe.once("error", reject);
    probe.once("response", ({ statusCode }) => resolve(statusCode === 201 || statusCode === 200));
    probe.end(JSON.stringify({ ColumnSchema: [{ name: "f" }] }));
  });
}
