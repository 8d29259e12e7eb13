/** Reading driftscope.config.json, with errors that name file, place, what was expected and what was found. */
import { existsSync, readFileSync } from "node:fs";
import { homedir } from "node:os";
import { dirname, join, resolve } from "node:path";
import * as v from "valibot";
import { DEFAULT_RETENTION, type Retention } from "../journal/journal.ts";
import {
  type ConfigFile,
  ConfigSchema,
  type ConnectionConfig,
  DEFAULT_PORT,
  type PolicyConfig,
} from "./config-schema.ts";
import { danglingNames } from "./dangling-names.ts";
import { deepestIssue } from "./deepest-issue.ts";
import type { DraftsConfig } from "./drafts-schema.ts";
import { type JobConfig, jobSettings } from "./jobs-schema.ts";
import { jsonPath } from "./json-path.ts";
import { lineAndColumn, syntaxErrorOffset } from "./json-position.ts";
import { nearestName } from "./nearest-name.ts";
import { outputMappingProblems } from "./output-mapping-problems.ts";
import { type ScheduleConfig, scheduleSettings } from "./schedules-schema.ts";

const MEGABYTE = 1024 * 1024;

export const CONFIG_FILE_NAME = "driftscope.config.json";

/** `message` holds one line for each thing that is wrong. */
export class ConfigError extends Error {
  override readonly name = "ConfigError";
  readonly code: "config-unreadable" | "config-syntax" | "config-invalid";

  constructor(code: ConfigError["code"], message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}

export interface Config {
  /** Undefined = there is no file, these are the defaults. */
  readonly file: string | undefined;
  /** Paths in `connections` are relative to it. */
  readonly folder: string;
  readonly port: number;
  readonly dataDir: string;
  readonly connections: Readonly<Record<string, ConnectionConfig>>;
  /** Undefined = panels cannot draft connections. */
  readonly drafts: DraftsConfig | undefined;
  readonly policies: Readonly<Record<string, PolicyConfig>>;
  readonly jobs: Readonly<Record<string, JobConfig>>;
  readonly schedules: Readonly<Record<string, ScheduleConfig>>;
  readonly journal: Retention;
}

export interface ConfigOverrides {
  /** Absent = driftscope.config.json in the working folder, if it is there. */
  readonly file?: string | undefined;
  readonly dataDir?: string | undefined;
  readonly port?: number | undefined;
}

const defaultDataDir = (): string =>
  join(process.env.XDG_DATA_HOME ?? join(homedir(), ".local", "share"), "driftscope");

/** @throws ConfigError */
export function loadConfig(overrides: ConfigOverrides, workingFolder: string): Config {
  const named = overrides.file === undefined ? undefined : resolve(workingFolder, overrides.file);
  const usual = join(workingFolder, CONFIG_FILE_NAME);
  const file = named ?? (existsSync(usual) ? usual : undefined);
  const content = file === undefined ? {} : parseConfig(readText(file), file);
  const folder = file === undefined ? workingFolder : dirname(file);
  const dataDir =
    overrides.dataDir !== undefined
      ? resolve(workingFolder, overrides.dataDir)
      : content.dataDir !== undefined
        ? resolve(folder, content.dataDir)
        : defaultDataDir();
  return {
    file,
    folder,
    port: overrides.port ?? content.port ?? DEFAULT_PORT,
    dataDir,
    connections: content.connections ?? {
      local: { backend: "sqlite", file: join(dataDir, "local.sqlite"), level: "confirm" },
    },
    drafts: content.drafts,
    policies: content.policies ?? {},
    jobs: content.jobs ?? {},
    schedules: content.schedules ?? {},
    journal: {
      days: content.journal?.days ?? DEFAULT_RETENTION.days,
      bytes: (content.journal?.megabytes ?? DEFAULT_RETENTION.bytes / MEGABYTE) * MEGABYTE,
    },
  };
}

function readText(file: string): string {
  try {
    return readFileSync(file, "utf8");
  } catch (error) {
    const why = error instanceof Error && "code" in error ? String(error.code) : String(error);
    throw new ConfigError(
      "config-unreadable",
      `${file}: cannot be read (${why}). \`driftscope init\` writes one.`,
      { cause: error },
    );
  }
}

/** @throws ConfigError */
export function parseConfig(text: string, file: string): ConfigFile {
  const value = parseJson(text, file);
  requireNoList(value, "$", file);
  const parsed = v.safeParse(ConfigSchema, value);
  const problems = parsed.success
    ? [...danglingNames(parsed.output), ...outputMappingProblems(parsed.output)]
    : parsed.issues.map(describeIssue);
  if (parsed.success && problems.length === 0) return parsed.output;
  throw new ConfigError("config-invalid", problems.map((problem) => `${file}: ${problem}`).join("\n"));
}

function parseJson(text: string, file: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    const offset = syntaxErrorOffset(text);
    const { line, column } = lineAndColumn(text, offset);
    const found = offset < text.length ? JSON.stringify(text[offset]) : "the end of the file";
    throw new ConfigError(
      "config-syntax",
      `${file}:${line}:${column}: this is not JSON: did not expect ${found} here.`,
      { cause: error },
    );
  }
}

