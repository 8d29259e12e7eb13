/** The jobs that the config file names: what runs of them, and what came of earlier runs. */
import { randomBytes } from "node:crypto";
import type { JobLogPart, JobRun, JobsState, RunEnd } from "../../core/protocol/job-frames.ts";
import { ProtocolError } from "../../core/protocol/protocol-error.ts";
import { messageOf } from "../../core/session/session-error.ts";
import { BackendError } from "../backends/backend-error.ts";
import type { JobConfig, JobOutputConfig } from "../config/jobs-schema.ts";
import type { Config } from "../config/load-config.ts";
import { News } from "../news/news.ts";
import { jobInfo } from "./job-info.ts";
import { RunningJob } from "./job-run.ts";
import type { CommittedOutput, OutputClaim, StoredRun } from "./job-storage.ts";
import { JobStorages } from "./job-storages.ts";
import { checkParameters } from "./parameters.ts";
import { endOrphans, hasProcessGroups } from "./process-group.ts";
import { type Begun, RunFile, type StoredRunContent } from "./run-file.ts";
import { foundLogEnd, RunLog } from "./run-log.ts";
import { RunStore } from "./run-store.ts";

/** How often those who look on are told of news, at most, in milliseconds. */
const NEWS_INTERVAL_MS = 100;

/** How many runs that have ended are listed: so many are kept of each job. */
const LISTED_RUNS = 50;

export interface JobsOptions {
  readonly config: Pick<Config, "jobs" | "connections" | "folder" | "file">;
  /** Of the runs. */
  readonly folder: string;
  readonly log: (line: string) => void;
  readonly now?: () => number;
}

interface Running {
  readonly run: RunningJob;
  readonly begun: Begun;
  readonly ended: Promise<RunEnd>;
}

export class Jobs {
  readonly #options: JobsOptions;
  readonly #storages: JobStorages;
  readonly #store: RunStore;
  readonly #running = new Map<string, Running>();
  /** Names of outputs that are written now. */
  readonly #written = new Set<string>();
  readonly #news = new News(NEWS_INTERVAL_MS);
  #isClosing = false;

  private constructor(options: JobsOptions, storages: JobStorages, store: RunStore) {
    this.#options = options;
    this.#storages = storages;
    this.#store = store;
  }

  /** Runs that an earlier bridge left behind are ended, and told as interrupted. The data folder has to be claimed. */
  static async open(options: JobsOptions): Promise<Jobs> {
    const storages = new JobStorages(options.config);
    const onOpen = (content: StoredRunContent, folder: string) => recover(content, folder, storages, options);
    const store = await RunStore.open(options.folder, { onOpen, log: options.log });
    return new Jobs(options, storages, store);
  }

  /** What another process holds, without touching it: its runs that go on are not told. */
  static async look(options: JobsOptions): Promise<Jobs> {
    const store = await RunStore.open(options.folder, { onOpen: undefined, log: options.log });
    return new Jobs(options, new JobStorages(options.config), store);
  }

