import { HistoryTable } from "../../components/history-table.tsx";
import { Glyph } from "../../components/icon.tsx";
import { clockSeconds, fullTime } from "../../format/numbers.ts";
import { parameterWords, RUN_STATE_WORDS, resultWords, tookWords } from "../../format/run-words.ts";
import { usePanel } from "../../stores/panel.ts";

/** The runs of the job on screen that have ended. */
export function JobRuns() {
  const { jobs } = usePanel();
  const runs = jobs.runs.value;
  if (runs.length === 0) return null;
  return (
    <HistoryTable testId="job-runs" columns={["When", "How it ended", "Took", "With", "By"]}>
      {runs.map((run) => {
        const { glyph, tone, label } = RUN_STATE_WORDS[run.state];
        return (
          <tr key={run.runId} data-testid="job-run" data-run={run.runId} data-state={run.state}>
            <td>
              <button
                type="button"
                class="door"
                title={`Shows what it printed: ${fullTime(run.startedAt)}`}
                aria-current={jobs.run.value?.runId === run.runId ? "true" : undefined}
                onClick={() => jobs.openRun(run.runId)}
              >
                {clockSeconds(run.startedAt)}
              </button>
            </td>
            <td>
              <span class="row tight">
                <Glyph name={glyph} tone={tone} />
                {label}
                <span class="muted">{resultWords(run)}</span>
              </span>
            </td>
            <td>{tookWords(run)}</td>
            <td class="mono">{parameterWords(run)}</td>
            <td>{run.by}</td>
          </tr>
        );
      })}
    </HistoryTable>
  );
}
