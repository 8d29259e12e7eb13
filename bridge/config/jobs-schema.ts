/** Programs that the config file lets people run: what they are started with, what they read, what they make. */
import * as v from "valibot";
import {
  CollectionNameSchema,
  ConnectionNameSchema,
  JobNameSchema,
  ParameterNameSchema,
} from "../../core/protocol/names.ts";
import { defaultProblem } from "../jobs/parameters.ts";
import { placeholdersIn, STORAGE_PLACEHOLDERS } from "../jobs/placeholders.ts";
import { FIELD_TYPES } from "../jobs/transform/project-record.ts";
import { issueAt } from "./issue-at.ts";
import { OutputMappingSchema, outputMappingSettings } from "./output-mapping-schema.ts";
import { SecretSchema } from "./secret.ts";

/** What ends a run that does not end by itself, in minutes. */
const DEFAULT_TIME_LIMIT = 60;
const MAX_TIME_LIMIT = 7 * 24 * 60;

/** How many committed results of a folder are kept, the one in use among them. */
const DEFAULT_KEPT = 3;

const DEFAULT_TRANSFORM_TIMEOUT_MS = 10_000;

export const JOB_KINDS = ["mapreduce", "spark", "hive", "command"] as const;
export type JobKindName = (typeof JOB_KINDS)[number];

const text = (what: string) => v.pipe(v.string(), v.minLength(1, `expected ${what}`));

function isPattern(source: string): boolean {
  try {
    new RegExp(source, "u");
    return true;
  } catch {
    return false;
  }
}

const pattern = (description: string) =>
  v.pipe(v.string(), v.check(isPattern, "expected a regular expression"), v.description(description));

const described = {
  label: v.exactOptional(v.pipe(text("some words"), v.description("What it means, for people."))),
};

const ParameterEntriesSchema = v.variant("type", [
  v.strictObject({
    type: v.literal("text"),
    ...described,
    pattern: v.exactOptional(
      pattern(
        "Regular expression that the whole value has to match. Absent = any text on one line that does not begin with a hyphen, which would read as an option.",
      ),
    ),
    default: v.exactOptional(v.string()),
  }),
  v.strictObject({
    type: v.literal("number"),
    ...described,
    min: v.exactOptional(v.pipe(v.number(), v.description("Least value."))),
    max: v.exactOptional(v.pipe(v.number(), v.description("Greatest value."))),
    integer: v.exactOptional(v.pipe(v.boolean(), v.description("Whole numbers only."))),
    default: v.exactOptional(v.number()),
  }),
  v.strictObject({ type: v.literal("boolean"), ...described, default: v.exactOptional(v.boolean()) }),
  v.strictObject({
    type: v.literal("one-of"),
    ...described,
    values: v.pipe(
      v.array(v.string()),
      v.minLength(1, "expected at least one value"),
      v.description("The values that may be chosen."),
    ),
    default: v.exactOptional(v.string()),
  }),
]);
export type ParameterConfig = v.InferOutput<typeof ParameterEntriesSchema>;

const ParameterSchema = v.pipe(
  ParameterEntriesSchema,
  v.rawCheck(({ dataset, addIssue }) => {
    const expected = dataset.typed ? defaultProblem(dataset.value) : undefined;
    if (expected !== undefined) addIssue(issueAt(dataset.value as ParameterConfig, "default", expected));
  }),
);

const folder = v.strictObject({
  folder: v.pipe(
    text("the path of a folder"),
    v.description("A folder of this machine; from the folder of this file."),
  ),
});

const inConnection = {
  connection: v.pipe(ConnectionNameSchema, v.description("A connection whose backend holds datasets.")),
  collection: v.pipe(CollectionNameSchema, v.description("The dataset.")),
};

const path = text("a path such as release.year");

const FieldSchema = v.union(
  [path, v.strictObject({ from: path, as: v.exactOptional(v.picklist(FIELD_TYPES)) })],
  'expected a path, or { "from": "path", "as": "type" }',
);

const TransformSchema = v.strictObject({
  fields: v.exactOptional(
    v.pipe(
      v.record(text("a name"), FieldSchema),
      v.description(
        "What the job reads of a record: its names, and where each comes from, the record's key being $key. Absent = the record as it is.",
      ),
    ),
  ),
  module: v.exactOptional(
    v.pipe(
      text("the path of a module"),
      v.description(
        "A module whose default export is called with (row, key) for each record, after the fields, and returns the row, or undefined to leave it out. It has all rights of the bridge.",
      ),
    ),
  ),
  timeoutMs: v.pipe(
    v.optional(v.pipe(v.number(), v.integer(), v.minValue(1)), DEFAULT_TRANSFORM_TIMEOUT_MS),
    v.description("How long the module may take for a thousand records, in milliseconds."),
  ),
});
export type TransformConfig = v.InferOutput<typeof TransformSchema>;

const DatasetInputSchema = v.strictObject({
  ...inConnection,
  transform: v.exactOptional(
    v.pipe(TransformSchema, v.description("What is made of its records before the job reads them.")),
  ),
});

const whatOfOutput = {
  mayBeEmpty: v.exactOptional(
    v.pipe(v.boolean(), v.description("A run without a single byte of output is no failure.")),
  ),
};

const FolderOutputSchema = v.strictObject({
  ...folder.entries,
  ...whatOfOutput,
  keep: v.pipe(
    v.optional(v.pipe(v.number(), v.integer(), v.minValue(1), v.maxValue(1000)), DEFAULT_KEPT),
    v.description("How many results stay on the disk, the newest among them."),
  ),
});

