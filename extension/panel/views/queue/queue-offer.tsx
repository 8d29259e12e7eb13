import { Button } from "../../components/button.tsx";
import { StateBand } from "../../components/state-card.tsx";
import { count, plural } from "../../format/numbers.ts";
import { usePanel } from "../../stores/panel.ts";
import type { PlanSummary } from "../../worker/api.ts";
import { QueuedBand } from "./queue-bands.tsx";

/** Where an apply found the backend away: what was not sent can wait in the bridge, if the person says so. */
export function QueueOffer({ plan }: { plan: PlanSummary }) {
  const { queue, bridge } = usePanel();
  const waiting = queue.waitingOf(plan.applyId);
  if (waiting !== undefined) return <QueuedBand apply={waiting} />;
  const offer = queue.offer.value;
  const wasQueued = queue.applies.value.some(({ applyId }) => applyId === plan.applyId);
  if (offer?.applyId !== plan.applyId || wasQueued) return null;
  const { operations } = offer;
  const noBridge =
    bridge.state.value.is === "ready" ? undefined : "The bridge is away, too: nothing can wait in it";
  return (
    <StateBand
      name="away"
      role="status"
      mark={{ icon: "warn", tone: "chg" }}
      head={
        <>
          <bdi>{plan.connection}</bdi> is away: {plural(operations, "write")}{" "}
          {operations === 1 ? "was" : "were"} not sent.
        </>
      }
      actions={
        <Button
          testId="queue-plan"
          look="primary"
          blockedBy={noBridge ?? (queue.busy.value === undefined ? undefined : "Being queued")}
          onPress={() => void queue.add(plan.applyId)}
        >
          Queue {count(operations)} in the bridge
        </Button>
      }
    >
      {noBridge === undefined
        ? "Queued, they are tried again while the bridge runs, also with this panel closed, and written only where nothing moved meanwhile."
        : `${noBridge}. Start it, and apply again.`}
    </StateBand>
  );
}
