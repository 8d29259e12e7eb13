import { Glyph } from "../../components/icon.tsx";
import { StateBand } from "../../components/state-card.tsx";
import { count, day, plural } from "../../format/numbers.ts";
import { usePanel } from "../../stores/panel.ts";
import { STATUSES } from "../../stores/plan.ts";
import type { PlanSummary } from "../../worker/api.ts";
import { QueueOffer } from "../queue/queue-offer.tsx";
import { OperationsTable } from "./operations-table.tsx";
import { OutcomeChips } from "./outcome-chips.tsx";
import { OUTCOME_WORDS } from "./outcome-words.ts";

/** What came of every operation, by side; every number opens its rows. */
export function OutcomePane({ plan }: { plan: PlanSummary }) {
  const store = usePanel().plan;
  const summary = store.result.value;
  const sides = store.sides.value;
  if (summary === undefined) return null;
  const present = STATUSES.filter((status) => status === "applied" || summary.counts[status] > 0);
  return (
    <>
      <QueueOffer plan={plan} />
      {summary.counts.unknown > 0 ? (
        <StateBand
          name="unknown"
          role="status"
          mark={{ glyph: "unk", tone: "unk" }}
          head={`${plural(summary.counts.unknown, "write")} ${summary.counts.unknown === 1 ? "has" : "have"} no answer yet.`}
        >
          <bdi>{plan.connection}</bdi> went silent after{" "}
          {summary.counts.unknown === 1 ? "it was" : "they were"} sent. Continue repeats exactly the same
          write until it answers, which changes nothing more.
        </StateBand>
      ) : null}
      {summary.halfApplied > 0 ? (
        <StateBand
          name="error"
          role="alert"
          mark={{ icon: "warn", tone: "conf" }}
          head={`Half applied: ${plural(summary.halfApplied, "merged record")} ${summary.halfApplied === 1 ? "is" : "are"} written in the remote only.`}
        >
          Here {summary.halfApplied === 1 ? "it" : "they"} changed after you saw{" "}
          {summary.halfApplied === 1 ? "it" : "them"}, or the page refused, so nothing was overwritten.
          Compare again to decide anew; undo takes the remote’s half back.
        </StateBand>
      ) : null}
      <div class="sect outcome-sect">
        <div
          class="outbar"
          role="img"
          aria-label={present
            .map((status) => `${count(summary.counts[status])} ${OUTCOME_WORDS[status].verb}`)
            .join(", ")}
        >
          {present.map((status) =>
            summary.counts[status] === 0 ? null : (
              <i
                key={status}
                class={`c-${OUTCOME_WORDS[status].tone}${status === "unknown" ? " dash" : ""}`}
                style={{ "--n": summary.counts[status] }}
              />
            ),
          )}
        </div>
        <OutcomeChips summary={summary} />
        {sides === undefined ? null : (
          <OperationsTable
            plan={plan}
            caption="Outcomes by side"
            leadHead="Outcome"
            lines={present.map((status) => ({
              key: status,
              lead: (
                <>
                  <Glyph name={OUTCOME_WORDS[status].glyph} tone={OUTCOME_WORDS[status].tone} />
                  {OUTCOME_WORDS[status].label}
                </>
              ),
              remote: sides.remote[status],
              local: sides.local[status],
              verb: OUTCOME_WORDS[status].verb,
              onOpen: (side) => store.setFilter({ side, status }),
            }))}
          />
        )}
      </div>
      <div class="sect">
        <h2>Undo</h2>
        <p class="muted">
          What was there before is kept until {day(plan.undoUntil)}. Undo is a plan too: you see it first, and
          a record that changed since comes back as a conflict.
        </p>
      </div>
    </>
  );
}
