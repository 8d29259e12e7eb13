/** What the config file has the bridge do at certain times. */
import * as v from "valibot";
import {
  CollectionNameSchema,
  ConnectionNameSchema,
  JobNameSchema,
  ScheduleNameSchema,
} from "../../core/protocol/names.ts";
import { localTimeZone, timesProblem } from "../schedules/cron-times.ts";
import { issueAt } from "./issue-at.ts";

const DEFAULT_TIME_LIMIT = 60;
const DEFAULT_RETRY_MINUTES = 5;
const DEFAULT_KEPT_BUNDLES = 7;

const text = (what: string) => v.pipe(v.string(), v.minLength(1, `expected ${what}`));

const connection = ConnectionNameSchema;
const mapping = v.exactOptional(
  v.pipe(
    text("the path of a file"),
    v.description("Settings of the mapping as JSON, as --mapping of the command line takes them."),
  ),
);
const timeLimitMinutes = v.pipe(
  v.optional(v.pipe(v.number(), v.minValue(0.01)), DEFAULT_TIME_LIMIT),
  v.description("How long it may take, in minutes."),
);

const profile = v.pipe(
  text("the path of a user data folder of Chromium"),
  v.description(
    "User data folder of Chromium, from the folder of this file: a page's storage is in a browser, and this one is started without a window.",
  ),
);

/** A page whose storage is meant. */
const page = {
  url: v.pipe(
    v.string(),
    v.check((url) => URL.canParse(url), "expected a URL such as http://localhost:8080/"),
    v.description("The page whose storage is meant."),
  ),
  app: v.exactOptional(
    v.pipe(
      v.boolean(),
      v.description("false: an empty page of the same origin stands in for the application."),
    ),
  ),
  database: text("the name of a database"),
  stores: v.exactOptional(
    v.pipe(v.array(text("the name of a store")), v.description("Absent = all of the database.")),
  ),
  connection,
  mapping,
  reports: v.exactOptional(
    v.pipe(
      text("the path of a folder"),
      v.description("Where the report of each run is written, as JSON. Absent = in the data folder."),
    ),
  ),
  timeLimitMinutes,
};

const TaskSchema = v.variant("do", [
  v.strictObject({
    do: v.literal("job"),
    job: v.pipe(JobNameSchema, v.description('One of "jobs".')),
    parameters: v.exactOptional(v.record(v.string(), v.union([v.string(), v.number(), v.boolean()]))),
  }),
  v.strictObject({
    do: v.literal("send-queue"),
    connection: v.exactOptional(
      v.pipe(ConnectionNameSchema, v.description("Whose queue is sent. Absent = everybody's.")),
    ),
  }),
  v.strictObject({
    do: v.literal("compare"),
    ...page,
    profile: v.exactOptional(profile),
    waitForPanel: v.exactOptional(
      v.pipe(
        v.literal(true),
        v.description(
          "In place of a profile: it waits until a panel has the page open, and the person there has it compared.",
        ),
      ),
    ),
    failOnDrift: v.exactOptional(
      v.pipe(v.boolean(), v.description("true: a run that finds a difference counts as failed.")),
    ),
  }),
  v.strictObject({ do: v.literal("pull"), ...page, profile }),
  v.strictObject({
    do: v.literal("bundle"),
    connection,
    collections: v.exactOptional(
      v.pipe(
        v.array(CollectionNameSchema),
        v.minLength(1),
        v.description("Absent = all that the connection serves."),
      ),
    ),
    mapping: v.exactOptional(
      v.pipe(
        text("the path of a file"),
        v.description(
          "Settings of a mapping as JSON, in place of collections: the table that it names is read.",
        ),
      ),
    ),
    folder: v.exactOptional(
      v.pipe(
        text("the path of a folder"),
        v.description("Where the bundles lie, from the folder of this file. Absent = in the data folder."),
      ),
    ),
    keep: v.pipe(
      v.optional(v.pipe(v.number(), v.integer(), v.minValue(1), v.maxValue(10_000)), DEFAULT_KEPT_BUNDLES),
      v.description("How many bundles stay: the newest ones."),
    ),
    timeLimitMinutes,
  }),
]);
export type ScheduleTask = v.InferOutput<typeof TaskSchema>;
export type PageTask = Extract<ScheduleTask, { url: string }>;
export type BundleTask = Extract<ScheduleTask, { do: "bundle" }>;

