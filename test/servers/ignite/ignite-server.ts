/** A real Apache Ignite 2 of one node, from public packages. */
import { createHash } from "node:crypto";
import { mkdtempSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { repositoryRoot } from "../../support/repository.ts";
import { freePorts } from "../free-ports.ts";
import { classpathOf } from "../java-classpath.ts";
import { JavaServer } from "../java-server.ts";

/** Of the sources: what is built has no other files. */
const here = (name: string): string => join(repositoryRoot, "test/servers/ignite", name);

/** Of the JDK's modules, what Ignite reaches into on Java 17. */
export const OPENED = [
  "java.base/jdk.internal.access",
  "java.base/jdk.internal.misc",
  "java.base/sun.nio.ch",
  "java.base/sun.util.calendar",
  "java.base/sun.reflect.generics.reflectiveObjects",
  "java.base/java.io",
  "java.base/java.nio",
  "java.base/java.net",
  "java.base/java.util",
  "java.base/java.util.concurrent",
  "java.base/java.util.concurrent.locks",
  "java.base/java.util.concurrent.atomic",
  "java.base/java.lang",
  "java.base/java.lang.invoke",
  "java.base/java.math",
  "java.base/java.time",
  "java.base/java.text",
  "java.management/com.sun.jmx.mbeanserver",
  "jdk.internal.jvmstat/sun.jvmstat.monitor",
  "jdk.management/com.sun.management.internal",
  "java.sql/java.sql",
];

export interface IgniteOptions {
  /** Absent = none is asked for. */
  readonly secretKey?: string;
  /** Users with passwords: the first one is "ignite" with the password "ignite". */
  readonly users?: boolean;
  /** How long a login lasts when it is not used. */
  readonly sessionSeconds?: number;
  /** Absent = that of this machine. */
  readonly timeZone?: string;
  /** Jetty's own limits of a form, 200,000 bytes and 1,000 parameters, in place of larger ones. */
  readonly defaultLimits?: boolean;
}

export class IgniteServer {
  readonly url: string;
  /** Of Ignite's own clients: host:port. */
  readonly thin: string;
  readonly server: JavaServer;

  private constructor(url: string, thin: string, server: JavaServer) {
    this.url = url;
    this.thin = thin;
    this.server = server;
  }

  /** What is acknowledged is on disk. */
  static async start(options: IgniteOptions = {}): Promise<IgniteServer> {
    const folder = mkdtempSync(join(tmpdir(), "driftscope-ignite-"));
    const [rest, discovery, communication, binary, thin] = await freePorts(5);
    const url = `http://127.0.0.1:${rest}`;
    const property = (name: string, value: unknown): string => `-D${name}=${value}`;
    const server = new JavaServer({
      name: "Ignite",
      folder,
      args: [
        "-Xms128m",
        "-Xmx512m",
        "-XX:+UseSerialGC",
        ...OPENED.map((packages) => `--add-opens=${packages}=ALL-UNNAMED`),
        property("java.net.preferIPv4Stack", true),
        ...(options.timeZone === undefined ? [] : [property("user.timezone", options.timeZone)]),
        property("IGNITE_QUIET", true),
        property("IGNITE_UPDATE_NOTIFIER", false),
        property("IGNITE_NO_ASCII", true),
        property("IGNITE_PERFORMANCE_SUGGESTIONS_DISABLED", true),
        property("IGNITE_JETTY_HOST", "127.0.0.1"),
        property("IGNITE_JETTY_PORT", rest),
        property("IGNITE_REST_SESSION_TIMEOUT", options.sessionSeconds ?? 30),
        property("node.work", folder),
        property("node.jetty", here(options.defaultLimits === true ? "jetty-default.xml" : "jetty.xml")),
        property("node.secret", options.secretKey ?? ""),
        property("node.users", options.users === true),
        property("node.discovery", discovery),
        property("node.communication", communication),
        property("node.binary", binary),
        property("node.thin", thin),
        "-cp",
        classpathOf(here("pom.xml")),
        "org.apache.ignite.startup.cmdline.CommandLineStartup",
        here("ignite.xml"),
      ],
      isReady: () => isActive(url, options),
    });
    await server.start();
    return new IgniteServer(url, `127.0.0.1:${thin}`, server);
  }

  dispose(): Promise<void> {
    return this.server.dispose();
  }
}

/** A node whose data is on disk is inactive the first time: it is activated. */
async function isActive(url: string, options: IgniteOptions): Promise<boolean> {
  const login: Record<string, string> = options.users === true ? { user: "ignite", password: "ignite" } : {};
  const command = async (parameters: Record<string, string>): Promise<unknown> => {
    const answer = await fetch(`${url}/ignite`, {
      method: "POST",
      body: new URLSearchParams({ ...parameters, ...login }),
      headers: options.secretKey === undefined ? {} : { "X-Signature": signature(options.secretKey) },
      signal: AbortSignal.timeout(10_000),
    });
    return ((await answer.json()) as { response: unknown }).response;
  };
  const state = await command({ cmd: "state" });
  if (state === "INACTIVE") await command({ cmd: "setstate", state: "ACTIVE" });
  return state === "ACTIVE";
}

/** Of the REST API: a time and the SHA-1 of the time and the key. */
function signature(secretKey: string): string {
  const time = Date.now();
  const hash = createHash("sha1").update(`${time}:${secretKey}`).digest("base64");
  return `${time}:${hash}`;
}
