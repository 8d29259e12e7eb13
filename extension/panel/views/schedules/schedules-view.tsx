import { Glyph, Icon } from "../../components/icon.tsx";
import { StateCard } from "../../components/state-card.tsx";
import { RUN_STATE_WORDS } from "../../format/run-words.ts";
import { usePanel } from "../../stores/panel.ts";
import { ScheduleDetail } from "./schedule-detail.tsx";

/** What the bridge does at certain times: when next, what came of it last, and to run or pause it. */
export function SchedulesView() {
  const { schedules } = usePanel();
  const schedule = schedules.chosen.value;
  return (
    <div class="view jobs" id="view" role="tabpanel" aria-labelledby="tab-schedules">
      <h1 class="sr">Schedules</h1>
      {schedule === undefined ? (
        <div class="scroll lone-box" tabIndex={0} role="group" aria-label="State" data-pane>
          <NoSchedules />
        </div>
      ) : (
        <>
          <ScheduleList />
          <ScheduleDetail key={schedule.name} schedule={schedule} />
        </>
      )}
    </div>
  );
}

function ScheduleList() {
  const { schedules } = usePanel();
  return (
    <nav class="pane chrome job-list" aria-label="Schedules" data-pane>
      <ul class="scroll">
        {(schedules.schedules.value ?? []).map(({ name, runs, paused, running, last }) => {
          const state = running?.state ?? last?.state;
          const words = state === undefined ? undefined : RUN_STATE_WORDS[state];
          return (
            <li key={name}>
              <button
                type="button"
                class="job-choice"
                aria-current={schedules.chosen.value?.name === name ? "true" : undefined}
                data-testid="schedule-choice"
                data-schedule={name}
                data-state={state ?? "never"}
                onClick={() => schedules.choose(name)}
              >
                {words === undefined ? <span class="g" /> : <Glyph name={words.glyph} tone={words.tone} />}
                <bdi class="trunc">{name}</bdi>
                <span class="sr">{words?.label ?? "never run"}</span>
                {runs === "bridge" ? null : (
                  <span class="muted" data-testid="schedule-runs">
                    {runs === "headless" ? "headless" : "in a panel"}
                  </span>
                )}
                {paused === undefined ? null : (
                  <span class="muted">
                    <Icon name="pause" small />
                    paused
                  </span>
                )}
              </button>
            </li>
          );
        })}
      </ul>
    </nav>
  );
}

function NoSchedules() {
  const { bridge, schedules } = usePanel();
  const isReady = bridge.state.value.is === "ready" && schedules.schedules.value !== undefined;
  return (
    <StateCard
      name={isReady ? "empty" : "no-bridge"}
      mark={{ icon: isReady ? "clock" : "unplug", tone: "off" }}
      head={isReady ? "The bridge has no schedules" : "Schedules are run by the bridge, which is away"}
    >
      <p>
        Jobs, comparisons with a report, pulls into a profile or a bundle and what waits in the queue can be
        done at certain times: “schedules” in driftscope.config.json says which, and when.
      </p>
    </StateCard>
  );
}
