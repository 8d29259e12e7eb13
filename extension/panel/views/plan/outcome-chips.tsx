import { Glyph } from "../../components/icon.tsx";
import { count } from "../../format/numbers.ts";
import { usePanel } from "../../stores/panel.ts";
import { STATUSES } from "../../stores/plan.ts";
import type { ApplySummary } from "../../worker/api.ts";
import { OUTCOME_WORDS } from "./outcome-words.ts";

/** Counts by outcome; each chip shows its rows in the list beside. */
export function OutcomeChips({ summary }: { summary: ApplySummary }) {
  const { filter, setFilter } = usePanel().plan;
  const pressed = filter.value.status;
  return (
    <div
      class="chips"
      role="group"
      aria-label={summary.dryRun ? "Outcomes of the dry run" : "Outcomes"}
      data-testid={summary.dryRun ? "dry-run-outcomes" : "outcomes"}
      data-complete={summary.complete}
    >
      {STATUSES.filter((status) => status === "applied" || summary.counts[status] > 0).map((status) => {
        const words = OUTCOME_WORDS[status];
        const n = summary.counts[status];
        return (
          <button
            key={status}
            type="button"
            class={`chip${n === 0 ? " zero" : ""}`}
            aria-pressed={pressed === status}
            data-testid={summary.dryRun ? "dry-run-outcome" : "outcome"}
            data-status={status}
            data-count={n}
            onClick={() => setFilter(pressed === status ? {} : { status })}
          >
            <Glyph name={words.glyph} tone={words.tone} />
            {words.label}
            <b>{count(n)}</b>
          </button>
        );
      })}
    </div>
  );
}
