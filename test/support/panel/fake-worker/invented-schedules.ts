/** Schedules as a bridge would tell them: one that is well, one that failed and missed times, and one that is paused. */
import type {
  ScheduleEntry,
  ScheduleInfo,
  ScheduleRun,
  TimesPreview,
} from "../../../../core/protocol/schedule-frames.ts";

const HOUR = 3_600_000;
const DAY = 24 * HOUR;

export const inventedPreview = (): TimesPreview => ({
  words: "At 06:30, Monday through Friday",
  next: [1, 2, 3, 4, 5].map((days) => Date.now() + days * DAY),
});

const run = (more: Partial<ScheduleRun>): ScheduleRun => ({
  is: "run",
  runId: "0a1b2c3d",
  cause: "due",
  by: "schedule nightly",
  due: Date.now() - 3 * HOUR,
  attempt: 1,
  at: Date.now() - 3 * HOUR,
  endedAt: Date.now() - 3 * HOUR + 70_000,
  state: "succeeded",
  said: "It made 4 files of 31,000,000 bytes.",
  ...more,
});

export const inventedEntries = (): ScheduleEntry[] => [
  run({}),
  { is: "skipped", at: Date.now() - DAY, due: Date.now() - DAY },
  {
    is: "missed",
    at: Date.now() - 2 * DAY,
    count: 3,
    first: Date.now() - 5 * DAY,
    last: Date.now() - 3 * DAY,
  },
];

const common = {
  times: { cron: "30 6 * * 1-5", timeZone: "Europe/Berlin" },
  jitterSeconds: 0,
  overlap: "skip" as const,
  missed: "skip" as const,
  retry: { times: 0, minutes: 0 },
  timesMayChange: false,
};

/** Of the invented page. */
const WANTED = {
  url: "https://notes.example/",
  database: "field-notes",
  stores: ["visits"],
  connection: "lab",
};

export const inventedSchedules = (): ScheduleInfo[] => [
  {
    ...common,
    ...inventedPreview(),
    name: "nightly",
    label: "Totals for the morning",
    does: "Runs the job totals with region=eu",
    runs: "bridge",
    where: "by the bridge",
    timesMayChange: true,
    last: run({}),
  },
  {
    ...common,
    ...inventedPreview(),
    name: "compare",
    does: "Compares visits of field-notes at https://notes.example/ with lab",
    runs: "headless",
    where: "headless, with the profile /home/lena/profile",
    retry: { times: 2, minutes: 10 },
    retryAt: Date.now() + 5 * 60_000,
    lastMissed: { count: 3, first: Date.now() - 5 * DAY, last: Date.now() - 3 * DAY },
    last: run({
      state: "failed",
      problem: {
        code: "backend-unavailable",
        message: "Nothing listens at 127.0.0.1:9042: start the server.",
      },
    }),
  },
  {
    ...common,
    ...inventedPreview(),
    name: "look",
    does: "Compares visits of field-notes at https://notes.example/ with lab",
    runs: "panel",
    where: "in a panel: it waits until one has a page of https://notes.example open",
    wants: WANTED,
    running: run({ runId: "1a2b3c4d", state: "waiting" }),
  },
  {
    ...common,
    ...inventedPreview(),
    next: [],
    name: "queue",
    does: "Sends what is queued",
    runs: "bridge",
    where: "by the bridge",
    paused: { since: Date.now() - DAY, by: "DevTools panel" },
  },
];
