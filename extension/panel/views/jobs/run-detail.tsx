import { useEffect, useRef } from "preact/hooks";
import type { JobRun } from "../../../../core/protocol/job-frames.ts";
import { Button } from "../../components/button.tsx";
import { Glyph } from "../../components/icon.tsx";
import { Track } from "../../components/track.tsx";
import { clockSeconds, fullTime } from "../../format/numbers.ts";
import { parameterWords, RUN_STATE_WORDS, resultWords, tookWords } from "../../format/run-words.ts";
import { usePanel } from "../../stores/panel.ts";

/** One run: how far it is or how it ended, why it failed, and what it printed. */
export function RunDetail({ run }: { run: JobRun }) {
  const { state, problem } = run;
  const { glyph, tone, label } = RUN_STATE_WORDS[state];
  const parameters = parameterWords(run);
  return (
    <section class="run-detail" aria-label="Run" data-testid="run" data-run={run.runId} data-state={state}>
      <div class="run-head" role="status">
        <Glyph name={glyph} tone={tone} />
        <b>{label}</b>
        <span class="muted trunc" data-testid="run-result" title={fullTime(run.startedAt)}>
          {clockSeconds(run.startedAt)}
          {state === "running" ? "" : `, ${tookWords(run)}`}
          {resultWords(run) === "" ? "" : ` · ${resultWords(run)}`}
          {parameters === "" ? "" : ` · ${parameters}`}
        </span>
        <span class="grow" />
        {state === "running" ? <CancelRun run={run} /> : null}
      </div>
      {state === "running" ? (
        <Track
          label="Progress of the run"
          percent={run.progress?.percent}
          text={run.progress?.said ?? "no progress told yet"}
        />
      ) : null}
      {problem === undefined ? null : (
        <p class="run-problem" role="alert" data-testid="run-problem">
          {problem.message}
        </p>
      )}
      <RunLogText run={run} />
    </section>
  );
}

function CancelRun({ run }: { run: JobRun }) {
  const { jobs } = usePanel();
  return (
    <Button
      testId="cancel-job"
      title="Ends its processes; its output is discarded"
      blockedBy={jobs.busy.value ? "Being ended" : undefined}
      onPress={() => void jobs.cancel(run.runId)}
    >
      Cancel
    </Button>
  );
}

const nextFrame = (): Promise<void> => new Promise((resolve) => requestAnimationFrame(() => resolve()));

function RunLogText({ run: { runId } }: { run: JobRun }) {
  const { jobs } = usePanel();
  const text = useRef<HTMLPreElement>(null);
  const isAtEnd = useRef(true);
  const { text: printed, isCut } = jobs.log.value;
  useEffect(() => {
    const leave = new AbortController();
    void jobs.follow(runId, leave.signal, nextFrame);
    return () => leave.abort();
  }, [jobs, runId]);
  useEffect(() => {
    // Who has scrolled up reads.
    if (isAtEnd.current && text.current !== null) text.current.scrollTop = text.current.scrollHeight;
  }, [printed]);
  return (
    <>
      {isCut ? (
        <p class="hint">
          The end of a longer log. <span class="mono">driftscope job log {runId}</span> prints all that is
          kept.
        </p>
      ) : null}
      <pre
        ref={text}
        class="run-log scroll"
        tabIndex={0}
        role="log"
        aria-live="off"
        aria-label="What it printed"
        data-testid="run-log"
        onScroll={({ currentTarget: { scrollTop, clientHeight, scrollHeight } }) => {
          isAtEnd.current = scrollTop + clientHeight >= scrollHeight - 4;
        }}
      >
        {printed === "" ? <span class="muted">It printed nothing yet.</span> : printed}
      </pre>
    </>
  );
}