const DatasetOutputSchema = v.strictObject({
  ...inConnection,
  ...whatOfOutput,
  mapping: v.exactOptional(
    v.pipe(
      OutputMappingSchema,
      v.description(
        "How its rows are records of a store: what the panel and --job of the command line compare and pull it by.",
      ),
    ),
  ),
});

const OutputSchema = v.union(
  [FolderOutputSchema, DatasetOutputSchema],
  'expected { "folder": "path" } or { "connection": "name", "collection": "name" }',
);

const JobEntriesSchema = v.strictObject({
  kind: v.pipe(
    v.picklist(JOB_KINDS),
    v.description(
      "What runs: decides what success looks like (mapreduce and spark leave a file _SUCCESS) and how progress is read.",
    ),
  ),
  label: v.exactOptional(v.pipe(text("some words"), v.description("What it does, for people."))),
  command: v.pipe(
    v.array(v.string()),
    v.minLength(1, "expected the program and its arguments"),
    v.description(
      "Program and arguments, which no shell reads. {input}, {output}, {manifest} and the names of parameters in braces are filled in; {{ and }} are braces.",
    ),
  ),
  folder: v.exactOptional(
    v.pipe(
      text("the path of a folder"),
      v.description("Working folder, from the folder of this file. Absent = that one."),
    ),
  ),
  environment: v.exactOptional(
    v.pipe(
      v.record(
        v.pipe(v.string(), v.regex(/^[A-Za-z_][A-Za-z0-9_]*$/, "expected the name of a variable")),
        SecretSchema,
      ),
      v.description(
        "Variables of the job and where their values are: never shown, and blotted out where the job prints them. Of the bridge's own it gets PATH, HOME and the like alone.",
      ),
    ),
  ),
  parameters: v.exactOptional(
    v.pipe(
      v.record(ParameterNameSchema, ParameterSchema),
      v.description("What may be chosen for each run, by the name that stands in braces in the command."),
    ),
  ),
  input: v.exactOptional(
    v.pipe(
      v.union(
        [folder, DatasetInputSchema],
        'expected { "folder": "path" } or { "connection": "name", "collection": "name" }',
      ),
      v.description("What {input} stands for."),
    ),
  ),
  output: v.exactOptional(
    v.pipe(
      OutputSchema,
      v.description("What {output} stands for: each run writes aside, and is seen whole or not at all."),
    ),
  ),
  progress: v.exactOptional(
    pattern("Regular expression with a group that finds the percentage in a line that the job prints."),
  ),
  timeLimitMinutes: v.pipe(
    v.optional(v.pipe(v.number(), v.minValue(0.01), v.maxValue(MAX_TIME_LIMIT)), DEFAULT_TIME_LIMIT),
    v.description("How long a run may take, in minutes; then its processes are ended."),
  ),
});
type JobEntries = v.InferOutput<typeof JobEntriesSchema>;

/** Why the command cannot be meant, or undefined. */
function commandProblem({ command, parameters = {}, input, output }: JobEntries): string | undefined {
  const used = new Set<string>();
  for (const argument of command) {
    try {
      for (const name of placeholdersIn(argument)) used.add(name);
    } catch (error) {
      return `an argument that can be read: in ${JSON.stringify(argument)} ${(error as Error).message}`;
    }
  }
  if (/[{}]/.test(command[0] ?? "")) return "a program without placeholders: what is run stands in this file";
  const known = [...STORAGE_PLACEHOLDERS, ...Object.keys(parameters)];
  const unknown = [...used].find((name) => !known.includes(name));
  if (unknown !== undefined) {
    return `placeholders that are known (${known.map((name) => `{${name}}`).join(", ")}; {{ and }} are braces), and {${unknown}} is none`;
  }
  if (output === undefined && used.has("output")) return '"output", since the command has {output}';
  if (output !== undefined && !used.has("output")) return "{output} in the command, since there is an output";
  if (input === undefined && (used.has("input") || used.has("manifest"))) {
    return '"input", since the command has {input} or {manifest}';
  }
  const idle = Object.keys(parameters).find((name) => !used.has(name));
  return idle === undefined ? undefined : `{${idle}} in the command, since it is a parameter`;
}

export const JobSchema = v.pipe(
  JobEntriesSchema,
  v.rawCheck(({ dataset, addIssue }) => {
    const problem = dataset.typed ? commandProblem(dataset.value) : undefined;
    if (problem !== undefined) addIssue(issueAt(dataset.value as JobEntries, "command", problem));
  }),
);
export type JobConfig = v.InferOutput<typeof JobSchema>;
export type JobInputConfig = NonNullable<JobConfig["input"]>;
export type JobOutputConfig = NonNullable<JobConfig["output"]>;
export type DatasetOutputConfig = v.InferOutput<typeof DatasetOutputSchema>;

export const JobsSchema = v.record(JobNameSchema, JobSchema);

/** The settings that exist where an unknown one was found, in one job of the file. @param path From the job on. */
export function jobSettings(path: readonly unknown[], object: unknown): string[] {
  if (path[0] === "output" && path[1] === "mapping") return outputMappingSettings(path.slice(2));
  if (path[0] === "input" && path[1] === "transform") return Object.keys(TransformSchema.entries);
  if (path[0] !== "parameters") return Object.keys(JobEntriesSchema.entries);
  const type = typeof object === "object" && object !== null && "type" in object ? object.type : undefined;
  const known = ParameterEntriesSchema.options.find((option) => option.entries.type.literal === type);
  return Object.keys((known ?? ParameterEntriesSchema.options[0]).entries);
}
