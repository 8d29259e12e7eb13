import type { JobRun } from "../../core/protocol/job-frames.ts";
import { ProtocolError } from "../../core/protocol/protocol-error.ts";
import type { ScheduleTask } from "../config/schedules-schema.ts";
import type { Jobs } from "../jobs/jobs.ts";
import type { Task, TaskRequest, TaskWords } from "./task.ts";

type JobTaskConfig = Extract<ScheduleTask, { do: "job" }>;

/** Runs a job, and has come to its end with it. */
export function jobTask({ job, parameters = {} }: JobTaskConfig, words: TaskWords, jobs: Jobs): Task {
  return {
    ...words,
    async run({ by, signal, onJobRun }: TaskRequest) {
      signal.throwIfAborted();
      const { runId } = await jobs.start(job, parameters, by);
      onJobRun(runId);
      const cancel = (): void => void jobs.cancel(runId).catch(() => {});
      signal.addEventListener("abort", cancel, { once: true });
      try {
        return { said: successOf(await jobs.ended(runId)) };
      } finally {
        signal.removeEventListener("abort", cancel);
      }
    },
  };
}

/** @throws ProtocolError "job-failed" with the reason of the run */
function successOf({ state, problem, lastLines, output, runId, job }: JobRun): string {
  if (state !== "succeeded") {
    const why = problem?.message ?? `It was ${state}.`;
    const last = lastLines?.at(-1);
    const printed = last === undefined ? "" : ` The last of it: ${last}`;
    throw new ProtocolError(
      "job-failed",
      `Run ${runId} of the job "${job}" did not succeed. ${why}${printed}`,
    );
  }
  if (output === undefined) return "It succeeded.";
  return `It made ${output.files === 1 ? "1 file" : `${output.files} files`} of ${output.bytes.toLocaleString("en")} bytes.`;
}
