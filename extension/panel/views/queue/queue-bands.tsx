import { Button } from "../../components/button.tsx";
import { StateBand } from "../../components/state-card.tsx";
import { count, plural } from "../../format/numbers.ts";
import { usePanel } from "../../stores/panel.ts";
import type { QueuedApply } from "../../worker/api.ts";
import { openOf, outcomeWords, progressWords } from "./queue-words.ts";

/** What of this mapping waits in the bridge, and what has come of it. */
export function QueueBands() {
  const { queue } = usePanel();
  return (
    <>
      {queue.ofMapping.value.map((apply) =>
        apply.is === "ended" ? (
          <EndedBand key={apply.applyId} apply={apply} />
        ) : (
          <QueuedBand key={apply.applyId} apply={apply} />
        ),
      )}
    </>
  );
}

export function QueuedBand({ apply }: { apply: QueuedApply }) {
  const { queue, bridge } = usePanel();
  const { applyId, connection, counts, problem } = apply;
  const open = openOf(apply);
  const isAway = bridge.state.value.is !== "ready";
  const blockedBy = isAway
    ? "The bridge is away"
    : queue.busy.value !== undefined
      ? "Being changed"
      : undefined;
  if (apply.is === "damaged") {
    return (
      <StateBand
        name="queued"
        role="alert"
        mark={{ icon: "warn", tone: "conf" }}
        head="What was queued in the bridge cannot be read."
      >
        {problem}
      </StateBand>
    );
  }
  return (
    <StateBand
      name="queued"
      role="status"
      mark={{ icon: "clock", tone: "unk" }}
      head={
        <span data-testid="queued" data-waiting={counts.waiting} data-unanswered={counts.unanswered}>
          {plural(open, "write")} to <bdi>{connection}</bdi> {open === 1 ? "waits" : "wait"} in the bridge.
        </span>
      }
      actions={
        <Button
          testId="unqueue"
          title="What was not sent yet never will be"
          blockedBy={counts.waiting === 0 ? "All of it may have been sent" : blockedBy}
          onPress={() => void queue.remove(applyId)}
        >
          Remove {count(counts.waiting)} from the queue
        </Button>
      }
    >
      {progressWords(apply)}
    </StateBand>
  );
}

function EndedBand({ apply }: { apply: QueuedApply }) {
  const { queue } = usePanel();
  const { applyId, connection, counts } = apply;
  const moved = counts.conflict + counts.superseded;
  const isAll = moved + counts.rejected + counts.unknown === 0;
  return (
    <StateBand
      name="queue-ended"
      role="status"
      mark={isAll ? { glyph: "ok", tone: "add" } : { glyph: "conf", tone: "conf" }}
      head={
        <span
          data-testid="queue-ended"
          data-applied={counts.applied}
          data-conflict={counts.conflict}
          data-rejected={counts.rejected}
        >
          What waited for <bdi>{connection}</bdi> has ended: {outcomeWords(apply)}.
        </span>
      }
      actions={<Button onPress={() => queue.putAway(applyId)}>Put away</Button>}
    >
      {moved === 0
        ? ""
        : `${plural(moved, "record")} changed there meanwhile: nothing was overwritten, and the next compare shows what is there now. `}
      {counts.rejected === 0 ? "" : "What was rejected was not written: the history says why."}
    </StateBand>
  );
}
