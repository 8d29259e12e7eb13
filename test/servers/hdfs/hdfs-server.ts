/** A real HDFS, a NameNode with one DataNode, from public packages. */
import { mkdirSync, mkdtempSync, writeFileSync } from "node:fs";
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
const here = (name: string): string => join(repositoryRoot, "test/servers/hdfs", name);

/** What a process has of it. */
type Part = "all" | "name" | "data" | "standby";

export interface Ports {
  readonly nameRpc: number;
  readonly nameHttp: number;
  readonly data: number;
  readonly dataIpc: number;
  readonly dataHttp: number;
  readonly nameHttps: number;
  readonly dataHttps: number;
}

export class HdfsServer {
  /** Of the NameNode's web server. */
  readonly url: string;
  /** As Hadoop's own clients name it. */
  readonly uri: string;
  /** Both nodes, or the NameNode where the DataNode has a process of its own. */
  readonly nodes: JavaServer;
  readonly dataNode: JavaServer | undefined;

  private constructor(url: string, uri: string, nodes: JavaServer, dataNode?: JavaServer) {
    this.url = url;
    this.uri = uri;
    this.nodes = nodes;
    this.dataNode = dataNode;
  }

  /** @param changed Settings of Hadoop. */
  static async start(changed: Readonly<Record<string, string>> = {}): Promise<HdfsServer> {
    const { url, uri, make } = await prepare(changed);
    const nodes = make("all", () => takesFiles(url));
    await nodes.start();
    return new HdfsServer(url, uri, nodes);
  }

  /** Both nodes speak TLS alone, with a certificate that it signed itself. */
  static async startWithTls({ keystore, certificate }: SelfSigned): Promise<HdfsServer> {
    const { url, uri, folder, ports, make } = await prepare({ "dfs.http.policy": "HTTPS_ONLY" });
    const ssl = {
      "ssl.server.keystore.location": keystore.file,
      "ssl.server.keystore.password": keystore.password,
      "ssl.server.keystore.keypassword": keystore.password,
    };
    writeFileSync(join(folder, "ssl-server.xml"), siteXml(ssl));
    const secure = url.replace(/^http:.*/, `https://127.0.0.1:${ports.nameHttps}`);
    const nodes = make("all", () => takesFiles(secure, certificate));
    await nodes.start();
    return new HdfsServer(secure, uri, nodes);
  }

  /** The DataNode in a process of its own, which can be killed alone. */
  static async startApart(): Promise<HdfsServer> {
    const { url, uri, make } = await prepare({});
    // It is ready when it has somewhere to write to.
    const name = make("name", async () => true);
    const data = make("data", () => takesFiles(url));
    await name.start();
    await data.start();
    return new HdfsServer(url, uri, name, data);
  }

  async dispose(): Promise<void> {
    await this.dataNode?.kill();
    await this.nodes.dispose();
  }
}

async function prepare(changed: Readonly<Record<string, string>>): Promise<{
  url: string;
  uri: string;
  folder: string;
  ports: Ports;
  make: (part: Part, isReady: () => Promise<boolean>) => JavaServer;
}> {
  const folder = mkdtempSync(join(tmpdir(), "driftscope-hdfs-"));
  const ports = portsOf(await freePorts(7));
  configure(folder, { ...settingsOf(folder, ports), ...changed });
  const make = (part: Part, isReady: () => Promise<boolean>): JavaServer => nodeIn(folder, part, isReady);
  const { nameHttp, nameRpc } = ports;
  return {
    url: `http://127.0.0.1:${nameHttp}`,
    uri: `hdfs://127.0.0.1:${nameRpc}`,
    folder,
    ports,
    make,
  };
}

/** What the nodes look for on the class path. */
export function configure(folder: string, settings: Readonly<Record<string, string>>): void {
  // They find nothing of interest in these.
  for (const app of ["hdfs", "datanode"]) {
    mkdirSync(join(folder, "webapps", app, "WEB-INF"), { recursive: true });
  }
  writeFileSync(join(folder, "hdfs-site.xml"), siteXml(settings));
  writeFileSync(join(folder, "core-site.xml"), siteXml(settings));
}

