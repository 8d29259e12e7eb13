import { type ChildProcess, execFile, spawn } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { promisify } from "node:util";
import { parsePairing } from "../../../core/protocol/pairing-string.ts";
import { freePort } from "../../servers/free-ports.ts";
import { repositoryRoot } from "../repository.ts";

const CLI = join(repositoryRoot, "dist/node/bridge/cli/main.js");
const PAIRING = /driftscope:\d+:\S+/;

export interface BridgeOptions {
  /** Working folder and data folder of the bridge; must exist. */
  readonly folder: string;
  /** Absent = a free one. */
  readonly port?: number;
}

/** `driftscope bridge` as a process of its own, as a person would start it. */
export class BridgeProcess {
  readonly folder: string;
  readonly port: number;
  readonly #child: ChildProcess;
  readonly #ended: Promise<unknown>;

  private constructor(child: ChildProcess, ended: Promise<unknown>, folder: string, port: number) {
    this.#child = child;
    this.#ended = ended;
    this.folder = folder;
    this.port = port;
  }

  /** Resolves when it listens. */
  static async start({ folder, port }: BridgeOptions): Promise<BridgeProcess> {
    const listening = String(port ?? (await freePort()));
    const child = spawn(process.execPath, [CLI, "bridge", "--port", listening, "--data", folder], {
      cwd: folder,
      stdio: ["ignore", "pipe", "pipe"],
      // Away from the terminal's process group: Ctrl+C ends our side first, which then closes the bridge.
      detached: true,
    });
    const ended = once(child, "exit");
    const said: string[] = [];
    child.stderr.on("data", (data) => said.push(String(data)));
    for await (const line of createInterface(child.stdout)) {
      said.push(line);
      const pairing = PAIRING.exec(line)?.[0];
      if (!pairing) continue;
      child.stdout.resume();
      return new BridgeProcess(child, ended, folder, parsePairing(pairing).port);
    }
    await ended;
    throw new Error(`the bridge ended: ${said.join("\n")}`);
  }

  get pid(): number {
    if (this.#child.pid === undefined) throw new Error("the bridge was never started");
    return this.#child.pid;
  }

  /** A new pairing string, for one panel. */
  async pairing(): Promise<string> {
    const { stdout } = await promisify(execFile)(process.execPath, [CLI, "pair", "--data", this.folder], {
      cwd: this.folder,
    });
    const pairing = PAIRING.exec(stdout)?.[0];
    if (!pairing) throw new Error(`driftscope pair printed no pairing string: ${stdout}`);
    return pairing;
  }

  /** As a crash: nothing is flushed, nobody is told. */
  async kill(): Promise<void> {
    this.#child.kill("SIGKILL");
    await this.#ended;
  }

  /** Another bridge on the same port and data. */
  restart(): Promise<BridgeProcess> {
    return BridgeProcess.start({ folder: this.folder, port: this.port });
  }

  async close(): Promise<void> {
    this.#child.kill("SIGTERM");
    await this.#ended;
  }
}
