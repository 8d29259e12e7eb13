/** The bridge's jobs as its clients use them. Each call may throw ProtocolError or BridgeConnectError. */
import * as v from "valibot";
import {
  type JobLogPart,
  JobLogPartSchema,
  type JobRun,
  JobRunResultSchema,
  JobRunsResultSchema,
  type JobsState,
  JobsStateSchema,
} from "../job-frames.ts";
import type { BridgeConnection } from "./bridge-connection.ts";

export type JobParameters = Readonly<Record<string, string | number | boolean>>;

export class BridgeJobs {
  readonly #connect: () => Promise<BridgeConnection>;

  constructor(connect: () => Promise<BridgeConnection>) {
    this.#connect = connect;
  }

  /** @param known The revision of the state at hand: the answer comes when there is another one. */
  async state(known?: number, signal?: AbortSignal): Promise<JobsState> {
    const bridge = await this.#connect();
    const request = { t: "jobs" as const, ...(known === undefined ? {} : { known }) };
    return v.parse(JobsStateSchema, await bridge.result(request, signal));
  }

  /** The run that began. */
  async run(job: string, parameters: JobParameters): Promise<JobRun> {
    const bridge = await this.#connect();
    return v.parse(
      JobRunResultSchema,
      await bridge.result({ t: "run-job", job, parameters: { ...parameters } }),
    );
  }

  /** Resolves when nothing of the run is left. */
  async cancel(run: string): Promise<void> {
    const bridge = await this.#connect();
    await bridge.result({ t: "cancel-job", run });
  }

  /** Of one job or of all, the newest first. */
  async runs(job?: string): Promise<readonly JobRun[]> {
    const bridge = await this.#connect();
    const request = { t: "job-runs" as const, ...(job === undefined ? {} : { job }) };
    return v.parse(JobRunsResultSchema, await bridge.result(request));
  }

  /**
   * What the run printed from there on, a part at a time: at once where there is something, else when there is.
   *
   * @param from Negative: so many bytes before the end.
   */
  async log(run: string, from: number, signal?: AbortSignal): Promise<JobLogPart> {
    const bridge = await this.#connect();
    return v.parse(JobLogPartSchema, await bridge.result({ t: "job-log", run, from }, signal));
  }
}
