/** The one object that a command prints with --json: docs/command-line.md explains it, a JSON schema describes it. */
import * as v from "valibot";
import { LEVELS } from "../../../core/protocol/frames.ts";
import { DRIFT_KINDS, type FullReason } from "../../../core/session/drift.ts";

const described = <Schema extends v.GenericSchema>(schema: Schema, text: string) =>
  v.pipe(schema, v.description(text));

const CountSchema = v.pipe(v.number(), v.integer(), v.minValue(0));

const DECISIONS = ["push", "pull", "merge", "renew", "leave", "decide"] as const;
const STATUSES = ["applied", "conflict", "rejected", "superseded", "unknown", "notRun"] as const;

const KeySchema = described(
  v.any(),
  'The key as tagged JSON: numbers and strings as they are, "~~x" for a string that starts with ~, "~d1760000000000" for a Date (milliseconds), "~bAAEC" for binary (base64), "~Infinity", "~-Infinity", arrays of these.',
);

const DriftSchema = v.strictObject({
  key: KeySchema,
  kind: v.picklist(DRIFT_KINDS),
  noBase: v.exactOptional(described(v.literal(true), "No common ancestor is known.")),
  fields: v.exactOptional(
    described(
      v.array(v.array(v.string())),
      "Paths of the fields that differ, where both sides have a record; an empty path is the whole record.",
    ),
  ),
  proposal: described(v.picklist(DECISIONS), "What the base alone proposes; decide = a person has to."),
  decision: described(v.picklist(DECISIONS), "What this command decided, by its direction and policy."),
  reason: v.exactOptional(described(v.string(), "The policy's, or why the record cannot be written.")),
  outcome: v.exactOptional(described(v.picklist(STATUSES), "The worst of its operations.")),
});

const FULL_REASONS = [
  "asked",
  "first",
  "noChanges",
  "remoteGoneBack",
  "notWatched",
  "watchedLater",
  "reloaded",
  "tooMany",
  "cleared",
] as const satisfies readonly FullReason[];

const ExtentSchema = v.variant("is", [
  v.strictObject({
    is: v.literal("full"),
    because: described(
      v.picklist(FULL_REASONS),
      "first: nothing tells this process what was written before it began. remoteGoneBack: besides, the collection's list of changes says that it is not what it was.",
    ),
    detail: v.exactOptional(described(v.string(), "In the backend's words: put back, made anew, …")),
    remoteAsOf: v.exactOptional(
      described(
        v.string(),
        "diff without --fresh: when the remote was read that records were found equal with, as 2026-05-06T07:08:09.010Z. What others wrote there since is not seen, except in records that differed then. Absent: it was read now.",
      ),
    ),
  }),
  v.strictObject({ is: v.literal("keys"), keys: described(CountSchema, "How many were looked at.") }),
]);

const OperationCountsSchema = v.strictObject({
  create: CountSchema,
  replace: CountSchema,
  delete: CountSchema,
});

const SideSchema = v.picklist(["local", "remote"]);

const PlanSchema = v.strictObject({
  applyId: v.string(),
  kind: v.picklist(["apply", "undo"]),
  undoes: v.exactOptional(v.string()),
  local: described(OperationCountsSchema, "Operations on the page's store."),
  remote: described(OperationCountsSchema, "Operations on the collection."),
  renewals: described(CountSchema, "Records that are equal already: only the base is renewed."),
  notWritten: described(v.record(v.string(), CountSchema), "Drift that is left alone, by reason."),
  confirmations: described(
    v.array(v.strictObject({ side: SideSchema, name: v.string(), deletes: CountSchema })),
    "Deletes that want the name of the place typed that loses the records (--confirm NAME).",
  ),
});

const ApplySchema = v.strictObject({
  applyId: described(v.string(), "For --resume and for undo."),
  complete: described(v.boolean(), "False when the same plan has to be resumed."),
  outcomes: v.strictObject(v.entriesFromList(STATUSES, CountSchema)),
  notApplied: described(
    v.array(
      v.strictObject({
        key: KeySchema,
        side: v.picklist(["local", "remote", "base"]),
        action: v.picklist(["create", "replace", "delete", "base"]),
        status: v.picklist(STATUSES),
        code: v.exactOptional(v.string()),
        reason: v.exactOptional(v.string()),
      }),
    ),
    "Every operation that did not apply.",
  ),
  stopped: v.exactOptional(
    v.strictObject({ side: v.picklist(["local", "remote", "base"]), reason: v.string() }),
  ),
});

const StoreReportSchema = v.strictObject({
  database: v.string(),
  bucket: described(v.string(), "Storage bucket; empty = the default one."),
  store: v.string(),
  collection: v.string(),
  collectionExists: described(v.boolean(), "False: nothing was pushed there yet."),
  databaseCreated: v.exactOptional(
    described(v.literal(true), "The page had no such database: it was made as the collection describes it."),
  ),
  complete: described(v.boolean(), "False when cancelled: the counts then cover a part."),
  extent: v.exactOptional(
    described(
      ExtentSchema,
      "What was compared: full = all records of both sides, keys = those that were named (--key). Absent where nothing was: undo and --resume.",
    ),
  ),
  counts: described(
    v.strictObject(v.entriesFromList(DRIFT_KINDS, CountSchema)),
    "Records by kind, as compared before anything was written.",
  ),
  rows: v.strictObject({ local: CountSchema, remote: CountSchema }),
  emptied: described(
    v.array(
      v.strictObject({
        side: SideSchema,
        gone: CountSchema,
        of: CountSchema,
        reasons: v.array(v.picklist(["manyGone", "versionFell", "storeRecreated", "wentBack"])),
      }),
    ),
    "A side that may have been emptied, made anew or put back: what follows from it is decided by nobody until its name is typed.",
  ),
  drifts: v.array(DriftSchema),
  plan: v.exactOptional(PlanSchema),
  apply: v.exactOptional(ApplySchema),
  left: described(CountSchema, "Drift that is left when the command ends, converged records not counted."),
});

export const ReportSchema = v.strictObject({
  format: v.literal(1),
  command: v.picklist(["diff", "push", "pull", "resolve", "undo"]),
  page: v.string(),
  connection: v.string(),
  level: v.exactOptional(v.picklist(LEVELS)),
  dryRun: v.boolean(),
  stores: v.array(StoreReportSchema),
  cancelled: v.exactOptional(v.literal(true)),
  error: v.exactOptional(v.strictObject({ code: v.string(), message: v.string() })),
  exitCode: described(
    v.picklist([0, 1, 2, 3, 4, 130]),
    "0 equal or done, 1 drift or conflicts are left, 2 usage, 3 page, browser, bridge or backend failed, 4 something was rejected or is unknown, 130 cancelled.",
  ),
});

export type Report = v.InferOutput<typeof ReportSchema>;
export type StoreReport = v.InferOutput<typeof StoreReportSchema>;
export type DriftReport = v.InferOutput<typeof DriftSchema>;
export type ApplyDescription = v.InferOutput<typeof ApplySchema>;
export type ExtentDescription = v.InferOutput<typeof ExtentSchema>;
export type PlanDescription = v.InferOutput<typeof PlanSchema>;
