/** The shape of driftscope.config.json. */
import * as v from "valibot";
import { LEVELS } from "../../core/protocol/frames.ts";
import { CollectionNameSchema, ConnectionNameSchema, PolicyNameSchema } from "../../core/protocol/names.ts";
import { type BackendName, backendKinds } from "../backends/registry.ts";
import { DraftsSchema } from "./drafts-schema.ts";
import { JobsSchema } from "./jobs-schema.ts";
import { SchedulesSchema } from "./schedules-schema.ts";

export const DEFAULT_PORT = 7411;

/** What every connection has, whatever its backend. */
const common = {
  level: v.pipe(
    v.optional(v.picklist(LEVELS), "confirm"),
    v.description(
      "read-only: nothing is ever written. confirm: a person confirms each apply. unattended: applies by themselves, for test data.",
    ),
  ),
  collections: v.exactOptional(
    v.pipe(v.array(CollectionNameSchema), v.description("When given, no other collection is served.")),
  ),
  tables: v.exactOptional(
    v.pipe(
      v.array(CollectionNameSchema),
      v.description(
        'Existing tables that may be mapped, by name; "*" = all. Absent = none. The level holds for them, too.',
      ),
    ),
  ),
};

const connectionSchemas = (Object.keys(backendKinds) as BackendName[]).map((backend) =>
  v.strictObject({ backend: v.literal(backend), ...backendKinds[backend].settings, ...common }),
);
export const ConnectionSchema = v.variant("backend", connectionSchemas);
export type ConnectionConfig = v.InferOutput<typeof ConnectionSchema>;

/** How long a policy function may take for one record, in milliseconds. */
const DEFAULT_POLICY_TIMEOUT = 1000;

const PolicySchema = v.strictObject({
  module: v.pipe(
    v.string(),
    v.minLength(1, "expected the path of a JavaScript module"),
    v.description(
      "JavaScript module from the folder of the config file; its default export decides a conflict. It runs with all rights of the bridge.",
    ),
  ),
  timeoutMs: v.pipe(
    v.optional(v.pipe(v.number(), v.integer(), v.minValue(1), v.maxValue(60_000)), DEFAULT_POLICY_TIMEOUT),
    v.description("How long it may take for one record, in milliseconds; then its thread is ended."),
  ),
});
export type PolicyConfig = v.InferOutput<typeof PolicySchema>;

const JournalSchema = v.strictObject({
  days: v.exactOptional(
    v.pipe(v.number(), v.minValue(1), v.description("How long an apply can be undone; absent = 30.")),
  ),
  megabytes: v.exactOptional(
    v.pipe(
      v.number(),
      v.minValue(1),
      v.description("Most that the journal takes: beyond it the oldest applies go. Absent = 1024."),
    ),
  ),
});

export const ConfigSchema = v.strictObject({
  $schema: v.exactOptional(v.pipe(v.string(), v.description("For editors."))),
  connections: v.exactOptional(
    v.pipe(
      v.record(ConnectionNameSchema, ConnectionSchema),
      v.description("What the bridge serves, by name. Absent = one SQLite file in the data folder."),
    ),
  ),
  drafts: v.exactOptional(
    v.pipe(
      DraftsSchema,
      v.description("Lets panels draft connections, which are read-only. Absent = they cannot."),
    ),
  ),
  policies: v.exactOptional(
    v.pipe(
      v.record(PolicyNameSchema, PolicySchema),
      v.description("Functions that propose how conflicts are resolved, by name."),
    ),
  ),
  jobs: v.exactOptional(
    v.pipe(
      JobsSchema,
      v.description("Programs that people may run from the panel and the command line, by name."),
    ),
  ),
  schedules: v.exactOptional(
    v.pipe(SchedulesSchema, v.description("What the bridge does at certain times while it runs, by name.")),
  ),
  journal: v.exactOptional(
    v.pipe(JournalSchema, v.description("How much the bridge remembers of what was there before, for undo.")),
  ),
  port: v.exactOptional(
    v.pipe(
      v.number(),
      v.integer(),
      v.minValue(0),
      v.maxValue(65_535),
      v.description(`Port on 127.0.0.1; 0 = any that is free, absent = ${DEFAULT_PORT}.`),
    ),
  ),
  dataDir: v.exactOptional(
    v.pipe(
      v.string(),
      v.minLength(1, "expected the path of a folder"),
      v.description(
        "Folder for keys of panels, the journal and the default database; from the folder of this file.",
      ),
    ),
  ),
});
export type ConfigFile = v.InferOutput<typeof ConfigSchema>;
