/** One run of a job: its input, its program, and what becomes of its output. */
import { resolve } from "node:path";
import type { JobRun, RunEnd } from "../../core/protocol/job-frames.ts";
import { ProtocolError } from "../../core/protocol/protocol-error.ts";
import { messageOf } from "../../core/session/session-error.ts";
import { BackendError } from "../backends/backend-error.ts";
import type { JobConfig } from "../config/jobs-schema.ts";
import { Blotter } from "./blotter.ts";
import { jobArguments } from "./job-arguments.ts";
import { jobEnvironment } from "./job-environment.ts";
import { kindOf, type Progress } from "./job-kinds.ts";
import type { CommittedOutput, OutputClaim, PreparedInput, StoredRun } from "./job-storage.ts";
import type { JobStorages } from "./job-storages.ts";
import { LastLines } from "./last-lines.ts";
import { processIdentity } from "./process-identity.ts";
import type { Begun, RunFile } from "./run-file.ts";
import { RunLog } from "./run-log.ts";
import { type ProgramEnd, runProgram } from "./run-program.ts";

const MINUTE = 60_000;

/** Why a run was ended before its program had come to its end. */
export type EndedBy = "cancelled" | "timed-out" | "stopped";

export interface JobRunOptions {
  readonly config: JobConfig;
  readonly configFolder: string;
  readonly begun: Begun;
  /** The run's own. */
  readonly folder: string;
  readonly file: RunFile;
  readonly storages: JobStorages;
  readonly claim: OutputClaim | undefined;
  readonly onChange: () => void;
  readonly now: () => number;
}

/** What became of a run, without what every end has. */
type Outcome = Omit<RunEnd, "endedAt" | "printed">;

export class RunningJob {
  readonly log: RunLog;
  readonly #options: JobRunOptions;
  readonly #abort = new AbortController();
  readonly #lastLines = new LastLines();
  #progress: Progress | undefined;
  #prepared: PreparedInput | undefined;
  /** Its output is being checked and committed: too late to cancel. */
  #isCommitting = false;

  constructor(options: JobRunOptions) {
    this.#options = options;
    this.log = new RunLog(options.folder);
  }

  get described(): JobRun {
    const { runId, job, startedAt, parameters, by } = this.#options.begun;
    const progress = this.#progress === undefined ? {} : { progress: this.#progress };
    return { runId, job, startedAt, parameters, by, state: "running", printed: this.log.end, ...progress };
  }

