/** Schedules and their history in words, for a terminal. */
import type { ScheduleEntry, ScheduleInfo, ScheduleRun } from "../../core/protocol/schedule-frames.ts";

/** As the clocks of that zone show it. */
export function timeIn(timeZone: string, time: number): string {
  return new Intl.DateTimeFormat("en-CA", {
    timeZone,
    dateStyle: "short",
    timeStyle: "short",
    hourCycle: "h23",
  })
    .format(time)
    .replace(",", "");
}

export function scheduleLines(info: ScheduleInfo): string[] {
  const { name, label, does, where, times, words, next, jitterSeconds, overlap, missed, retry } = info;
  const { paused, running, retryAt, last, lastMissed, timesOfFile } = info;
  const at = (time: number): string => timeIn(times.timeZone, time);
  const [first] = next;
  const line = (what: string, said: string): string => `      ${what.padEnd(9)}${said}`;
  return [
    `  ${name}  ${words} (${times.cron}, ${times.timeZone})`,
    ...(label === undefined ? [] : [line("", label)]),
    line("does", `${does}, ${where}`),
    ...(timesOfFile === undefined
      ? []
      : [
          line(
            "times",
            `set in a panel; those of the config file are ${timesOfFile.cron}, ${timesOfFile.timeZone}`,
          ),
        ]),
    line(
      "rules",
      [
        overlap === "skip" ? "left out" : overlap === "wait" ? "follows" : "ends the one before",
        " where the one before is not done; missed times ",
        missed === "skip" ? "are told" : "are made up for once",
        jitterSeconds === 0 ? "" : `; up to ${jitterSeconds} s later`,
        retry.times === 0
          ? ""
          : `; tried again ${retry.times === 1 ? "once" : `${retry.times} times`}, ${retry.minutes} minutes later`,
      ].join(""),
    ),
    paused === undefined
      ? line("next", first === undefined ? "never" : at(first))
      : line("paused", `since ${at(paused.since)}, by ${paused.by}`),
    ...(running === undefined ? [] : [line("now", runWords(running, times.timeZone))]),
    ...(retryAt === undefined ? [] : [line("retry", at(retryAt))]),
    ...(lastMissed === undefined
      ? []
      : [line("missed", `${lastMissed.count} times, the last one ${at(lastMissed.last)}`)]),
    ...(last === undefined ? [] : [line("last", runWords(last, times.timeZone))]),
  ];
}

/** One line about what happened. */
export function entryWords(entry: ScheduleEntry, timeZone: string): string {
  const at = (time: number): string => timeIn(timeZone, time);
  if (entry.is === "missed") {
    return `${at(entry.at)}  missed ${entry.count} times from ${at(entry.first)} to ${at(entry.last)}: no bridge ran, or this machine slept`;
  }
  if (entry.is === "skipped") return `${at(entry.at)}  left out: the run before was not done`;
  return runWords(entry, timeZone);
}

function runWords(run: ScheduleRun, timeZone: string): string {
  const { at, endedAt, state, cause, attempt, by, said, problem, jobRun, bundle, report } = run;
  const took = endedAt === undefined ? "" : ` after ${Math.round((endedAt - at) / 1000)} s`;
  const why = {
    due: "",
    "catch-up": ", for missed times",
    retry: `, try ${attempt}`,
    "by-hand": `, by ${by}`,
  }[cause];
  const job = jobRun === undefined ? "" : ` (run ${jobRun})`;
  const open = state === "waiting" ? "a panel with its page open is to do it" : "under way";
  const file = bundle ?? (problem === undefined ? report : undefined);
  const kept = file === undefined ? "" : ` (${file})`;
  return `${timeIn(timeZone, at)}  ${state}${took}${why}: ${problem?.message ?? said ?? open}${job}${kept}`;
}
