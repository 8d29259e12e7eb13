/** How the telling of a mapping's writes stands, in words. */
import type { TellState } from "../worker/tell/tell-state.ts";
import { clock, count, plural } from "./numbers.ts";

export interface TellWords {
  /** A few words. */
  readonly short: string;
  readonly long: string;
}

export function tellWords(state: TellState, to: string, now = Date.now()): TellWords {
  const { condition, untold } = state;
  const short = untold > 0 ? `${plural(untold, "change")} not told yet` : `${count(state.told)} told`;
  const counts = countWords(state);
  switch (condition.is) {
    case "telling":
      return { short, long: `What this page writes is told to ${to}. ${counts}` };
    case "notWatched":
      return {
        short: untold > 0 ? short : "Not told: not watched",
        long: `Nothing is told to ${to} while this page’s writes are not watched. ${counts}`,
      };
    case "elsewhere":
      return { short: "Told by another panel", long: `Another panel tells what this page writes to ${to}.` };
    case "disagreed":
      return {
        short: "Not told: agree anew",
        long: `The bridge’s configuration names another place than ${to} now, or none. Nothing is told until you agree to it. ${counts}`,
      };
    case "away":
      return {
        short,
        long: `Cannot be told since ${clock(condition.since, now)}: ${condition.reason} It is tried again by itself. ${counts}`,
      };
  }
}

function countWords({ untold, told, withheld, skipped, gaps }: TellState): string {
  const words = [`${plural(told, "change")} told, ${count(untold)} not yet.`];
  if (withheld > 0) words.push(`${count(withheld)} told without the record, which cannot be sent.`);
  if (skipped > 0) words.push(`${count(skipped)} left out: the key is too large.`);
  if (gaps > 0) words.push(`${plural(gaps, "time")} not all writes were seen, which is told too.`);
  return words.join(" ");
}