  /** False where its output is being committed already. */
  end(by: EndedBy): boolean {
    if (this.#isCommitting) return false;
    this.#abort.abort(by);
    return true;
  }

  /** Resolves when everything of it has ended and its end is on record. @throws ProtocolError "journal-failed" */
  async toEnd(): Promise<RunEnd> {
    const { file, now, config } = this.#options;
    const limit = setTimeout(() => this.end("timed-out"), config.timeLimitMinutes * MINUTE);
    const outcome = await this.#run().finally(() => clearTimeout(limit));
    // What stays costs room and nothing else.
    await this.#prepared?.release?.().catch(() => {});
    const lastLines = outcome.state === "succeeded" ? {} : { lastLines: [...this.#lastLines.lines] };
    const end = { ...outcome, ...lastLines, endedAt: now(), printed: this.log.end };
    await file.end(end);
    return end;
  }

  /** Never throws: what went wrong is its outcome. */
  async #run(): Promise<Outcome> {
    let outcome: Outcome;
    try {
      const program = await this.#runProgram();
      outcome = this.#failureOf(program) ?? (await this.#commit(program));
    } catch (error) {
      outcome = this.#endedEarly() ?? { state: "failed", problem: problemOf(error) };
    }
    return this.#settleOutput(outcome);
  }

  async #runProgram(): Promise<ProgramEnd> {
    const { config, configFolder, begun, file, storages } = this.#options;
    const { variables, secrets } = jobEnvironment(config, configFolder);
    const { input, output } = config;
    const prepared = input && (await storages.of(input).prepareInput(this.#stored, input));
    this.#prepared = prepared;
    const { makesOutput, progress } = kindOf(config);
    const fresh =
      output && (await storages.of(output).freshOutput(this.#stored, output, { make: !makesOutput }));
    const places = { input: prepared?.inputUri, manifest: prepared?.manifestUri, output: fresh?.outputUri };
    this.#abort.signal.throwIfAborted();
    return runProgram({
      command: jobArguments(config, places, begun.parameters),
      folder: resolve(configFolder, config.folder ?? "."),
      environment: variables,
      runId: begun.runId,
      blotter: new Blotter(secrets),
      signal: this.#abort.signal,
      onStart: async (pid) => file.noteProcess(await processIdentity(pid)),
      onPrinted: (text) => this.#print(text),
      onProgress: (line) => {
        const told = progress(line);
        if (told === undefined) return;
        this.#progress = told;
        this.#options.onChange();
      },
    });
  }

  async #print(text: string): Promise<void> {
    this.#lastLines.add(text);
    // A disk that is full costs the log: whether the output is whole is for the commit to say.
    await this.log.append(text).catch(() => {});
    this.#options.onChange();
  }

  /** Undefined where the program says that all is well. */
  #failureOf({ exitCode, signal, isStillThere }: ProgramEnd): Outcome | undefined {
    const how = { ...(exitCode === null ? {} : { exitCode }), ...(signal === null ? {} : { signal }) };
    const early = this.#endedEarly();
    if (early !== undefined) return { ...early, ...how };
    if (isStillThere) return failed(how, "Processes of it could not be ended: end them, and run it again.");
    if (exitCode === 0) return undefined;
    const said =
      exitCode === null ? `It was ended by the signal ${signal}` : `It ended with exit code ${exitCode}`;
    return failed(how, `${said}: the last lines of its log say why. ${NOTHING_CHANGED}`);
  }

  #endedEarly(): Outcome | undefined {
    if (!this.#abort.signal.aborted) return undefined;
    const by = this.#abort.signal.reason as EndedBy;
    if (by === "cancelled") return { state: "cancelled" };
    if (by === "stopped") {
      const message = `The bridge was stopped while it ran: its processes were ended. ${NOTHING_CHANGED} Run it again.`;
      return { state: "interrupted", problem: { code: "job-failed", message } };
    }
    const limit = this.#options.config.timeLimitMinutes;
    return failed(
      {},
      `It took longer than ${limit} minutes, and its processes were ended. ${NOTHING_CHANGED} Where it needs longer, raise "timeLimitMinutes" of the job in the config file.`,
    );
  }

  async #commit({ exitCode }: ProgramEnd): Promise<Outcome> {
    const { config, storages } = this.#options;
    const { output } = config;
    this.#isCommitting = true;
    const how = { state: "succeeded" as const, ...(exitCode === null ? {} : { exitCode }) };
    if (output === undefined) return how;
    const rules = { marker: kindOf(config).marker, mayBeEmpty: output.mayBeEmpty ?? false };
    try {
      return { ...how, output: await storages.of(output).commit(this.#stored, output, rules) };
    } catch (error) {
      const committed = await this.#committedAllTheSame(error);
      if (committed !== undefined) return { ...how, output: committed };
      const { code, message } = problemOf(error);
      const exit = exitCode === null ? {} : { exitCode };
      return { state: "failed", problem: { code, message: `${message} ${NOTHING_CHANGED}` }, ...exit };
    }
  }

  /** A commit that failed on its way may have happened: the storage knows. */
  async #committedAllTheSame(error: unknown): Promise<CommittedOutput | undefined> {
    const { config, storages } = this.#options;
    const isRefused = error instanceof BackendError && error.code === "job-failed";
    if (isRefused || config.output === undefined) return undefined;
    return storages
      .of(config.output)
      .recover(this.#stored, config.output)
      .catch(() => undefined);
  }

  /** Nothing of an output that was not taken stays, and another run may write it. */
  async #settleOutput(outcome: Outcome): Promise<Outcome> {
    const { config, storages, claim } = this.#options;
    const { output } = config;
    if (output === undefined) return outcome;
    try {
      if (outcome.state !== "succeeded") await storages.of(output).discard(this.#stored, output);
      return outcome;
    } catch (error) {
      const left = `What it wrote could not be deleted: ${messageOf(error)}`;
      const { code = "job-failed", message = "" } = outcome.problem ?? {};
      return { ...outcome, problem: { code, message: `${message} ${left}`.trim() } };
    } finally {
      await claim?.release().catch(() => {});
    }
  }

  get #stored(): StoredRun {
    const { runId, job } = this.#options.begun;
    return { runId, job, folder: this.#options.folder };
  }
}

const NOTHING_CHANGED = "Its output was discarded, and readers see what they saw before.";

const failed = (how: Partial<Outcome>, message: string): Outcome => ({
  ...how,
  state: "failed",
  problem: { code: "job-failed", message },
});

function problemOf(error: unknown): { readonly code: string; readonly message: string } {
  return { code: error instanceof ProtocolError ? error.code : "internal", message: messageOf(error) };
}
