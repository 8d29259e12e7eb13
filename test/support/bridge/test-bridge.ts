/** A real bridge process for a test: its own data folder, a free port, and panels that pair with it. */
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import * as v from "valibot";
import { BridgeClient, type BridgeClientOptions } from "../../../core/protocol/client/bridge-client.ts";
import type { BridgeCredentials } from "../../../core/protocol/client/bridge-credentials.ts";
import { freePort } from "../../servers/free-ports.ts";
import { builtBridge } from "./built-bridge.ts";
import { childrenOf } from "./child-processes.ts";
import { PanelSocket } from "./panel-socket.ts";

const StartedSchema = v.object({ port: v.number(), pairing: v.string(), bridgeId: v.string() });

export const PANEL: BridgeClientOptions = { WebSocket: PanelSocket, label: "a test" };

export interface CliResult {
  readonly exitCode: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

export interface StartedCli {
  readonly child: ChildProcess;
  readonly ended: Promise<CliResult>;
  /** Resolves when it has printed this. */
  waitFor(text: string): Promise<void>;
}

export class TestBridge {
  /** Holds the config file and, in `data`, everything else. */
  readonly folder: string;
  readonly #clients: BridgeClient[] = [];
  #process: ChildProcess | undefined;
  #started: v.InferOutput<typeof StartedSchema> | undefined;

  private constructor(folder: string) {
    this.folder = folder;
  }

  /** @param config Content of driftscope.config.json; absent = the defaults. */
  static async start(config?: object): Promise<TestBridge> {
    const bridge = new TestBridge(mkdtempSync(join(tmpdir(), "driftscope-bridge-")));
    if (config !== undefined) {
      writeFileSync(join(bridge.folder, "driftscope.config.json"), JSON.stringify(config));
    }
    await bridge.run(await freePort());
    return bridge;
  }

  get dataDir(): string {
    return join(this.folder, "data");
  }

  get pairing(): string {
    return this.#running().pairing;
  }

  get port(): number {
    return this.#running().port;
  }

  get bridgeId(): string {
    return this.#running().bridgeId;
  }

  /** Starts the process; after `kill` or `stop` on the port it had. */
  async run(port = this.port): Promise<void> {
    const args = ["bridge", "--port", String(port), "--data", this.dataDir, "--json"];
    const child = this.#spawn(args);
    this.#process = child;
    let stderr = "";
    child.stderr?.on("data", (data) => {
      stderr += String(data);
    });
    for await (const line of createInterface({ input: child.stdout as NodeJS.ReadableStream })) {
      this.#started = v.parse(StartedSchema, JSON.parse(line));
      return;
    }
    throw new Error(`The bridge ended: ${stderr}`);
  }

  /** A panel that is paired with the code of the last start, or with a new one. */
  async pair(pairing?: string): Promise<{ client: BridgeClient; credentials: BridgeCredentials }> {
    let credentials: BridgeCredentials | undefined;
    const keep = async (given: BridgeCredentials): Promise<void> => {
      credentials = given;
    };
    const line = pairing ?? (await this.cli("pair", "--data", this.dataDir)).stdout.trim();
    const client = await BridgeClient.pair(line, keep, PANEL);
    this.#clients.push(client);
    if (credentials === undefined) throw new Error("pairing kept nothing");
    return { client, credentials };
  }

  /** Runs another command of the command line to its end. */
  cli(...args: string[]): Promise<CliResult> {
    return this.startCli(...args).ended;
  }

  /** Another command, which can be watched and signalled while it runs. */
  startCli(...args: string[]): StartedCli {
    const child = this.#spawn(args);
    let stdout = "";
    let stderr = "";
    child.stdout?.on("data", (data) => {
      stdout += String(data);
    });
    child.stderr?.on("data", (data) => {
      stderr += String(data);
    });
    const ended = once(child, "close").then(([exitCode]) => ({ exitCode, stdout, stderr }));
    const waitFor = async (text: string): Promise<void> => {
      while (!stdout.includes(text)) {
        await Promise.race([once(child.stdout as NodeJS.ReadableStream, "data"), ended]);
        if (child.exitCode !== null) throw new Error(`it ended without saying "${text}": ${stdout}${stderr}`);
      }
    };
    return { child, ended, waitFor };
  }

  get pid(): number {
    if (this.#process?.pid === undefined) throw new Error("The bridge was not started");
    return this.#process.pid;
  }

  /** Process ids of the bridge's own children: the embedded backends. */
  children(): number[] {
    return childrenOf(this.pid);
  }

  /** SIGKILL: nothing is flushed, nobody is told. */
  kill(): Promise<void> {
    return this.#end("SIGKILL");
  }

  /** SIGTERM; resolves with the exit code. */
  async stop(): Promise<number | null> {
    await this.#end("SIGTERM");
    return this.#process?.exitCode ?? null;
  }

  async dispose(): Promise<void> {
    for (const client of this.#clients) client.close();
    await this.#end("SIGTERM");
    rmSync(this.folder, { recursive: true, force: true });
  }

  async #end(signal: NodeJS.Signals): Promise<void> {
    const child = this.#process;
    if (child === undefined || child.exitCode !== null || child.signalCode !== null) return;
    const ended = once(child, "exit");
    child.kill(signal);
    await ended;
  }

  #running(): v.InferOutput<typeof StartedSchema> {
    if (this.#started === undefined) throw new Error("The bridge was not started");
    return this.#started;
  }

  #spawn(args: readonly string[]): ChildProcess {
    return spawn(process.execPath, [join(builtBridge(), "bridge/cli/main.js"), ...args], {
      cwd: this.folder,
      stdio: ["ignore", "pipe", "pipe"],
    });
  }
}
