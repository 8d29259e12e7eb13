import { clock, clockSeconds, plural } from "../../format/numbers.ts";
import { STATUSES } from "../../stores/plan.ts";
import type { QueuedApply } from "../../worker/api.ts";
import { OUTCOME_WORDS } from "../plan/outcome-words.ts";

/** Operations that are not done. */
export const openOf = ({ counts }: QueuedApply): number => counts.waiting + counts.unanswered;

/** Since when, what happened so far, and what is next. */
export function progressWords(apply: QueuedApply): string {
  const { is, queuedAt, counts, problem, retryAt } = apply;
  const done = outcomeWords(apply);
  return [
    `Queued ${clock(queuedAt)}.`,
    ...(done === "" ? [] : [`So far ${done}.`]),
    ...(counts.unanswered > 0
      ? [
          `${plural(counts.unanswered, "write")} may have been sent: repeated identically until it is certain.`,
        ]
      : []),
    ...(problem === undefined ? [] : [problem]),
    ...(is === "waiting" && retryAt !== undefined ? [`Next try ${clockSeconds(retryAt)}.`] : []),
  ].join(" ");
}

/** "3 applied, 1 conflict"; empty where there is no outcome yet. */
export function outcomeWords({ counts }: QueuedApply): string {
  return STATUSES.flatMap((status) => {
    const n = status === "notRun" ? 0 : counts[status];
    return n === 0 ? [] : [`${n} ${OUTCOME_WORDS[status].verb}`];
  }).join(", ");
}
