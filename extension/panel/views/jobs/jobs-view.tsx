import { Glyph } from "../../components/icon.tsx";
import { StateCard } from "../../components/state-card.tsx";
import { RUN_STATE_WORDS } from "../../format/run-words.ts";
import { usePanel } from "../../stores/panel.ts";
import { JobDetail } from "./job-detail.tsx";

/** Programs that the bridge's config file names: run from here, with their progress, log and history. */
export function JobsView() {
  const { jobs } = usePanel();
  const job = jobs.chosen.value;
  return (
    <div class="view jobs" id="view" role="tabpanel" aria-labelledby="tab-jobs">
      <h1 class="sr">Jobs</h1>
      {job === undefined ? (
        <div class="scroll lone-box" tabIndex={0} role="group" aria-label="State" data-pane>
          <NoJobs />
        </div>
      ) : (
        <>
          <JobList />
          <JobDetail key={job.name} job={job} />
        </>
      )}
    </div>
  );
}

function JobList() {
  const { jobs } = usePanel();
  return (
    <nav class="pane chrome job-list" aria-label="Jobs" data-pane>
      <ul class="scroll">
        {(jobs.jobs.value ?? []).map(({ name, kind, running, last }) => {
          const state = running?.state ?? last?.state;
          return (
            <li key={name}>
              <button
                type="button"
                class="job-choice"
                aria-current={jobs.chosen.value?.name === name ? "true" : undefined}
                data-testid="job"
                data-job={name}
                data-state={state ?? "never"}
                onClick={() => jobs.choose(name)}
              >
                {state === undefined ? (
                  <span class="g" />
                ) : (
                  <Glyph name={RUN_STATE_WORDS[state].glyph} tone={RUN_STATE_WORDS[state].tone} />
                )}
                <bdi class="trunc">{name}</bdi>
                <span class="sr">{state === undefined ? "never run" : RUN_STATE_WORDS[state].label}</span>
                <span class="muted">{kind}</span>
              </button>
            </li>
          );
        })}
      </ul>
    </nav>
  );
}

function NoJobs() {
  const { bridge, jobs } = usePanel();
  const isReady = bridge.state.value.is === "ready" && jobs.jobs.value !== undefined;
  return (
    <StateCard
      name={isReady ? "empty" : "no-bridge"}
      mark={{ icon: isReady ? "time" : "unplug", tone: "off" }}
      head={isReady ? "The bridge has no jobs" : "Jobs are run by the bridge, which is away"}
    >
      <p>
        A job is a program of yours, such as a MapReduce, Spark or Hive job: “jobs” in driftscope.config.json
        says how it is started, what it reads and what it makes. Nothing else can be run from here.
      </p>
    </StateCard>
  );
}
