/**
 * Runs of the Sqoop command line, in local job mode: one process each, in a group of its own that is ended as a whole when it
 * is cancelled or takes too long.
 *
 * All settings of Hadoop come with the run, so that whatever installation `command` names works in this process alone, with
 * no cluster, and leaves nothing outside of the work folder.
 */
import { type ChildProcess, spawn } from "node:child_process";
import { chmodSync, mkdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { messageOf } from "../../../core/session/session-error.ts";
import { BackendError } from "../backend-error.ts";
import { optionsText, type SqoopOption } from "./options-file.ts";
import { runFailure } from "./sqoop-errors.ts";
import { PID_FILE, WorkFolder } from "./work-folder.ts";

export type SqoopCredentials =
  | { readonly username: string; readonly password: () => string }
  /** By a credential provider of Hadoop: Sqoop itself looks it up. */
  | { readonly username: string; readonly alias: string; readonly provider: string };

export interface SqoopSettings {
  /** For people: names Sqoop and the database. */
  readonly where: string;
  /** Program and first arguments; the tool's name follows. */
  readonly command: readonly string[];
  readonly environment: Readonly<Record<string, string>>;
  /** Of JDBC. */
  readonly connect: string;
  readonly driver?: string | undefined;
  readonly credentials?: SqoopCredentials | undefined;
  readonly timeLimitMs: number;
}

export interface SqoopRun {
  readonly tool: "import" | "export" | "eval" | "version" | "codegen" | "list-tables";
  /** For people: "reading records". */
  readonly doing: string;
  /** Made for it, removed by whoever made it. */
  readonly folder: string;
  readonly options: readonly SqoopOption[];
  /** Settings of Hadoop and of Sqoop's libraries, which come before all options. */
  readonly settings?: readonly SqoopOption[];
  readonly signal?: AbortSignal;
  /** Beginning and end of all that it wrote, also where it failed. */
  readonly onLog?: (text: string) => void;
}

/** Of what a run writes: the beginning and the end hold what matters. */
const OUTPUT_BYTES = 64 * 1024;

/** Sqoop's own packages reach into these on Java 17. */
const OPENED = ["java.base/java.lang", "java.base/java.util"];

export class SqoopProgram {
  readonly settings: SqoopSettings;
  readonly work = new WorkFolder();
  #lastRunMs = 0;
  readonly #running = new Set<ChildProcess>();
  #isClosed = false;

  constructor(settings: SqoopSettings) {
    this.settings = settings;
  }

  /** What it wrote to its standard output. @throws BackendError */
  async run(run: SqoopRun): Promise<string> {
    const { tool, folder, options, settings = [], signal } = run;
    signal?.throwIfAborted();
    if (this.#isClosed) throw new BackendError("backend-unavailable", `${this.settings.where} is closed.`);
    const password = join(folder, "password");
    const file = join(folder, "options");
    const ours =
      tool === "version" ? [] : [...hadoopOptions(folder), ...settings, ...this.#connection(password)];
    const started = performance.now();
    writeFileSync(file, optionsText([...ours, ...options]), { mode: 0o600 });
    try {
      const said = await this.#spawn(run, file);
      this.#lastRunMs = performance.now() - started;
      return said;
    } finally {
      rmSync(password, { force: true });
    }
  }

  /** What the last run that succeeded took: the next one will take about the same. */
  get lastRunMs(): number {
    return this.#lastRunMs;
  }

  /** Ends what runs. */
  async close(): Promise<void> {
    this.#isClosed = true;
    const ended = Array.from(
      this.#running,
      (child) => new Promise((resolve) => child.once("close", resolve)),
    );
    for (const child of this.#running) end(child);
    await Promise.all(ended);
    this.work.dispose();
  }

  #connection(passwordFile: string): SqoopOption[] {
    const { connect, driver, credentials } = this.settings;
    const options: SqoopOption[] = [];
    if (credentials !== undefined && "alias" in credentials) {
      options.push([`-Dhadoop.security.credential.provider.path=${credentials.provider}`]);
    }
    options.push(["--connect", connect]);
    if (driver !== undefined) options.push(["--driver", driver]);
    if (credentials === undefined) return options;
    options.push(["--username", credentials.username]);
    if ("alias" in credentials) return [...options, ["--password-alias", credentials.alias]];
    // Without a line break: Sqoop would take it for a part of the password.
    writeFileSync(passwordFile, credentials.password(), { mode: 0o600 });
    chmodSync(passwordFile, 0o600);
    return [...options, ["--password-file", pathToFileURL(passwordFile).href]];
  }

  async #spawn({ tool, doing, folder, signal, onLog }: SqoopRun, optionsFile: string): Promise<string> {
    const { command, timeLimitMs, where } = this.settings;
    const [program = "sqoop", ...first] = command;
    const child = spawn(program, [...first, tool, "--options-file", optionsFile], {
      cwd: folder,
      env: this.#environment(folder),
      stdio: ["ignore", "pipe", "pipe"],
      // A group of its own: programs that are scripts start Java as their child.
      detached: true,
    });
    this.#running.add(child);
    if (child.pid !== undefined) writeFileSync(join(folder, PID_FILE), String(child.pid));
    const stdout = collected(child.stdout);
    const stderr = collected(child.stderr);
    let isLate = false;
    const timer = setTimeout(() => {
      isLate = true;
      end(child);
    }, timeLimitMs);
    const cancel = (): void => end(child);
    signal?.addEventListener("abort", cancel);
    try {
      const { code, killedBy } = await exit(child, program);
      signal?.throwIfAborted();
      onLog?.(`${stdout()}\n${stderr()}`);
      if (isLate) {
        throw new BackendError(
          "backend-failed",
          `Sqoop did not end ${doing} within ${timeLimitMs / 1000} s and was stopped. Is ${where} answering, or is somebody holding a lock there? A longer limit is "timeLimitMs" in the config file.`,
          { nothingWritten: false },
        );
      }
      if (code === 0) return stdout();
      const how = killedBy === null ? `code ${code}` : `ended by ${killedBy}`;
      throw runFailure(where, doing, stderr(), how);
    } finally {
      clearTimeout(timer);
      signal?.removeEventListener("abort", cancel);
      this.#running.delete(child);
    }
  }

  #environment(folder: string): NodeJS.ProcessEnv {
    const temporary = join(folder, "tmp");
    mkdirSync(temporary, { recursive: true });
    const given = { ...process.env, ...this.settings.environment };
    const options = [
      given.JAVA_TOOL_OPTIONS ?? "",
      "-XX:+IgnoreUnrecognizedVMOptions",
      ...OPENED.map((packages) => `--add-opens=${packages}=ALL-UNNAMED`),
      "-XX:-UsePerfData",
      `"-Djava.io.tmpdir=${temporary}"`,
      // Where Sqoop makes its folder of generated classes, also where it is told another one.
      `"-Dtest.build.data=${temporary}"`,
    ];
    return { ...given, JAVA_TOOL_OPTIONS: options.join(" ").trim() };
  }
}

/** Local job mode, with everything in one folder. */
function hadoopOptions(folder: string): SqoopOption[] {
  const hadoop = join(folder, "hadoop");
  const settings: Readonly<Record<string, string>> = {
    "mapreduce.framework.name": "local",
    // Sqoop's own sign of local mode: it loads the class that it generated into this process.
    "mapreduce.jobtracker.address": "local",
    "fs.defaultFS": "file:///",
    "hadoop.tmp.dir": hadoop,
    "mapreduce.jobtracker.staging.root.dir": join(hadoop, "staging"),
    "mapreduce.cluster.local.dir": join(hadoop, "local"),
    // A second and five seconds, when nobody says so.
    "mapreduce.client.progressmonitor.pollinterval": "20",
    "mapreduce.client.completion.pollinterval": "20",
  };
  return Object.entries(settings).map(([name, value]) => [`-D${name}=${value}`]);
}

function end(child: ChildProcess): void {
  if (child.pid === undefined) return;
  try {
    process.kill(-child.pid, "SIGKILL");
  } catch {
    // It has ended by itself.
  }
}

function exit(
  child: ChildProcess,
  program: string,
): Promise<{ code: number | null; killedBy: NodeJS.Signals | null }> {
  return new Promise((resolve, reject) => {
    child.once("error", (error) => {
      const isMissing = "code" in error && error.code === "ENOENT";
      const why = isMissing ? "there is no such program" : messageOf(error);
      reject(
        new BackendError(
          "backend-unavailable",
          `Sqoop cannot be started as ${program}: ${why}. Install Sqoop 1.4.7 and put its program on the PATH, or say how it is started by "command" in the config file.`,
          { cause: error },
        ),
      );
    });
    child.once("close", (code, killedBy) => resolve({ code, killedBy }));
  });
}

/** Beginning and end of what a stream gives. */
function collected(stream: NodeJS.ReadableStream | null): () => string {
  let first = "";
  let last = "";
  stream?.setEncoding("utf8");
  stream?.on("data", (text: string) => {
    const room = OUTPUT_BYTES - first.length;
    first += text.slice(0, room);
    last = (last + text.slice(room)).slice(-OUTPUT_BYTES);
  });
  return () => first + last;
}
