/** A real Apache Kafka of one node (KRaft), from public packages. */
import { spawnSync } from "node:child_process";
import { randomBytes } from "node:crypto";
import { mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { KafkaCluster } from "../../../bridge/backends/kafka/client/kafka-cluster.ts";
import { repositoryRoot } from "../../support/repository.ts";
import { freePorts } from "../free-ports.ts";
import { classpathOf } from "../java-classpath.ts";
import { JavaServer } from "../java-server.ts";
import { type SelfSigned, selfSigned } from "../self-signed.ts";

/** Of the sources: what is built has no other files. */
const here = (name: string): string => join(repositoryRoot, "test/servers/kafka", name);

export interface KafkaLogin {
  readonly username: string;
  readonly password: string;
}

export interface KafkaOptions {
  /**
   * Listeners with a login, without TLS (SASL PLAIN and SCRAM-SHA-512) and with it (SCRAM-SHA-256 as well); rights are asked
   * for, which `admin` has all of.
   */
  readonly logins?: readonly KafkaLogin[];
  /** The port that clients are told to use, by the one that it listens on: of a proxy before it. */
  readonly advertised?: (port: number) => Promise<number>;
}

export class KafkaServer {
  readonly server: JavaServer;
  /** host:port, open to everybody on this machine. */
  readonly broker: string;
  /** host:port of the listeners with a login. */
  readonly sasl: string;
  readonly saslTls: string;
  readonly tls: string;
  readonly certificate: SelfSigned | undefined;

  /** Of its log, while it is stopped. */
  readonly dataFolder: string;

  private constructor(
    server: JavaServer,
    folder: string,
    ports: readonly number[],
    certificate: SelfSigned | undefined,
  ) {
    this.dataFolder = dataIn(folder);
    const [broker, sasl, saslTls, tls] = ports.map((port) => `127.0.0.1:${port}`);
    this.server = server;
    this.broker = broker as string;
    this.sasl = sasl as string;
    this.saslTls = saslTls as string;
    this.tls = tls as string;
    this.certificate = certificate;
  }

  static async start(options: KafkaOptions = {}): Promise<KafkaServer> {
    const folder = mkdtempSync(join(tmpdir(), "driftscope-kafka-"));
    const [controller, ...ports] = await freePorts(5);
    const certificate = options.logins === undefined ? undefined : selfSigned(folder);
    const properties = join(folder, "server.properties");
    const advertised = await options.advertised?.(ports[0] as number);
    const settings = {
      ...settingsOf(folder, controller as number, ports, options, certificate),
      ...(advertised === undefined ? {} : { "advertised.listeners": `PLAIN://127.0.0.1:${advertised}` }),
    };
    writeFileSync(
      properties,
      Object.entries(settings)
        .map(([name, value]) => `${name}=${value}\n`)
        .join(""),
      { mode: 0o600 },
    );
    const java = [`-Dlog4j2.configurationFile=${here("log4j2.xml")}`, "-cp", classpathOf(here("pom.xml"))];
    format(java, properties, options.logins ?? []);
    const server = new JavaServer({
      name: "Kafka",
      folder,
      args: ["-Xms128m", "-Xmx512m", "-XX:+UseSerialGC", ...java, "kafka.Kafka", properties],
      isReady: () => takesTransactions(ports[0] as number),
    });
    await server.start();
    return new KafkaServer(server, folder, ports, certificate);
  }

  dispose(): Promise<void> {
    return this.server.dispose();
  }
}

const dataIn = (folder: string): string => join(folder, "data");

/** None that begins with "-", which the tool would take for an option. */
function clusterId(): string {
  const bytes = randomBytes(16);
  bytes[0] = (bytes[0] ?? 0) & 0x7f;
  return bytes.toString("base64url");
}

function format(java: readonly string[], properties: string, logins: readonly KafkaLogin[]): void {
  const id = clusterId();
  const scram = logins.flatMap(({ username, password }) =>
    ["SCRAM-SHA-256", "SCRAM-SHA-512"].flatMap((mechanism) => [
      "--add-scram",
      `${mechanism}=[name=${username},password="${password}"]`,
    ]),
  );
  const tool = [...java, "kafka.tools.StorageTool", "format", "-t", id, "-c", properties, ...scram];
  const { status, stdout, stderr } = spawnSync("java", ["-Xmx128m", ...tool], { encoding: "utf8" });
  if (status !== 0) throw new Error(`Kafka's data folder could not be made:\n${stdout}${stderr}`);
}

/** A broker answers before it can do everything: the coordinator of transactions comes last. */
async function takesTransactions(port: number): Promise<boolean> {
  const brokers = [{ host: "127.0.0.1", port }];
  const cluster = new KafkaCluster({ where: "Kafka", brokers, requestTimeoutMs: 10_000 });
  try {
    await cluster.takeOver("driftscope.ready");
    return true;
  } finally {
    await cluster.close();
  }
}

function settingsOf(
  folder: string,
  controller: number,
  [plain, sasl, saslTls, tls]: readonly number[],
  { logins }: KafkaOptions,
  certificate: SelfSigned | undefined,
): Record<string, string | number | boolean> {
  const listeners = [`PLAIN://127.0.0.1:${plain}`];
  if (logins !== undefined) {
    listeners.push(`LOGIN://127.0.0.1:${sasl}`, `LOGINTLS://127.0.0.1:${saslTls}`, `TLS://127.0.0.1:${tls}`);
  }
  return {
    "process.roles": "broker,controller",
    "node.id": 1,
    "controller.quorum.voters": `1@127.0.0.1:${controller}`,
    listeners: [...listeners, `CONTROLLER://127.0.0.1:${controller}`].join(),
    "advertised.listeners": listeners.join(),
    "listener.security.protocol.map":
      "PLAIN:PLAINTEXT,CONTROLLER:PLAINTEXT,LOGIN:SASL_PLAINTEXT,LOGINTLS:SASL_SSL,TLS:SSL",
    "controller.listener.names": "CONTROLLER",
    "inter.broker.listener.name": "PLAIN",
    "log.dirs": dataIn(folder),
    "num.partitions": 1,
    "default.replication.factor": 1,
    "offsets.topic.replication.factor": 1,
    "offsets.topic.num.partitions": 1,
    "transaction.state.log.replication.factor": 1,
    "transaction.state.log.min.isr": 1,
    "transaction.state.log.num.partitions": 1,
    "share.coordinator.state.topic.replication.factor": 1,
    "share.coordinator.state.topic.min.isr": 1,
    "share.coordinator.state.topic.num.partitions": 1,
    "group.initial.rebalance.delay.ms": 0,
    "auto.create.topics.enable": false,
    // Compaction is looked for all the time: a test makes topics that compact each second.
    "log.cleaner.backoff.ms": 200,
    "log.initial.task.delay.ms": 500,
    "log.retention.check.interval.ms": 1000,
    "broker.session.timeout.ms": 2000,
    "broker.heartbeat.interval.ms": 500,
    ...(logins === undefined ? {} : loginSettings(logins, certificate)),
  };
}

function loginSettings(
  logins: readonly KafkaLogin[],
  certificate: SelfSigned | undefined,
): Record<string, string | boolean> {
  const users = logins.map(({ username, password }) => `user_${username}="${password}"`).join(" ");
  const module = `org.apache.kafka.common.security.plain.PlainLoginModule required ${users};`;
  const scram = "org.apache.kafka.common.security.scram.ScramLoginModule required;";
  const { file = "", password = "" } = certificate?.keystore ?? {};
  return {
    "listener.name.login.sasl.enabled.mechanisms": "PLAIN,SCRAM-SHA-512",
    "listener.name.logintls.sasl.enabled.mechanisms": "PLAIN,SCRAM-SHA-256,SCRAM-SHA-512",
    "listener.name.login.plain.sasl.jaas.config": module,
    "listener.name.login.scram-sha-512.sasl.jaas.config": scram,
    "listener.name.logintls.plain.sasl.jaas.config": module,
    "listener.name.logintls.scram-sha-256.sasl.jaas.config": scram,
    "listener.name.logintls.scram-sha-512.sasl.jaas.config": scram,
    "ssl.keystore.location": file,
    "ssl.keystore.password": password,
    "ssl.key.password": password,
    "authorizer.class.name": "org.apache.kafka.metadata.authorizer.StandardAuthorizer",
    // Who comes without a login is the tests themselves.
    "super.users": "User:admin;User:ANONYMOUS",
    "allow.everyone.if.no.acl.found": false,
  };
}