const ScheduleEntriesSchema = v.strictObject({
  label: v.exactOptional(v.pipe(text("some words"), v.description("What it is for, for people."))),
  cron: v.pipe(
    v.string(),
    v.description(
      "Minute, hour, day of month, month, day of week; or @hourly, @daily, @weekly, @monthly, @yearly.",
    ),
  ),
  timeZone: v.exactOptional(
    v.pipe(
      v.string(),
      v.description("Whose hours those are, such as Europe/Berlin. Absent = this machine's."),
    ),
  ),
  task: v.pipe(
    TaskSchema,
    v.description(
      "job: runs one. send-queue: sends what waits in the bridge's queue. compare: writes a report of how a page has drifted. pull: brings a profile's page up to its backend. bundle: pulls collections into a file.",
    ),
  ),
  overlap: v.pipe(
    v.optional(v.picklist(["skip", "wait", "cancel"]), "skip"),
    v.description(
      "When a run is due and the one before is not done. skip: it is left out. wait: it follows. cancel: the one before is ended.",
    ),
  ),
  missed: v.pipe(
    v.optional(v.picklist(["skip", "catch-up"]), "skip"),
    v.description(
      "When times passed while no bridge ran. skip: they are told and left out. catch-up: one run makes up for all of them.",
    ),
  ),
  jitterSeconds: v.pipe(
    v.optional(v.pipe(v.number(), v.minValue(0), v.maxValue(3600)), 0),
    v.description("How much later than its time a run may begin, so that not all begin at once."),
  ),
  retry: v.exactOptional(
    v.strictObject({
      times: v.pipe(
        v.number(),
        v.integer(),
        v.minValue(0),
        v.maxValue(100),
        v.description("How often a run that failed is tried again."),
      ),
      minutes: v.pipe(
        v.optional(v.pipe(v.number(), v.minValue(0.1), v.maxValue(1440)), DEFAULT_RETRY_MINUTES),
        v.description("How long after the failure."),
      ),
    }),
  ),
  timesFromPanel: v.exactOptional(
    v.pipe(
      v.boolean(),
      v.description("true: a panel may set other times. Absent = it may pause and run it alone."),
    ),
  ),
});
type ScheduleEntries = v.InferOutput<typeof ScheduleEntriesSchema>;

export const timesOf = ({ cron, timeZone = localTimeZone() }: ScheduleEntries) => ({ cron, timeZone });

/** What a task's settings would have to be to go with one another, or undefined. */
function taskProblem(task: ScheduleTask): string | undefined {
  if (task.do === "bundle" && task.collections !== undefined && task.mapping !== undefined)
    return '"collections" or "mapping", not both';
  if (task.do !== "compare") return undefined;
  const { profile, waitForPanel, app, mapping } = task;
  if ((profile === undefined) === (waitForPanel === undefined))
    return 'either "profile", to open the page without a window, or "waitForPanel": true';
  const isUnused = waitForPanel && (app !== undefined || mapping !== undefined);
  return isUnused
    ? 'neither "app" nor "mapping" with "waitForPanel": the page is open, and the panel has its mapping'
    : undefined;
}

export const ScheduleSchema = v.pipe(
  ScheduleEntriesSchema,
  v.rawCheck(({ dataset, addIssue }) => {
    if (!dataset.typed) return;
    const { value } = dataset;
    const wrong = taskProblem(value.task);
    if (wrong !== undefined) addIssue(issueAt(value, "task", wrong));
    const expected = timesProblem(timesOf(value));
    if (expected === undefined) return;
    const key = expected.startsWith("a time zone") ? "timeZone" : "cron";
    addIssue(issueAt(value, key, expected));
  }),
);
export type ScheduleConfig = v.InferOutput<typeof ScheduleSchema>;

export const SchedulesSchema = v.record(ScheduleNameSchema, ScheduleSchema);

/** The settings that exist where an unknown one was found, in one schedule of the file. @param path From it on. */
export function scheduleSettings(path: readonly unknown[], object: unknown): string[] {
  if (path[0] === "retry") return ["times", "minutes"];
  if (path[0] !== "task") return Object.keys(ScheduleEntriesSchema.entries);
  const kind = typeof object === "object" && object !== null && "do" in object ? object.do : undefined;
  const known = TaskSchema.options.find((option) => option.entries.do.literal === kind);
  return Object.keys((known ?? TaskSchema.options[0]).entries);
}
