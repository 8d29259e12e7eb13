/**
 * Jobs: programs that the bridge's config file names and a panel may start, with parameters that the file declares.
 * Each run is told as it goes, and is in the bridge's history afterwards.
 */
import * as v from "valibot";
import { MAX_MAPPING_LENGTH } from "./limits.ts";
import { JobNameSchema, ParameterNameSchema, RunIdSchema } from "./names.ts";
import { BytesSchema } from "./wire-column.ts";

const CountSchema = v.pipe(v.number(), v.safeInteger(), v.minValue(0));
const id = CountSchema;
const TextSchema = v.pipe(v.string(), v.maxLength(10_000));

const ParameterValueSchema = v.union([TextSchema, v.number(), v.boolean()]);

export const JobRequestSchemas = [
  /** The result is a JobsState; with the revision that is known it comes when there is another one. */
  v.strictObject({ t: v.literal("jobs"), id, known: v.exactOptional(CountSchema) }),
  /** The result is the JobRun that began. */
  v.strictObject({
    t: v.literal("run-job"),
    id,
    job: JobNameSchema,
    parameters: v.record(ParameterNameSchema, ParameterValueSchema),
  }),
  /** The result, null, comes when the run has ended. */
  v.strictObject({ t: v.literal("cancel-job"), id, run: RunIdSchema }),
  /** The result is a list of JobRuns, the newest first. */
  v.strictObject({ t: v.literal("job-runs"), id, job: v.exactOptional(JobNameSchema) }),
  /**
   * What the run printed, from there on; negative = so many bytes before the end. The result is a JobLogPart: at once
   * where there is something, else when there is or when the run has ended.
   */
  v.strictObject({
    t: v.literal("job-log"),
    id,
    run: RunIdSchema,
    from: v.pipe(v.number(), v.safeInteger()),
  }),
] as const;

const parameter = {
  name: ParameterNameSchema,
  label: v.exactOptional(v.string()),
  /** What is right, in words. */
  expected: v.string(),
};

const JobParameterSchema = v.variant("type", [
  v.strictObject({ type: v.literal("text"), ...parameter, default: v.exactOptional(v.string()) }),
  v.strictObject({ type: v.literal("number"), ...parameter, default: v.exactOptional(v.number()) }),
  v.strictObject({ type: v.literal("boolean"), ...parameter, default: v.exactOptional(v.boolean()) }),
  v.strictObject({
    type: v.literal("one-of"),
    ...parameter,
    values: v.array(v.string()),
    default: v.exactOptional(v.string()),
  }),
]);
export type JobParameter = v.InferOutput<typeof JobParameterSchema>;

const RUN_STATES = ["running", "succeeded", "failed", "cancelled", "interrupted"] as const;
export type RunState = (typeof RUN_STATES)[number];

/** How a run ended. */
const ended = {
  /** Of the program. */
  exitCode: v.exactOptional(v.number()),
  /** The signal that ended it. */
  signal: v.exactOptional(v.string()),
  /** Why it did not succeed, and the next step. */
  problem: v.exactOptional(v.strictObject({ code: v.string(), message: v.string() })),
  /** The last lines that it printed, where it did not succeed. */
  lastLines: v.exactOptional(v.array(v.string())),
  /** What was committed. */
  output: v.exactOptional(
    v.strictObject({ records: v.exactOptional(CountSchema), files: CountSchema, bytes: CountSchema }),
  ),
};

export const RunEndSchema = v.strictObject({
  state: v.picklist(["succeeded", "failed", "cancelled", "interrupted"]),
  /** Milliseconds since 1970. */
  endedAt: v.number(),
  /** How many bytes it printed, kept or not. */
  printed: CountSchema,
  ...ended,
});
export type RunEnd = v.InferOutput<typeof RunEndSchema>;

const JobRunSchema = v.strictObject({
  runId: RunIdSchema,
  job: JobNameSchema,
  /** Milliseconds since 1970. */
  startedAt: v.number(),
  endedAt: v.exactOptional(v.number()),
  state: v.picklist(RUN_STATES),
  parameters: v.record(ParameterNameSchema, ParameterValueSchema),
  /** Who started it, for people. */
  by: v.string(),
  progress: v.exactOptional(v.strictObject({ percent: v.exactOptional(v.number()), said: v.string() })),
  printed: CountSchema,
  ...ended,
});
export type JobRun = v.InferOutput<typeof JobRunSchema>;
export const JobRunResultSchema = JobRunSchema;
export const JobRunsResultSchema = v.array(JobRunSchema);

const JobInfoSchema = v.strictObject({
  name: JobNameSchema,
  kind: v.string(),
  label: v.exactOptional(v.string()),
  /** With its placeholders. */
  command: v.array(v.string()),
  parameters: v.array(JobParameterSchema),
  /** Where it reads and writes, in words. */
  input: v.exactOptional(v.string()),
  output: v.exactOptional(v.string()),
  /** Of the output, where it is a dataset of a connection. */
  dataset: v.exactOptional(
    v.strictObject({
      connection: v.string(),
      collection: v.string(),
      /** That the config file has for it: JSON text of MappingSettings. */
      mapping: v.exactOptional(v.pipe(v.string(), v.maxLength(MAX_MAPPING_LENGTH))),
    }),
  ),
  timeLimitMinutes: v.number(),
  running: v.exactOptional(JobRunSchema),
  /** The newest run that has ended. */
  last: v.exactOptional(JobRunSchema),
});
export type JobInfo = v.InferOutput<typeof JobInfoSchema>;

export const JobsStateSchema = v.strictObject({ revision: CountSchema, jobs: v.array(JobInfoSchema) });
export type JobsState = v.InferOutput<typeof JobsStateSchema>;

export const JobLogPartSchema = v.strictObject({
  /** Where it begins: behind what was asked for where that is kept no more. */
  from: CountSchema,
  bytes: BytesSchema,
  /** Where the log ends now. */
  end: CountSchema,
  /** Nothing more is printed. */
  hasEnded: v.boolean(),
});
export type JobLogPart = v.InferOutput<typeof JobLogPartSchema>;
