/** A real H2: a database that Driftscope has no SQL of its own for. */
import { spawnSync } from "node:child_process";
import { mkdtempSync, writeFileSync } from "node:fs";
import { connect } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { freePort } from "../free-ports.ts";
import { JavaServer } from "../java-server.ts";
import { PASSWORD } from "./postgresql-server.ts";
import { sqoopClasspath } from "./sqoop-command.ts";

export const H2_USER = "SHOP";

const JVM = ["-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1", "-Xmx128m"];

export class H2Server {
  readonly #folder: string;
  readonly #port: number;
  readonly #server: JavaServer;

  private constructor(folder: string, port: number, server: JavaServer) {
    this.#folder = folder;
    this.#port = port;
    this.#server = server;
  }

  static async start(): Promise<H2Server> {
    const folder = mkdtempSync(join(tmpdir(), "driftscope-h2-"));
    const port = await freePort();
    const server = new JavaServer({
      name: "H2",
      folder,
      args: [
        ...JVM,
        "-Dh2.bindAddress=127.0.0.1",
        "-cp",
        sqoopClasspath(),
        "org.h2.tools.Server",
        ...["-tcp", "-tcpPort", String(port), "-ifNotExists", "-baseDir", folder],
      ],
      isReady: () => accepts(port),
    });
    await server.start();
    return new H2Server(folder, port, server);
  }

  /** Of JDBC. */
  get connect(): string {
    return `jdbc:h2:tcp://127.0.0.1:${this.#port}/./shop`;
  }

  /** As somebody with another client. */
  run(sql: string): void {
    const script = join(this.#folder, "script.sql");
    writeFileSync(script, sql);
    const args = ["-url", this.connect, "-user", H2_USER, "-password", PASSWORD, "-script", script];
    const { status, stderr } = spawnSync(
      "java",
      [...JVM, "-cp", sqoopClasspath(), "org.h2.tools.RunScript", ...args],
      { encoding: "utf8" },
    );
    if (status !== 0) throw new Error(`H2 refused the script:\n${stderr}`);
  }

  dispose(): Promise<void> {
    return this.#server.dispose();
  }
}

const accepts = (port: number): Promise<boolean> =>
  new Promise((resolve) => {
    const socket = connect(port, "127.0.0.1");
    socket.once("connect", () => resolve(true));
    socket.once("error", () => resolve(false));
    socket.once("close", () => socket.destroy());
    socket.once("connect", () => socket.end());
  });
