/**
 * The runs of all jobs on the disk: `<folder>/<runId>/` holds a run's record, its log and its manifest, 0600 in a
 * folder 0700. The newest of each job are kept.
 */
import { mkdir, readdir, rm } from "node:fs/promises";
import { join } from "node:path";
import type { JobRun, RunEnd } from "../../core/protocol/job-frames.ts";
import { messageOf } from "../../core/session/session-error.ts";
import { type Begun, RunFile, readRun, type StoredRunContent } from "./run-file.ts";

/** How many runs of a job are kept. */
const KEPT_RUNS = 50;

export class RunStore {
  readonly #folder: string;
  readonly #ended = new Map<string, JobRun>();

  private constructor(folder: string) {
    this.#folder = folder;
  }

  /**
   * @param options.onOpen A run without an end. It is told once, and is in the history when it answers its end;
   *   undefined: it is another process's, and is left out.
   * @param options.log What cannot be read.
   */
  static async open(
    folder: string,
    {
      onOpen,
      log,
    }: {
      readonly onOpen: (content: StoredRunContent, folder: string) => Promise<RunEnd | undefined>;
      readonly log: (line: string) => void;
    },
  ): Promise<RunStore> {
    const store = new RunStore(folder);
    await mkdir(folder, { recursive: true, mode: 0o700 });
    for (const name of await readdir(folder)) {
      const runFolder = join(folder, name);
      try {
        const content = await readRun(runFolder);
        const end = content === undefined ? undefined : (content.end ?? (await onOpen(content, runFolder)));
        if (content !== undefined && end !== undefined) store.#add(content.begun, end);
      } catch (error) {
        log(messageOf(error));
      }
    }
    return store;
  }

  folderOf(runId: string): string {
    return join(this.#folder, runId);
  }

  async begin(begun: Begun): Promise<RunFile> {
    await mkdir(this.folderOf(begun.runId), { mode: 0o700 });
    return RunFile.begin(this.folderOf(begun.runId), begun);
  }

  /** It never ran. */
  async forget(runId: string): Promise<void> {
    await rm(this.folderOf(runId), { recursive: true, force: true });
  }

  /** Its end is on record. */
  async ended(begun: Begun, end: RunEnd): Promise<void> {
    this.#add(begun, end);
    for (const { runId } of this.of(begun.job).slice(KEPT_RUNS)) {
      this.#ended.delete(runId);
      await this.forget(runId);
    }
  }

  /** The newest first. */
  of(job?: string): JobRun[] {
    return [...this.#ended.values()]
      .filter((run) => job === undefined || run.job === job)
      .sort((a, b) => b.startedAt - a.startedAt);
  }

  find(runId: string): JobRun | undefined {
    return this.#ended.get(runId);
  }

  #add({ runId, job, startedAt, parameters, by }: Begun, end: RunEnd): void {
    this.#ended.set(runId, { runId, job, startedAt, parameters, by, ...end });
  }
}
