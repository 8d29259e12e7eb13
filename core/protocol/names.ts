/** Names of connections and collections, as configuration, panel and bridge accept them. */
import * as v from "valibot";

const MAX_COLLECTION_NAME = 200;

const configName = () =>
  v.pipe(
    v.string(),
    v.regex(
      /^[A-Za-z0-9][A-Za-z0-9_-]{0,62}$/,
      "expected 1 to 63 letters, digits, _ or -, starting with a letter or digit",
    ),
  );

/** Connections are named in the config file and in folder names. */
export const ConnectionNameSchema = configName();

/** Policies are named in the config file. */
export const PolicyNameSchema = configName();

/** Secrets that drafts may use are named in the config file. */
export const SecretNameSchema = configName();

/** Jobs are named in the config file, on the command line and in folder names. */
export const JobNameSchema = configName();

/** Schedules are named in the config file, on the command line and in file names. */
export const ScheduleNameSchema = configName();

/** Parameters of a job are named in the config file and stand in braces in its command. */
export const ParameterNameSchema = v.pipe(
  v.string(),
  v.regex(
    /^(?!(?:input|output|manifest)$)[A-Za-z][A-Za-z0-9_-]{0,62}$/,
    "expected 1 to 63 letters, digits, _ or -, starting with a letter, and not input, output or manifest",
  ),
);

/** Runs of jobs are folder names. */
export const RunIdSchema = v.pipe(v.string(), v.regex(/^[0-9a-z-]{1,64}$/, "expected 1 to 64 of 0-9 a-z -"));

function isCollectionName(name: string): boolean {
  if (name.length === 0 || name.length > MAX_COLLECTION_NAME || !name.isWellFormed()) return false;
  for (let i = 0; i < name.length; i++) {
    const unit = name.charCodeAt(i);
    if (unit < 0x20 || unit === 0x7f) return false;
  }
  return true;
}

/** Collections may be named after page data, so any readable text will do. */
export const CollectionNameSchema = v.pipe(
  v.string(),
  v.check(
    isCollectionName,
    `expected 1 to ${MAX_COLLECTION_NAME} characters of well-formed text without control characters`,
  ),
);

/** The bridge names views itself, after their content. */
export const ViewIdSchema = v.pipe(v.string(), v.regex(/^[0-9a-f]{32}$/, "expected 32 hexadecimal digits"));

/** Ids of applies are file names in the journal. */
export const ApplyIdSchema = v.pipe(
  v.string(),
  v.regex(/^[0-9A-Za-z_-]{1,64}$/, "expected 1 to 64 of 0-9 A-Z a-z _ -"),
);