/** valibot takes a list for an object with numbers as names. */
function requireNoList(value: unknown, at: string, file: string): void {
  if (Array.isArray(value)) {
    throw new ConfigError("config-invalid", `${file}: ${at}: expected an object, found ${found(value)}.`);
  }
  if (at !== "$" || typeof value !== "object" || value === null) return;
  const { drafts } = value as { readonly drafts?: { readonly secrets?: unknown } | null };
  requireNoList(drafts?.secrets, "$.drafts.secrets", file);
  for (const name of ["connections", "drafts", "policies", "jobs", "schedules", "journal"] as const) {
    requireNoList((value as Partial<Record<typeof name, unknown>>)[name], `$.${name}`, file);
  }
}

type Issue = v.InferIssue<typeof ConfigSchema>;

function describeIssue(whole: Issue): string {
  const issue = deepestIssue(whole);
  const keys = (issue.path ?? []).map((item) => item.key);
  const item = issue.path?.at(-1);
  if (issue.type === "strict_object" && issue.expected === "never" && typeof item?.key === "string") {
    const parent = keys.slice(0, -1);
    const siblings = knownNames(parent, item.input);
    const meant = nearestName(item.key, siblings);
    const hint = meant === undefined ? `known are ${siblings.join(", ")}` : `did you mean "${meant}"?`;
    return `${jsonPath(parent)}: there is no setting "${item.key}"; ${hint}.`;
  }
  const at = jsonPath(keys);
  if (issue.received === "undefined") return `${at}: is missing.`;
  return `${at}: expected ${expectation(issue)}, found ${found(issue.input)}.`;
}

function expectation(issue: Issue): string {
  if (issue.message.startsWith("expected ")) {
    return issue.message.slice("expected ".length);
  }
  return issue.expected?.replace(/^\((.*)\)$/, "$1").replaceAll(" | ", " or ") ?? issue.message;
}

function found(value: unknown): string {
  const text = JSON.stringify(value) ?? String(value);
  return text.length > 60 ? `${text.slice(0, 57)}...` : text;
}

/** The settings that exist where an unknown one was found. */
function knownNames(path: readonly unknown[], object: unknown): string[] {
  if (path.length === 0) return Object.keys(ConfigSchema.entries);
  if (path[0] === "journal") return Object.keys(ConfigSchema.entries.journal.wrapped.pipe[0].entries);
  if (path[0] === "drafts") return Object.keys(ConfigSchema.entries.drafts.wrapped.pipe[0].entries);
  if (path[0] === "jobs") return jobSettings(path.slice(2), object);
  if (path[0] === "schedules") return scheduleSettings(path.slice(2), object);
  if (path[0] === "policies") return Object.keys(ConfigSchema.entries.policies.wrapped.value.entries);
  const backend =
    typeof object === "object" && object !== null && "backend" in object ? object.backend : undefined;
  const kinds = ConfigSchema.entries.connections.wrapped.value.options;
  const kind = kinds.find((option) => option.entries.backend.literal === backend);
  return Object.keys((kind ?? kinds[0])?.entries ?? {});
}
