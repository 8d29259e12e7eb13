import { useEffect, useState } from "preact/hooks";
import { Button } from "../../components/button.tsx";
import { Icon } from "../../components/icon.tsx";
import { Track } from "../../components/track.tsx";
import { count, duration } from "../../format/numbers.ts";
import { usePanel } from "../../stores/panel.ts";
import type { RunningCompare } from "../../stores/sync.ts";

/** Two lanes, rate, time left and Cancel: above the list. */
export function CompareProgress() {
  const { sync } = usePanel();
  const running = sync.running.value;
  if (running === undefined) return null;
  return (
    <div class="progress" role="group" aria-label="Comparing" data-pane>
      <span class="c-acc">
        <Icon name="spin" />
      </span>
      <span>
        <b>
          {running.cancelling
            ? "Stopping"
            : running.progress.phase === "scan"
              ? "Comparing"
              : running.progress.phase === "recheck"
                ? "Reading again"
                : "Making proposals"}
        </b>
        <br />
        <span class="muted nowrap">
          <Pace running={running} />
        </span>
      </span>
      <CompareLanes running={running} />
      <CancelCompare running={running} />
    </div>
  );
}

export function CancelCompare({ running }: { running: RunningCompare }) {
  const { sync } = usePanel();
  return (
    <Button
      testId="cancel"
      title="Stop here. What was compared is shown, the rest can go on later."
      blockedBy={running.cancelling ? "Stopping" : undefined}
      onPress={() => void sync.cancel()}
    >
      Cancel<kbd>Esc</kbd>
    </Button>
  );
}

/** Rows so far against rows expected: the page's count is known, the bridge's table is an estimate. */
export function CompareLanes({ running }: { running: RunningCompare }) {
  const { localRows, remoteRows } = running.progress;
  const { local, remote } = useExpectedRows();
  return (
    <div class="lanes">
      <span class="muted">
        <Icon name="page" small />
      </span>
      <Lane label="Local" done={localRows} expected={local} estimated={false} />
      <span class="muted">
        <Icon name="remote" small />
      </span>
      <Lane label="Remote" done={remoteRows} expected={remote} estimated />
    </div>
  );
}

function Lane(props: { label: string; done: number; expected: number | undefined; estimated: boolean }) {
  const { done, expected } = props;
  const text =
    expected === undefined || done > expected
      ? count(done)
      : `${count(done)} of ${props.estimated ? "~" : ""}${count(expected)}`;
  const percent =
    expected === undefined ? undefined : expected === 0 ? 100 : Math.min(100, (done / expected) * 100);
  return (
    <>
      <Track label={props.label} percent={percent} text={text} />
      <span class="num">{text}</span>
    </>
  );
}

function useExpectedRows(): { local: number | undefined; remote: number | undefined } {
  const { page, bridge, sync } = usePanel();
  const mapping = bridge.mapping.value;
  const state = bridge.state.value;
  const before = sync.summary.value;
  const listed =
    state.is !== "ready" || mapping === undefined
      ? undefined
      : state.connections
          .find((connection) => connection.name === mapping.connection)
          ?.collections.find((collection) => collection.name === mapping.collection)?.rows;
  return {
    local: page.chosen.value?.description.count ?? before?.localRows,
    remote: before?.complete ? before.remoteRows : listed,
  };
}

/** Rows a second and the time left, from what was done since the start. */
export function Pace({ running }: { running: RunningCompare }) {
  const { local, remote } = useExpectedRows();
  const [now, setNow] = useState(Date.now());
  useEffect(() => {
    const timer = setInterval(() => setNow(Date.now()), 500);
    return () => clearInterval(timer);
  }, []);
  const { localRows, remoteRows, phase } = running.progress;
  const seconds = Math.max(0.001, (now - running.startedAt) / 1000);
  const done = localRows + remoteRows;
  if (phase === "recheck") return <>differences are read once more</>;
  if (done === 0) return <>starting</>;
  const rate = done / seconds;
  const left = (local ?? 0) + (remote ?? 0) - done;
  return (
    <>
      {count(Math.round(rate))} rows/s
      {local === undefined || remote === undefined || left <= 0
        ? ""
        : ` · ${duration((left / rate) * 1000)} left`}
    </>
  );
}
