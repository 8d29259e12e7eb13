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

interface RunStoreOptions {
  readonly onOpen: ((content: StoredRunContent, folder: string) => Promise<RunEnd>) | undefined;
  readonly log: (line: string) => void;
}

export class RunStore {
  readonly #folder: string;
  readonly #ended = new Map<string, JobRun>();

  private constructor(folder: string) {
    this.#folder = folder;
  }

  /**
   * @param options.onOpen A run without an end: answers the one that is on record now. Undefined where another
   *   process holds the runs: those without an end are left out then, and nothing is touched.
   * @param options.log What cannot be read.
   */
  static async open(folder: string, { onOpen, log }: RunStoreOptions): Promise<RunStore> {
    const store = new RunStore(folder);
    await mkdir(folder, { recursive: true, mode: 0o700 });
    for (const name of await readdir(folder)) {
      try {
        await store.#load(name, onOpen);
      } catch (error) {
        log(messageOf(error));
      }
    }
    return store;
  }

  async #load(runId: string, onOpen: RunStoreOptions["onOpen"]): Promise<void> {
    const folder = this.folderOf(runId);
    const content = await readRun(folder);
    if (content === undefined) {
      // Nobody was told that it began.
      if (onOpen !== undefined) await this.forget(runId);
      return;
    }
    const end = content.end ?? (await onOpen?.(content, folder));
    if (end !== undefined) this.#add(content.begun, end);
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
