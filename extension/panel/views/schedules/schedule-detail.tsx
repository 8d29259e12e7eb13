import { useState } from "preact/hooks";
import type { ScheduleInfo } from "../../../../core/protocol/schedule-frames.ts";
import { Button } from "../../components/button.tsx";
import { Glyph, Icon } from "../../components/icon.tsx";
import { Refusal } from "../../components/refusal.tsx";
import { clock, clockSeconds, fullTime, plural } from "../../format/numbers.ts";
import { RUN_STATE_WORDS } from "../../format/run-words.ts";
import { rulesWords, timeIn } from "../../format/schedule-words.ts";
import { usePanel } from "../../stores/panel.ts";
import { ScheduleHistory } from "./schedule-history.tsx";
import { TimesForm } from "./times-form.tsx";

/** One schedule: what it does and where, its next times, what came of it last, and its history. */
export function ScheduleDetail({ schedule }: { schedule: ScheduleInfo }) {
  const { schedules } = usePanel();
  const [isEditing, setEditing] = useState(false);
  const { name, label, does, where, words, times, timesOfFile } = schedule;
  const refused = schedules.refused.value;
  return (
    <section class="pane job-detail" aria-label={`Schedule ${name}`} data-pane>
      <div
        class="scroll job-body"
        tabIndex={0}
        role="group"
        aria-label={`Schedule ${name}`}
        data-testid="schedule"
        data-schedule={name}
      >
        <div class="job-facts">
          <h2>
            <bdi>{name}</bdi>
            {label === undefined ? null : <span class="muted"> · {label}</span>}
          </h2>
          <dl class="kv">
            <dt>Does</dt>
            <dd>{does}</dd>
            <dt>Where</dt>
            <dd>{where}</dd>
            <dt>When</dt>
            <dd data-testid="schedule-words">
              {words} <span class="mono muted">{times.cron}</span> <span class="muted">{times.timeZone}</span>
              {timesOfFile === undefined ? null : (
                <span class="muted">
                  , set in a panel; the config file says <span class="mono">{timesOfFile.cron}</span>,{" "}
                  {timesOfFile.timeZone}
                </span>
              )}
            </dd>
            <dt>Rules</dt>
            <dd>{rulesWords(schedule)}</dd>
          </dl>
        </div>
        <NextTimes schedule={schedule} />
        <Actions schedule={schedule} onEdit={() => setEditing(true)} />
        <Refusal error={refused} testId="schedule-refused" />
        {isEditing ? <TimesForm schedule={schedule} onDone={() => setEditing(false)} /> : null}
        <LastResult schedule={schedule} />
        <ScheduleHistory timeZone={times.timeZone} />
      </div>
    </section>
  );
}

function NextTimes({ schedule }: { schedule: ScheduleInfo }) {
  const { next, times, paused } = schedule;
  if (paused !== undefined) {
    return (
      <p data-testid="schedule-paused" title={fullTime(paused.since)}>
        <Icon name="pause" small /> Paused {clock(paused.since)} by {paused.by}: it runs again once it is
        resumed, and times that pass until then are left out.
      </p>
    );
  }
  return (
    <section class="run-list" aria-label="Next times">
      <h3>Next times</h3>
      <ol class="next-times" data-testid="next-times">
        {next.map((time) => (
          <li key={time} title={fullTime(time)}>
            {timeIn(times.timeZone, time)}
          </li>
        ))}
      </ol>
    </section>
  );
}

function Actions({ schedule, onEdit }: { schedule: ScheduleInfo; onEdit: () => void }) {
  const { schedules, bridge } = usePanel();
  const { name, paused, running, timesMayChange, timesOfFile } = schedule;
  const isAway = bridge.state.value.is !== "ready" ? "The bridge is away" : undefined;
  const blockedBy = isAway ?? (schedules.busy.value ? "Being changed" : undefined);
  return (
    <div class="row">
      <Button
        look="primary"
        testId="run-schedule"
        blockedBy={
          running === undefined ? blockedBy : running.state === "waiting" ? "It waits already" : "It runs now"
        }
        onPress={() => void schedules.run(name)}
      >
        Run now
      </Button>
      <Button
        testId="pause-schedule"
        blockedBy={blockedBy}
        onPress={() => void schedules.setPaused(name, paused === undefined)}
      >
        {paused === undefined ? "Pause" : "Resume"}
      </Button>
      <Button
        testId="edit-times"
        blockedBy={timesMayChange ? blockedBy : "Its times stand in the config file alone (“timesFromPanel”)"}
        onPress={onEdit}
      >
        Other times…
      </Button>
      {timesOfFile === undefined ? null : (
        <Button
          testId="times-of-file"
          blockedBy={blockedBy}
          onPress={() => void schedules.setTimes(name, undefined)}
        >
          Times of the config file
        </Button>
      )}
    </div>
  );
}

function LastResult({ schedule }: { schedule: ScheduleInfo }) {
  const { running, last, retryAt, lastMissed, times } = schedule;
  const run = running ?? last;
  return (
    <>
      {lastMissed === undefined ? null : (
        <p class="missed" role="status" data-testid="schedule-missed">
          <Icon name="warn" small />
          {plural(lastMissed.count, "time")} {lastMissed.count === 1 ? "was" : "were"} missed, the last one{" "}
          {timeIn(times.timeZone, lastMissed.last)}: no bridge ran, or its machine slept.
        </p>
      )}
      {run === undefined ? null : (
        <section class="run-detail" aria-label="Last result">
          <div class="run-head" role="status" data-testid="schedule-result" data-state={run.state}>
            <Glyph name={RUN_STATE_WORDS[run.state].glyph} tone={RUN_STATE_WORDS[run.state].tone} />
            <b>{RUN_STATE_WORDS[run.state].label}</b>
            <span class="muted" title={fullTime(run.at)}>
              {clockSeconds(run.at)}
            </span>
            <span>{run.state === "waiting" ? `It is done ${schedule.where}.` : run.said}</span>
          </div>
          {run.problem === undefined ? null : (
            <p class="run-problem" data-testid="schedule-problem">
              {run.problem.message}
              {retryAt === undefined ? "" : ` It is tried again ${clock(retryAt)}.`}
            </p>
          )}
          {run.bundle === undefined ? null : (
            <p class="hint">
              The bundle: <span class="mono">{run.bundle}</span>
            </p>
          )}
          {run.report === undefined ? null : (
            <p class="hint">
              Its report: <span class="mono">{run.report}</span>
            </p>
          )}
        </section>
      )}
    </>
  );
}
