/** A server in a process of its own, most often a JVM, with a data folder of its own, stopped by its process id. */
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import {
  chownSync,
  closeSync,
  copyFileSync,
  existsSync,
  mkdirSync,
  openSync,
  readFileSync,
  rmSync,
} from "node:fs";
import { join } from "node:path";
import { repositoryRoot } from "../support/repository.ts";
import { standsStill } from "./stands-still.ts";

/** A busy machine takes several times what a quiet one does. */
const READY_TIMEOUT_MS = 180_000;
const PROBE_EVERY_MS = 100;
const LOG_LINES = 40;

/** Logs of the last servers of each name, for whoever looks why a test failed. */
const KEPT_LOGS = join(repositoryRoot, "test-output/servers");

export interface JavaServerOptions {
  readonly name: string;
  /** Where it keeps its data, and its log. */
  readonly folder: string;
  /** Absent = java. */
  readonly program?: string;
  readonly args: readonly string[];
  /** Whose process it is; absent = ours. */
  readonly uid?: number;
  readonly gid?: number;
  readonly env?: Readonly<Record<string, string>>;
  /** Whether it answers by its own protocol. */
  readonly isReady: () => Promise<boolean>;
}

export class JavaServer {
  readonly #options: JavaServerOptions;
  #process: ChildProcess | undefined;

  constructor(options: JavaServerOptions) {
    this.#options = options;
  }

  get logFile(): string {
    return join(this.#options.folder, "server.log");
  }

  /** Resolves when it answers. @throws Error with the end of its log. */
  async start(): Promise<void> {
    const { name, program = "java", args, uid, gid, env, folder, isReady } = this.#options;
    const log = openSync(this.logFile, "a");
    const temporary = program === "java" ? [`-Djava.io.tmpdir=${this.#temporaryFolder()}`] : [];
    const started = spawn(program, [...temporary, ...args], {
      cwd: folder,
      stdio: ["ignore", log, log],
      env: { ...process.env, ...env },
      ...(uid === undefined ? {} : { uid }),
      ...(gid === undefined ? {} : { gid }),
    });
    closeSync(log);
    this.#process = started;
    process.once("exit", this.#killAtExit);
    const deadline = performance.now() + READY_TIMEOUT_MS;
    while (!(await isReady().catch(() => false))) {
      if (started.exitCode !== null || started.signalCode !== null) {
        throw new Error(`${name} ended while it started:\n${this.#endOfLog()}`);
      }
      if (performance.now() > deadline) {
        await this.kill();
        throw new Error(`${name} did not answer within ${READY_TIMEOUT_MS / 1000} s:\n${this.#endOfLog()}`);
      }
      await new Promise((resolve) => setTimeout(resolve, PROBE_EVERY_MS));
    }
  }

  /** As when its machine dies: it gets no chance to write anything more. */
  async kill(): Promise<void> {
    await this.#end("SIGKILL");
  }

  /** It stays there and answers nothing until `thaw`. */
  async freeze(): Promise<void> {
    const { pid } = this.#process ?? {};
    if (pid === undefined) return;
    process.kill(pid, "SIGSTOP");
    await standsStill(pid);
  }

  thaw(): void {
    this.#process?.kill("SIGCONT");
  }

  /** Ends it, keeps its log and deletes its data. */
  async dispose(): Promise<void> {
    await this.kill();
    this.#keepLog();
    rmSync(this.#options.folder, { recursive: true, force: true });
  }

  /** Servers unpack libraries and web applications, and leave them behind. */
  #temporaryFolder(): string {
    const { folder, uid, gid } = this.#options;
    const path = join(folder, "java-tmp");
    mkdirSync(path, { recursive: true });
    if (uid !== undefined && gid !== undefined) chownSync(path, uid, gid);
    return path;
  }

  readonly #killAtExit = (): void => {
    this.#process?.kill("SIGKILL");
  };

  async #end(signal: NodeJS.Signals): Promise<void> {
    const running = this.#process;
    this.#process = undefined;
    process.off("exit", this.#killAtExit);
    if (running === undefined || running.exitCode !== null || running.signalCode !== null) return;
    const ended = once(running, "exit");
    running.kill(signal);
    await ended;
  }

  #keepLog(): void {
    if (!existsSync(this.logFile)) return;
    mkdirSync(KEPT_LOGS, { recursive: true });
    const name = this.#options.name.replace(/[^\w.-]+/g, "-").replace(/-$/, "");
    copyFileSync(this.logFile, join(KEPT_LOGS, `${name}.log`));
  }

  #endOfLog(): string {
    return readFileSync(this.logFile, "utf8").split("\n").slice(-LOG_LINES).join("\n");
  }
}