  state(): JobsState {
    const { revision } = this.#news;
    return {
      revision,
      jobs: Object.entries(this.#options.config.jobs).map(([name, config]) => this.#describe(name, config)),
    };
  }

  /** The state, once it is another one than that of this revision. Rejects with the signal's reason. */
  async changed(known: number, signal: AbortSignal): Promise<JobsState> {
    await this.#news.after(known, signal);
    return this.state();
  }

  /** Those that run, then the newest that have ended. @throws ProtocolError "unknown-job" */
  runs(job?: string): JobRun[] {
    if (job !== undefined) this.#configOf(job);
    const running = [...this.#running.values()].map(({ run }) => run.described);
    const ended = this.#store.of(job).slice(0, LISTED_RUNS);
    return [...running.filter((run) => job === undefined || run.job === job), ...ended];
  }

  /**
   * Begins a run; what goes wrong from then on is the run's end.
   *
   * @param by Who wants it, for people.
   * @throws ProtocolError "unknown-job", "bad-parameter", "output-busy", "unsupported", "journal-failed"
   */
  async start(job: string, given: Readonly<Record<string, unknown>>, by: string): Promise<JobRun> {
    const config = this.#configOf(job);
    requireProcessGroups();
    const parameters = checkParameters(job, config.parameters ?? {}, given);
    const release = this.#claimHere(job, config.output);
    try {
      const running = await this.#begin(config, {
        runId: newRunId(this.#now()),
        job,
        startedAt: this.#now(),
        parameters,
        by,
        output: config.output,
      });
      void running.ended.finally(release).catch(() => {});
      return running.run.described;
    } catch (error) {
      release();
      throw error;
    }
  }

  /** Resolves when the run has come to its end; at once where it has. @throws ProtocolError "unknown-run" */
  async ended(runId: string): Promise<JobRun> {
    await this.#running.get(runId)?.ended.catch(() => {});
    return this.#find(runId);
  }

  /** Resolves when nothing of it runs any more. @throws ProtocolError "unknown-run" */
  async cancel(runId: string): Promise<void> {
    const running = this.#running.get(runId);
    if (running === undefined) {
      this.#find(runId);
      return;
    }
    running.run.end("cancelled");
    await running.ended.catch(() => {});
  }

  /** What a run printed, from there on. @throws ProtocolError "unknown-run" */
  async log(runId: string, from: number): Promise<JobLogPart> {
    const running = this.#running.get(runId);
    // Looked at before the log is: what is printed meanwhile is told the next time.
    const hasEnded = running === undefined;
    const log = running?.run.log ?? new RunLog(this.#store.folderOf(runId), this.#find(runId).printed);
    return { ...(await log.read(from)), hasEnded };
  }

  /** The same, once there is something, or the run has ended. Rejects with the signal's reason. */
  async nextOfLog(runId: string, from: number, signal: AbortSignal): Promise<JobLogPart> {
    for (;;) {
      const { revision } = this.#news;
      const part = await this.log(runId, from);
      if (part.bytes.length > 0 || part.hasEnded) return part;
      await this.#news.after(revision, signal);
    }
  }

  /** Ends what runs. */
  async close(): Promise<void> {
    this.#isClosing = true;
    for (const { run } of this.#running.values()) run.end("stopped");
    await Promise.allSettled(Array.from(this.#running.values(), ({ ended }) => ended));
    this.#news.close();
  }

  async #begin(config: JobConfig, begun: Begun): Promise<Running> {
    const { runId, job } = begun;
    const { folder: configFolder } = this.#options.config;
    const file = await this.#store.begin(begun);
    const folder = this.#store.folderOf(runId);
    let claim: OutputClaim | undefined;
    try {
      claim = await this.#claim({ runId, job, folder }, config.output);
    } catch (error) {
      await file.close();
      await this.#store.forget(runId);
      throw error;
    }
    const run = new RunningJob({
      config,
      configFolder,
      begun,
      folder,
      file,
      storages: this.#storages,
      claim,
      onChange: () => this.#news.tell(),
      now: () => this.#now(),
    });
    const running = { run, begun, ended: this.#toEnd(run, begun) };
    running.ended.catch(() => {});
    this.#running.set(runId, running);
    this.#news.tell();
    return running;
  }

  async #toEnd(run: RunningJob, begun: Begun): Promise<RunEnd> {
    const { runId, job } = begun;
    try {
      const end = await run.toEnd();
      await this.#store.ended(begun, end);
      this.#options.log(`run ${runId} of the job ${job}: ${end.state}`);
      return end;
    } catch (error) {
      this.#options.log(`run ${runId} of the job ${job} has no end on record: ${messageOf(error)}`);
      throw error;
    } finally {
      this.#running.delete(runId);
      this.#news.tell();
    }
  }

  #claim(run: StoredRun, output: JobOutputConfig | undefined): Promise<OutputClaim> | undefined {
    return output && this.#storages.of(output).claim(run, output);
  }

  /** Answers how it is let go. @throws ProtocolError "output-busy" */
  #claimHere(job: string, output: JobOutputConfig | undefined): () => void {
    if (this.#isClosing)
      throw new ProtocolError("disconnected", "The bridge stops: nothing is started any more.");
    const name = output === undefined ? `job: ${job}` : this.#storages.nameOf(output);
    if (this.#written.has(name)) {
      throw new BackendError(
        "output-busy",
        `A run that writes ${output === undefined ? `the job "${job}"` : name} is under way: wait for its end, or cancel it.`,
      );
    }
    this.#written.add(name);
    return () => this.#written.delete(name);
  }

  #describe(name: string, config: JobConfig) {
    const placeOf = (place: JobConfig["input"] | JobOutputConfig) =>
      place && this.#storages.of(place).describe(place);
    return jobInfo(name, config, {
      input: placeOf(config.input),
      output: placeOf(config.output),
      running: [...this.#running.values()].find(({ begun }) => begun.job === name)?.run.described,
      last: this.#store.of(name)[0],
    });
  }

  #configOf(job: string): JobConfig {
    const { jobs, file } = this.#options.config;
    const config = Object.hasOwn(jobs, job) ? jobs[job] : undefined;
    if (config !== undefined) return config;
    const names = Object.keys(jobs).map((name) => `"${name}"`);
    throw new ProtocolError(
      "unknown-job",
      `There is no job "${job}": ${file ?? "the default configuration"} has ${names.join(", ") || "none"}.`,
    );
  }

  #find(runId: string): JobRun {
    const run = this.#running.get(runId)?.run.described ?? this.#store.find(runId);
    if (run !== undefined) return run;
    throw new ProtocolError(
      "unknown-run",
      `There is no run ${runId} in the history (any more): \`driftscope job history\` lists those there are.`,
    );
  }

  #now(): number {
    return (this.#options.now ?? Date.now)();
  }
}

/** In the order of time, and never the same. */
const newRunId = (now: number): string =>
  `${new Date(now)
    .toISOString()
    .replace(/[-:]|\.\d+Z$/g, "")
    .replace("T", "-")}-${randomBytes(4).toString("hex")}`;

function requireProcessGroups(): void {
  if (hasProcessGroups) return;
  throw new ProtocolError(
    "unsupported",
    "Jobs cannot be run on Windows, where a job's processes cannot be ended together: run the bridge in WSL.",
  );
}

/** Ends what is left of a run whose bridge died, and puts on record what became of it. */
async function recover(
  { begun, process: leader }: StoredRunContent,
  folder: string,
  storages: JobStorages,
  { log, now = Date.now }: JobsOptions,
): Promise<RunEnd> {
  const { runId, job, output } = begun;
  const areGone = await endOrphans(leader, runId);
  let committed: CommittedOutput | undefined;
  let trouble = areGone ? "" : " Processes of it could not be ended: end them by hand.";
  try {
    committed = output && (await storages.of(output).recover({ runId, job, folder }, output));
  } catch (error) {
    trouble += ` What it wrote could not be deleted: ${messageOf(error)}`;
  }
  const printed = await foundLogEnd(folder);
  const message = `The bridge ended while it ran: its processes were ended, its output was discarded, and readers see what they saw before. Run it again.${trouble}`;
  const end: RunEnd = {
    endedAt: now(),
    printed,
    ...(committed === undefined
      ? { state: "interrupted", problem: { code: "job-failed", message } }
      : { state: "succeeded", output: { ...committed } }),
  };
  const file = await RunFile.reopen(folder);
  await file.end(end);
  log(`run ${runId} of the job ${job} was found without an end: ${end.state}`);
  return end;
}