/** @param folder That was configured. */
export const nodeIn = (folder: string, part: Part, isReady: () => Promise<boolean>): JavaServer =>
  new JavaServer({ name: `HDFS (${part})`, folder, args: argumentsOf(folder, part), isReady });

export function portsOf(free: readonly number[]): Ports {
  const [nameRpc = 0, nameHttp = 0, data = 0, dataIpc = 0, dataHttp = 0, nameHttps = 0, dataHttps = 0] = free;
  return { nameRpc, nameHttp, data, dataIpc, dataHttp, nameHttps, dataHttps };
}

function argumentsOf(folder: string, part: Part): string[] {
  return [
    "-Xmx384m",
    "-XX:+UseSerialGC",
    "-XX:TieredStopAtLevel=1",
    "-Djava.net.preferIPv4Stack=true",
    `-Djava.util.logging.config.file=${here("conf/jul.properties")}`,
    ...programArguments([folder]),
    // Compiled when it is started.
    here("HdfsNode.java"),
    part,
  ];
}

/** Of the JVM, for a program of one source file that uses HDFS. @param settings Folders of a core-site.xml. */
export function programArguments(settings: readonly string[]): string[] {
  return [
    "--add-opens=java.base/java.lang=ALL-UNNAMED",
    "-cp",
    [...settings, here("conf"), classpathOf(here("pom.xml"))].join(delimiter),
  ];
}

/** What is down is told within seconds; small files are closed without a long wait. */
export function settingsOf(folder: string, ports: Ports): Readonly<Record<string, string>> {
  return {
    "fs.defaultFS": `hdfs://127.0.0.1:${ports.nameRpc}`,
    "hadoop.tmp.dir": join(folder, "tmp"),
    "hadoop.http.staticuser.user": "nobody",
    "dfs.replication": "1",
    // Files of several blocks, as large ones are everywhere.
    "dfs.blocksize": String(1024 * 1024),
    "dfs.namenode.name.dir": `file://${join(folder, "name")}`,
    "dfs.datanode.data.dir": `file://${join(folder, "data")}`,
    "dfs.namenode.rpc-address": `127.0.0.1:${ports.nameRpc}`,
    "dfs.namenode.http-address": `127.0.0.1:${ports.nameHttp}`,
    "dfs.datanode.address": `127.0.0.1:${ports.data}`,
    "dfs.datanode.ipc.address": `127.0.0.1:${ports.dataIpc}`,
    "dfs.datanode.http.address": `127.0.0.1:${ports.dataHttp}`,
    "dfs.namenode.https-address": `127.0.0.1:${ports.nameHttps}`,
    "dfs.datanode.https.address": `127.0.0.1:${ports.dataHttps}`,
    "dfs.datanode.hostname": "127.0.0.1",
    "dfs.namenode.datanode.registration.ip-hostname-check": "false",
    "dfs.namenode.safemode.extension": "0",
    "dfs.heartbeat.interval": "1",
    "dfs.namenode.heartbeat.recheck-interval": "2000",
    "dfs.blockreport.initialDelay": "0",
    "dfs.datanode.du.reserved": "0",
    "dfs.client.block.write.replace-datanode-on-failure.policy": "NEVER",
    "dfs.client.block.write.locateFollowingBlock.initial.delay.ms": "5",
    "dfs.client.block.write.locateFollowingBlock.retries": "10",
  };
}

/** That the NameNode answers is not enough: a file can be made later than that. @param ca Of its certificate, in PEM. */
export async function takesFiles(url: string, ca?: string): Promise<boolean> {
  const probe = `${url}/webhdfs/v1/driftscope-probe?op=CREATE&overwrite=true&user.name=root`;
  const { location } = await put(probe, ca);
  return location !== undefined && (await put(location, ca)).status === 201;
}

function put(
  target: string,
  ca: string | undefined,
): Promise<{ readonly status: number | undefined; readonly location: string | undefined }> {
  return new Promise((resolve, reject) => {
    const options = { method: "PUT", signal: AbortSignal.timeout(10_000) };
    const probe = ca === undefined ? httpRequest(target, options) : httpsRequest(target, { ...options, ca });
    probe.once("error", reject);
    probe.once("response", (answer) => {
      answer.resume();
      resolve({ status: answer.statusCode, location: answer.headers.location });
    });
    probe.end();
  });
}
