import type { JobInfo } from "../../../../core/protocol/job-frames.ts";
import { Button } from "../../components/button.tsx";
import { Refusal } from "../../components/refusal.tsx";
import { formProblem } from "../../format/job-form.ts";
import { usePanel } from "../../stores/panel.ts";
import { CompareResult } from "./compare-result.tsx";
import { JobParameterField } from "./job-parameter-field.tsx";
import { JobRuns } from "./job-runs.tsx";
import { RunDetail } from "./run-detail.tsx";

/** One job: what it does, what it takes, its newest run, and those before. */
export function JobDetail({ job }: { job: JobInfo }) {
  const { jobs } = usePanel();
  const run = jobs.run.value;
  return (
    <section class="pane job-detail" aria-label={`Job ${job.name}`} data-pane>
      <div class="scroll job-body" tabIndex={0} role="group" aria-label={`Job ${job.name}`}>
        <JobFacts job={job} />
        <JobForm job={job} />
        <CompareResult job={job} />
        {run === undefined ? null : <RunDetail key={run.runId} run={run} />}
        <JobRuns />
      </div>
    </section>
  );
}

function JobFacts({ job }: { job: JobInfo }) {
  const { name, kind, label, command, input, output, timeLimitMinutes } = job;
  return (
    <div class="job-facts">
      <h2>
        <bdi>{name}</bdi>
        {label === undefined ? null : <span class="muted"> · {label}</span>}
      </h2>
      <dl class="kv">
        <dt>Runs</dt>
        <dd class="mono">{command.join(" ")}</dd>
        {input === undefined ? null : (
          <>
            <dt>Reads</dt>
            <dd class="mono">
              <bdi>{input}</bdi>
            </dd>
          </>
        )}
        {output === undefined ? null : (
          <>
            <dt>Writes</dt>
            <dd class="mono">
              <bdi>{output}</bdi>
            </dd>
          </>
        )}
        <dt>Kind</dt>
        <dd>
          {kind}, ended after {timeLimitMinutes} minutes at the latest
        </dd>
      </dl>
    </div>
  );
}

function JobForm({ job }: { job: JobInfo }) {
  const { jobs, bridge } = usePanel();
  const typed = jobs.typedFor(job.name);
  const refused = jobs.refused.value;
  const blockedBy =
    bridge.state.value.is !== "ready"
      ? "The bridge is away"
      : job.running !== undefined
        ? "It runs: wait for its end, or cancel it"
        : jobs.busy.value
          ? "Being started"
          : formProblem(job, typed);
  return (
    <form
      class="job-form"
      data-testid="job-form"
      onSubmit={(event) => {
        event.preventDefault();
        if (blockedBy === undefined) void jobs.start(job);
      }}
    >
      {job.parameters.map((parameter) => (
        <JobParameterField
          key={parameter.name}
          parameter={parameter}
          text={typed[parameter.name]}
          onText={(text) => jobs.type(job.name, parameter.name, text)}
        />
      ))}
      <div class="row">
        <Button look="primary" testId="run-job" blockedBy={blockedBy} onPress={() => void jobs.start(job)}>
          Run {job.name}
        </Button>
      </div>
      <Refusal error={refused} testId="job-refused" />
    </form>
  );
}
