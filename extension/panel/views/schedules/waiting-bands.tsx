import { Button } from "../../components/button.tsx";
import { StateBand } from "../../components/state-card.tsx";
import { usePanel } from "../../stores/panel.ts";
import type { WaitingRun } from "../../worker/api.ts";

/** What schedules wait for that can be done on this page: whatever is on screen, it is asked for. */
export function WaitingBands() {
  const { schedules } = usePanel();
  const { value: waiting } = schedules.waiting;
  if (waiting.length === 0) return null;
  return (
    <div class="waiting-bands">
      {waiting.map((run) => (
        <WaitingBand key={run.runId} run={run} />
      ))}
    </div>
  );
}

function WaitingBand({ run }: { run: WaitingRun }) {
  const { schedules, bridge, sync } = usePanel();
  const { name, runId, wants } = run;
  const isComparing = schedules.comparing.value === runId;
  const isOther = schedules.comparing.value !== undefined || sync.running.value !== undefined;
  const isAway = bridge.state.value.is !== "ready" ? "The bridge is away" : undefined;
  const failure = schedules.notCompared.value;
  return (
    <StateBand
      name="schedule-waits"
      role="status"
      mark={{ icon: "clock", tone: "acc" }}
      head={
        <>
          The schedule “<bdi>{name}</bdi>” waits for this page.
        </>
      }
      actions={
        isComparing ? (
          <Button testId="cancel-waiting" onPress={() => void schedules.cancelCompare()}>
            Cancel
          </Button>
        ) : (
          <>
            <Button
              look="primary"
              testId="compare-waiting"
              blockedBy={isAway ?? (isOther ? "Something else is being compared" : undefined)}
              onPress={() => void schedules.compare(run)}
            >
              Compare now
            </Button>
            <Button
              testId="decline-waiting"
              title="It is told as cancelled, and asked for again at its next time"
              blockedBy={isAway ?? (schedules.busy.value ? "Being changed" : undefined)}
              onPress={() => void schedules.decline(run)}
            >
              Not this time
            </Button>
          </>
        )
      }
    >
      {isComparing
        ? "All records of both sides are being compared."
        : `It compares ${wants.stores?.join(", ") ?? "what is mapped"} of ${wants.database} with ${wants.connection} and keeps a report with the counts. Nothing is written on either side.`}
      {failure?.runId === runId ? (
        <span class="c-rem" role="alert" data-testid="waiting-problem">
          {" "}
          {failure.message}
        </span>
      ) : null}
    </StateBand>
  );
}
