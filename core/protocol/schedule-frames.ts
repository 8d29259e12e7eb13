/**
 * Schedules: what the bridge's config file has it do at certain times. A panel sees them, runs one now, pauses and
 * resumes, and changes the times of those that the file says it may; what is done stands in the file alone.
 */
import * as v from "valibot";
import { DRIFT_KINDS } from "../session/drift.ts";
import { RunIdSchema, ScheduleNameSchema } from "./names.ts";

const CountSchema = v.pipe(v.number(), v.safeInteger(), v.minValue(0));
const id = CountSchema;
const name = ScheduleNameSchema;

/** When it is due: a cron expression, and the time zone that its hours are of. */
export const TimesSchema = v.strictObject({
  cron: v.pipe(v.string(), v.maxLength(200)),
  timeZone: v.pipe(v.string(), v.maxLength(100)),
});
export type Times = v.InferOutput<typeof TimesSchema>;

/** What a panel compared for a schedule, store by store: counts alone, the records stay in the panel. */
const ComparedStoreSchema = v.strictObject({
  database: v.string(),
  store: v.string(),
  collection: v.string(),
  rows: v.strictObject({ local: CountSchema, remote: CountSchema }),
  counts: v.strictObject(v.entriesFromList(DRIFT_KINDS, CountSchema)),
});
export type ComparedStore = v.InferOutput<typeof ComparedStoreSchema>;

const PanelAnswerSchema = v.variant("is", [
  v.strictObject({ is: v.literal("compared"), stores: v.pipe(v.array(ComparedStoreSchema), v.minLength(1)) }),
  v.strictObject({ is: v.literal("failed"), message: v.pipe(v.string(), v.maxLength(10_000)) }),
  /** The person would not, this time. */
  v.strictObject({ is: v.literal("declined") }),
]);
export type PanelAnswer = v.InferOutput<typeof PanelAnswerSchema>;

export const ScheduleRequestSchemas = [
  /** The result is a SchedulesState; with the revision that is known it comes when there is another one. */
  v.strictObject({ t: v.literal("schedules"), id, known: v.exactOptional(CountSchema) }),
  /** Begins a run at once, whatever the times; the result is null. */
  v.strictObject({ t: v.literal("run-schedule"), id, name }),
  v.strictObject({ t: v.literal("pause-schedule"), id, name, paused: v.boolean() }),
  /** Other times than the file's; null: those of the file again. The result is null. */
  v.strictObject({ t: v.literal("time-schedule"), id, name, times: v.nullable(TimesSchema) }),
  /** What these times mean, before they are set: the result is a TimesPreview. */
  v.strictObject({ t: v.literal("preview-times"), id, times: TimesSchema }),
  /** What came of a run that waited for a panel; the result is null. */
  v.strictObject({
    t: v.literal("answer-schedule"),
    id,
    name,
    runId: RunIdSchema,
    answer: PanelAnswerSchema,
  }),
  /** The result is a list of ScheduleEntries, the newest first. */
  v.strictObject({ t: v.literal("schedule-history"), id, name: v.exactOptional(name) }),
] as const;

/** Times in words and in figures. */
export const TimesPreviewSchema = v.strictObject({
  words: v.string(),
  /** The next five, in milliseconds since 1970. */
  next: v.array(v.number()),
});
export type TimesPreview = v.InferOutput<typeof TimesPreviewSchema>;

/** Why a run began. */
const CAUSES = ["due", "catch-up", "retry", "by-hand"] as const;

/** What a run came to. */
const outcome = {
  /** In words. */
  said: v.exactOptional(v.string()),
  /** Why it failed, and the next step. */
  problem: v.exactOptional(v.strictObject({ code: v.string(), message: v.string() })),
  /** The run of the job that it was. */
  jobRun: v.exactOptional(RunIdSchema),
  /** The file with its report. */
  report: v.exactOptional(v.string()),
  /** The bundle that it made. */
  bundle: v.exactOptional(v.string()),
};

