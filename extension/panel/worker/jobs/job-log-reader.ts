/** What one run of a job printed, read for whoever looks at it: one run at a time. */
import type { BridgeJobs } from "../../../../core/protocol/client/bridge-jobs.ts";
import type { JobLogPart } from "../../../../core/protocol/job-frames.ts";

export class JobLogReader {
  readonly #jobs: () => BridgeJobs;
  #reading: AbortController | undefined;

  /** @param jobs Of the bridge at hand. @throws PanelError "not-connected". */
  constructor(jobs: () => BridgeJobs) {
    this.#jobs = jobs;
  }

  /** What it printed from there on, once there is something. Ends the reading of any other run. */
  async read(runId: string, from: number): Promise<JobLogPart> {
    this.leave();
    const reading = new AbortController();
    this.#reading = reading;
    try {
      return await this.#jobs().log(runId, from, reading.signal);
    } finally {
      if (this.#reading === reading) this.#reading = undefined;
    }
  }

  /** Nobody looks at it any more. */
  leave(): void {
    this.#reading?.abort(new DOMException("Nobody reads it any more.", "AbortError"));
    this.#reading = undefined;
  }
}
