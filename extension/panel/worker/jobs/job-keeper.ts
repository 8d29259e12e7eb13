/** The bridge's jobs, followed while it is connected; and the log of one run at a time. */
import type { BridgeJobs } from "../../../../core/protocol/client/bridge-jobs.ts";
import type { JobInfo, JobLogPart } from "../../../../core/protocol/job-frames.ts";

export interface JobKeeperOptions {
  /** Of the bridge at hand. @throws PanelError "not-connected". */
  readonly jobs: () => BridgeJobs;
  readonly onState: (jobs: readonly JobInfo[]) => void;
}

export class JobKeeper {
  readonly #options: JobKeeperOptions;
  #following: BridgeJobs | undefined;
  #reading: AbortController | undefined;

  constructor(options: JobKeeperOptions) {
    this.#options = options;
  }

  /** The bridge is there: from now on until it is not. */
  follow(): void {
    const jobs = this.#options.jobs();
    if (this.#following === jobs) return;
    this.#following = jobs;
    void this.#follow(jobs)
      // The connection ended, or this bridge has no jobs. A new connection begins anew.
      .catch(() => undefined)
      .finally(() => {
        if (this.#following === jobs) this.#following = undefined;
      });
  }

  /** What a run printed from there on, once there is something. Ends the reading of any other run. */
  async log(runId: string, from: number): Promise<JobLogPart> {
    this.leaveLog();
    const reading = new AbortController();
    this.#reading = reading;
    try {
      return await this.#options.jobs().log(runId, from, reading.signal);
    } finally {
      if (this.#reading === reading) this.#reading = undefined;
    }
  }

  /** Nobody looks at it any more. */
  leaveLog(): void {
    this.#reading?.abort(new DOMException("Nobody reads it any more.", "AbortError"));
    this.#reading = undefined;
  }

  async #follow(jobs: BridgeJobs): Promise<void> {
    let known: number | undefined;
    while (this.#following === jobs) {
      const state = await jobs.state(known);
      known = state.revision;
      this.#options.onState(state.jobs);
    }
  }
}