export const ScheduleRunSchema = v.strictObject({
  is: v.literal("run"),
  runId: RunIdSchema,
  cause: v.picklist(CAUSES),
  /** Who wanted it, for people. */
  by: v.string(),
  /** The time that it was due at. */
  due: v.exactOptional(v.number()),
  /** 1, and one more with each retry. */
  attempt: CountSchema,
  at: v.number(),
  endedAt: v.exactOptional(v.number()),
  /** waiting: for a panel that has its page open, however long that takes and however often the bridge starts. */
  state: v.picklist(["waiting", "running", "succeeded", "failed", "cancelled", "interrupted"]),
  ...outcome,
});
export type ScheduleRun = v.InferOutput<typeof ScheduleRunSchema>;

export const ScheduleEntrySchema = v.variant("is", [
  ScheduleRunSchema,
  /** Times that passed while no bridge ran, or this machine slept. */
  v.strictObject({
    is: v.literal("missed"),
    at: v.number(),
    /** At least so many. */
    count: CountSchema,
    first: v.number(),
    last: v.number(),
  }),
  /** A time at which the run before was not done. */
  v.strictObject({ is: v.literal("skipped"), at: v.number(), due: v.number() }),
]);
export type ScheduleEntry = v.InferOutput<typeof ScheduleEntrySchema>;
export const ScheduleHistorySchema = v.array(
  v.strictObject({ name: ScheduleNameSchema, entry: ScheduleEntrySchema }),
);
export type ScheduleHistory = v.InferOutput<typeof ScheduleHistorySchema>;

/** What a panel has to have open for a schedule that waits for one. */
const WantedPageSchema = v.strictObject({
  /** Its storage is that of this address's origin. */
  url: v.string(),
  database: v.string(),
  /** Absent = those that are mapped to the connection. */
  stores: v.exactOptional(v.array(v.string())),
  connection: v.string(),
});
export type WantedPage = v.InferOutput<typeof WantedPageSchema>;

const ScheduleInfoSchema = v.strictObject({
  name: ScheduleNameSchema,
  label: v.exactOptional(v.string()),
  /** In words. */
  does: v.string(),
  runs: v.picklist(["bridge", "headless", "panel"]),
  /** The same in words: by the bridge, headless with which profile, or in a panel that it waits for. */
  where: v.string(),
  /** Of one that runs in a panel. */
  wants: v.exactOptional(WantedPageSchema),
  times: TimesSchema,
  /** The times in words. */
  words: v.string(),
  /** The next five, in milliseconds since 1970; none while it is paused. */
  next: v.array(v.number()),
  /** How much later than its time a run may begin. */
  jitterSeconds: v.number(),
  overlap: v.picklist(["skip", "wait", "cancel"]),
  missed: v.picklist(["skip", "catch-up"]),
  retry: v.strictObject({ times: CountSchema, minutes: v.number() }),
  /** The file lets panels change the times. */
  timesMayChange: v.boolean(),
  /** Those of the file, where others hold. */
  timesOfFile: v.exactOptional(TimesSchema),
  paused: v.exactOptional(v.strictObject({ since: v.number(), by: v.string() })),
  running: v.exactOptional(ScheduleRunSchema),
  /** After a failure. */
  retryAt: v.exactOptional(v.number()),
  last: v.exactOptional(ScheduleRunSchema),
  /** The newest entry, where it is one of missed times. */
  lastMissed: v.exactOptional(v.strictObject({ count: CountSchema, first: v.number(), last: v.number() })),
});
export type ScheduleInfo = v.InferOutput<typeof ScheduleInfoSchema>;

export const SchedulesStateSchema = v.strictObject({
  revision: CountSchema,
  schedules: v.array(ScheduleInfoSchema),
});
export type SchedulesState = v.InferOutput<typeof SchedulesStateSchema>;
