/** A panel's requests about jobs. What may be started, and with what, stands in the config file alone (decision 34). */
import type { BridgeFrame, PanelFrame } from "../../core/protocol/frames.ts";
import type { Jobs } from "./jobs.ts";

type JobRequest = Extract<PanelFrame, { t: "jobs" | "run-job" | "cancel-job" | "job-runs" | "job-log" }>;

interface JobRequestContext {
  readonly panelLabel: string;
  readonly signal: AbortSignal;
}

const JOB_REQUESTS: ReadonlySet<string> = new Set(["jobs", "run-job", "cancel-job", "job-runs", "job-log"]);

export const isJobRequest = (request: PanelFrame): request is JobRequest => JOB_REQUESTS.has(request.t);

export async function answerJobRequest(
  request: JobRequest,
  jobs: Jobs,
  context: JobRequestContext,
): Promise<Extract<BridgeFrame, { t: "result" }>> {
  const { id } = request;
  return { t: "result", id, value: (await answerOf(request, jobs, context)) ?? null };
}

async function answerOf(
  request: JobRequest,
  jobs: Jobs,
  { panelLabel, signal }: JobRequestContext,
): Promise<unknown> {
  switch (request.t) {
    case "jobs":
      return request.known === undefined ? jobs.state() : jobs.changed(request.known, signal);
    case "run-job":
      return jobs.start(request.job, request.parameters, panelLabel);
    case "cancel-job":
      return jobs.cancel(request.run);
    case "job-runs":
      return jobs.runs(request.job);
    case "job-log":
      return jobs.nextOfLog(request.run, request.from, signal);
  }
}
