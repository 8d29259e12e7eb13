/** Schedules in words. */
import type { ScheduleEntry, ScheduleInfo, ScheduleRun } from "../../../core/protocol/schedule-frames.ts";
import type { GlyphName, Tone } from "../components/icon.tsx";
import { duration, plural } from "./numbers.ts";
import { RUN_STATE_WORDS } from "./run-words.ts";

/** As the clocks of that zone show it: "Fri 6 Mar, 06:30"; with the year, where that is not this one. */
export function timeIn(timeZone: string, time: number): string {
  const yearOf = (of: number): string =>
    new Intl.DateTimeFormat("en", { timeZone, year: "numeric" }).format(of);
  const isThisYear = yearOf(time) === yearOf(Date.now());
  return new Intl.DateTimeFormat(undefined, {
    timeZone,
    weekday: "short",
    day: "numeric",
    month: "short",
    ...(isThisYear ? {} : { year: "numeric" as const }),
    hour: "2-digit",
    minute: "2-digit",
    hourCycle: "h23",
  }).format(time);
}

/** What is done about times at which it cannot simply run. */
export function rulesWords({ overlap, missed, jitterSeconds, retry }: ScheduleInfo): string {
  const overlaps = {
    skip: "A time at which the run before is not done is left out.",
    wait: "A time at which the run before is not done waits for it.",
    cancel: "A time at which the run before is not done ends it.",
  }[overlap];
  return [
    overlaps,
    missed === "skip" ? "Missed times are told and left out." : "One run makes up for missed times.",
    ...(jitterSeconds === 0 ? [] : [`It begins up to ${plural(jitterSeconds, "second")} later.`]),
    ...(retry.times === 0
      ? []
      : [
          `What failed is tried again ${plural(retry.times, "time")}, after ${plural(retry.minutes, "minute")}.`,
        ]),
  ].join(" ");
}

interface EntryWords {
  readonly label: string;
  readonly glyph: GlyphName;
  readonly tone: Tone;
  readonly said: string;
}

export function entryWords(entry: ScheduleEntry, timeZone: string): EntryWords {
  if (entry.is === "missed") {
    const { count, first, last } = entry;
    const when =
      count === 1 ? timeIn(timeZone, first) : `${timeIn(timeZone, first)} to ${timeIn(timeZone, last)}`;
    const said = `${plural(count, "time")}, ${when}: no bridge ran, or its machine slept`;
    return { label: "Missed", glyph: "conf", tone: "chg", said };
  }
  if (entry.is === "skipped") {
    return { label: "Left out", glyph: "none", tone: "off", said: "The run before was not done" };
  }
  return { ...RUN_STATE_WORDS[entry.state], said: entry.problem?.message ?? entry.said ?? "" };
}

export function causeWords({ cause, attempt, by }: ScheduleRun): string {
  return {
    due: "at its time",
    "catch-up": "for missed times",
    retry: `try ${attempt}`,
    "by-hand": `by ${by}`,
  }[cause];
}

export const tookWords = ({ at, endedAt }: ScheduleRun): string =>
  endedAt === undefined ? "" : duration(endedAt - at);
