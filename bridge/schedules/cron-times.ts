/**
 * The times of a cron expression in a time zone, and the expression in words. Where clocks go forward, a time in the
 * gap is taken an hour later; where they go back, a time of day comes once, and what repeats goes on through both
 * hours.
 */
import { CronExpressionParser } from "cron-parser";
import cronstrue from "cronstrue";
import type { Times, TimesPreview } from "../../core/protocol/schedule-frames.ts";

const NEXT_TIMES = 5;
const FIELDS = 5;
const NICKNAMES = new Set(["@hourly", "@daily", "@weekly", "@monthly", "@yearly"]);

/** Of this machine. */
export const localTimeZone = (): string => Intl.DateTimeFormat().resolvedOptions().timeZone;

/** Why the times cannot be meant, or undefined. */
export function timesProblem({ cron, timeZone }: Times): string | undefined {
  if (!isTimeZone(timeZone)) return `a time zone such as Europe/Berlin or UTC, and "${timeZone}" is none`;
  const isForm = NICKNAMES.has(cron) || cron.trim().split(/\s+/).length === FIELDS;
  if (!isForm)
    return "five fields (minute, hour, day of month, month, day of week) or one of @hourly, @daily, @weekly, @monthly, @yearly";
  try {
    new CronTimes({ cron, timeZone }).after(Date.UTC(2024, 0, 1));
    return undefined;
  } catch (error) {
    const why = (error as Error).message;
    // How the parser says that no month has such a day.
    const isNever = /explicit day of month|loop limit|out of the time span/i.test(why);
    return isNever ? "an expression that ever fires: no date is like this" : `a cron expression (${why})`;
  }
}

function isTimeZone(name: string): boolean {
  try {
    Intl.DateTimeFormat("en", { timeZone: name });
    return true;
  } catch {
    return false;
  }
}

export class CronTimes {
  readonly #times: Times;

  constructor(times: Times) {
    this.#times = times;
  }

  /** The first one later than that. @throws Error where the expression cannot be read, or there is none */
  after(time: number): number {
    const { cron, timeZone } = this.#times;
    return CronExpressionParser.parse(cron, { tz: timeZone, currentDate: new Date(time) })
      .next()
      .getTime();
  }

  /** Those after `from`, up to `to`: the first ones, at most `limit`, and the last. */
  between(
    from: number,
    to: number,
    limit: number,
  ): { readonly times: readonly number[]; readonly last: number | undefined } {
    const times: number[] = [];
    for (let time = this.after(from); time <= to && times.length < limit; time = this.after(time))
      times.push(time);
    const last = times.length < limit ? times.at(-1) : this.#lastUpTo(to);
    return { times, last };
  }

  preview(now: number): TimesPreview {
    const next: number[] = [];
    for (let time = now; next.length < NEXT_TIMES; next.push(time)) time = this.after(time);
    return { words: this.words, next };
  }

  get words(): string {
    return cronstrue.toString(this.#times.cron, { use24HourTimeFormat: true, verbose: false });
  }

  #lastUpTo(to: number): number {
    const { cron, timeZone } = this.#times;
    // One that is at `to` itself counts.
    return CronExpressionParser.parse(cron, { tz: timeZone, currentDate: new Date(to + 1) })
      .prev()
      .getTime();
  }
}
