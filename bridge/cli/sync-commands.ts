/** `driftscope diff`, `push`, `pull`, `resolve` and `undo`: what they take, and how they end. */
import { readFileSync } from "node:fs";
import { type Command, InvalidArgumentError } from "commander";
import * as v from "valibot";
import { decodeValue } from "../../core/codec/decode-value.ts";
import { TABLE_MARK } from "../../core/codec/text-format.ts";
import { encodeKey } from "../../core/key/encode-key.ts";
import { keyFromJson } from "../../core/key/key-json.ts";
import type { MappingSettings, Policy } from "../../core/mapping/mapping-settings.ts";
import { MappingSettingsSchema } from "../../core/protocol/mapping-settings.ts";
import { messageOf } from "../../core/session/session-error.ts";
import type { Config } from "../config/load-config.ts";
import type { CommandInput, OnceCommand } from "../headless/command-input.ts";
import { exitCodeOfError } from "../headless/exit-code.ts";
import { bundleName } from "../headless/remote/serve-bundle.ts";
import type { Report } from "../headless/report/report-schema.ts";
import { runCommand } from "../headless/run-command.ts";
import { watch } from "../headless/watch/watch-command.ts";
import { watchWords } from "../headless/watch/watch-state.ts";
import { CliError, ExitCode } from "./exit-codes.ts";
import { type JobResult, jobResult } from "./job-result.ts";
import { reportLines } from "./print-report.ts";
import { ProcessTerminal } from "./process-terminal.ts";
import { visibleControls } from "./visible-controls.ts";

interface SyncOptions {
  readonly page: string;
  readonly profile?: string;
  readonly cdp?: string;
  readonly browser?: string;
  readonly app: boolean;
  readonly frame?: string;
  readonly bucket?: string;
  readonly database: string;
  readonly store?: readonly string[];
  readonly connection?: string;
  readonly bundle?: string;
  readonly job?: string;
  readonly collection?: string;
  readonly table?: string;
  readonly mapping?: string;
  readonly ignore?: readonly string[];
  readonly policy?: Policy;
  /** The argument of `undo`. */
  readonly undo?: string | undefined;
  readonly key?: Uint8Array;
  readonly take?: string;
  readonly resume?: string;
  readonly dryRun?: true;
  readonly yes?: true;
  readonly confirm?: readonly string[];
  readonly fresh?: true;
  readonly fields: boolean;
  readonly json?: true;
  /** Seconds. */
  readonly interval?: number;
  /** Percent. */
  readonly limit?: number;
}

/** What a bundle can stand in for: those that write no backend. */
const TAKE_BUNDLES: ReadonlySet<CommandInput["command"]> = new Set(["diff", "pull", "undo"]);

const more = (value: string, before: readonly string[] = []): readonly string[] => [...before, value];

/** @param withFolders Adds the options that name config and data folder. */
export function addSyncCommands(
  program: Command,
  withFolders: (command: Command) => Command,
  configOf: (options: object) => Config,
): void {
  const add = (name: CommandInput["command"], description: string): Command =>
    withRemote(withFolders(program.command(name)), name)
      .description(description)
      .requiredOption("--page <url>", "the page whose storage is meant", parseUrl)
      .option("--profile <folder>", "user data folder of Chromium; made where it is missing")
      .option("--cdp <endpoint>", "a running Chromium, such as http://127.0.0.1:9222, with the page open")
      .option(
        "--browser <file>",
        "Chromium to start (default: $CHROMIUM, Playwright's own, one of this machine)",
      )
      .option(
        "--no-app",
        "an empty page of the same origin stands in for the application, which does not run",
      )
      .option("--frame <url>", "the frame of the page whose storage is meant")
      .option("--bucket <name>", "storage bucket (default: the default bucket)")
      .requiredOption("--database <name>", "the page's database")
      .option("--store <name>", "object store; may repeat (default: all of the database)", more)
      .option("--collection <name>", "collection of one store (default: DATABASE.STORE)")
      .option("--table <name>", "existing table, mapped as the file of --mapping says")
      .option(
        "--mapping <file>",
        "settings of the mapping as JSON: ignore, policy, identities, columns, scope",
      )
      .option("--ignore <field>", "top-level field that takes no part; may repeat", more)
      .option("--json", "print one object of JSON")
      .option("--no-fields", "do not read which fields differ")
      .action((...given: unknown[]) => {
        // The command's arguments come first, then its options.
        const options = given.at(-2) as SyncOptions;
        const undo = typeof given[0] === "string" ? given[0] : undefined;
        const config = configOf(options);
        if (name === "watch") return runWatch(options, config);
        return run(name, { ...options, undo }, config);
      });
  const writing = (command: Command): Command =>
    command
      .option("--dry-run", "everything but the writes")
      .option("--yes", "do not ask before writing")
      .option("--confirm <name>", "the name of a place that may lose many records; may repeat", more)
      .option("--resume <apply>", "go on with an apply that was interrupted");
  const policy = (command: Command): Command =>
    command.option(
      "--policy <name>",
      "who wins where both sides changed: manual, local, remote, newest:FIELD, merge, custom:NAME",
      parsePolicy,
    );

  policy(add("diff", "how the page's stores have drifted from their collections")).option(
    "--fresh",
    "read the remote anew, also where the bridge keeps what it read last",
  );
  writing(policy(add("push", "write what changed in the page to the backend")));
  writing(policy(add("pull", "write what changed in the backend to the page")));
  writing(policy(add("resolve", "settle what both sides changed, by a policy or one record at a time")))
    .option("--key <json>", "key of one record, as --json prints it", parseKey)
    .option("--take <what>", "local, remote, or a file with the record that both sides shall have");
  policy(add("watch", "keep the page's stores and their collections in sync until Ctrl+C"))
    .option("--yes", "write without being asked, where the connection wants every apply confirmed")
    .option("--confirm <name>", "the name of a place that may lose many records; may repeat", more)
    .option("--interval <seconds>", "between two rounds (default: 10)", parseInterval)
    .option(
      "--limit <percent>",
      "most of a side's records that a round may delete or replace (default: 20)",
      parsePercent,
    );
  writing(add("undo", "take an apply back (default: the newest)").argument("[apply]"));
}

function withRemote(command: Command, name: CommandInput["command"]): Command {
  command
    .option("--connection <name>", "connection of the config file")
    .option("--job <name>", "instead: what this job makes, by the mapping of its output in the config file");
  if (!TAKE_BUNDLES.has(name)) return command;
  return command.option(
    "--bundle <file>",
    "a bundle, in place of a connection: `driftscope bundle` tells what that is",
  );
}

async function run(command: OnceCommand, options: SyncOptions, config: Config): Promise<void> {
  const terminal = new ProcessTerminal();
  const abort = new AbortController();
  let applyId: string | undefined;
  const cancel = (): void => {
    if (abort.signal.aborted) process.exit(ExitCode.cancelled);
    const wayOn = applyId === undefined ? "" : `, and --resume ${applyId} goes on`;
    terminal.note(`Cancelling: what is under way is finished first. Once more ends at once${wayOn}.`);
    abort.abort(new DOMException("Cancelled.", "AbortError"));
  };
  const signals = ["SIGINT", "SIGTERM"] as const;
  for (const signal of signals) process.on(signal, cancel);
  const report = await runCommand({
    ...inputOf(command, options, config),
    onApply: (begun) => {
      applyId = begun;
    },
    terminal,
    signal: abort.signal,
  });
  for (const signal of signals) process.off(signal, cancel);
  terminal.done();
  await print(report, options.json === true);
  if (report.error !== undefined && !options.json) terminal.note(report.error.message);
  const open = report.stores.find(({ apply }) => apply?.complete === false && !report.dryRun);
  if (open?.apply !== undefined) {
    terminal.note(`To go on: the same command with --resume ${open.apply.applyId}`);
  }
  process.exitCode = report.exitCode;
}

const DEFAULT_INTERVAL = 10;
const DEFAULT_LIMIT = 20;

/** A line for each state that is news; with --json, an object a line. */
async function runWatch(options: SyncOptions, config: Config): Promise<void> {
  const terminal = new ProcessTerminal();
  const abort = new AbortController();
  const cancel = (): void => {
    if (abort.signal.aborted) process.exit(ExitCode.cancelled);
    terminal.note("Ending: what is under way is finished first. Once more ends at once.");
    abort.abort(new DOMException("Cancelled.", "AbortError"));
  };
  const signals = ["SIGINT", "SIGTERM"] as const;
  for (const signal of signals) process.on(signal, cancel);
  try {
    await watch({
      ...inputOf("watch", options, config),
      intervalMs: (options.interval ?? DEFAULT_INTERVAL) * 1000,
      limit: (options.limit ?? DEFAULT_LIMIT) / 100,
      onApply: () => {},
      onState: (state) => {
        const line = options.json ? JSON.stringify(state) : visibleControls(watchWords(state));
        process.stdout.write(`${line}\n`);
      },
      terminal,
      signal: abort.signal,
    });
  } catch (error) {
    terminal.note(messageOf(error));
    process.exitCode = exitCodeOfError(error);
  } finally {
    for (const signal of signals) process.off(signal, cancel);
    terminal.done();
  }
}

function inputOf<Command extends CommandInput["command"]>(
  command: Command,
  options: SyncOptions,
  config: Config,
): Omit<CommandInput<Command>, "terminal" | "signal" | "onApply"> {
  const { page, profile, cdp, browser, resume, undo } = options;
  const { connection, bundle, settings } = remoteOf(options, config);
  if (profile !== undefined && cdp !== undefined) throw usage("--profile and --cdp exclude each other.");
  if (options.frame !== undefined && !options.app) throw usage("Without the application there is no frame.");
  if (cdp !== undefined && !options.app) throw usage("--no-app is for a browser that this command starts.");
  return {
    command,
    config,
    browser: { profile, cdp, executable: browser },
    url: page,
    app: options.app,
    frame: options.frame,
    bucket: options.bucket ?? "",
    database: options.database,
    stores: options.store ?? [],
    connection,
    bundle,
    collection: options.collection,
    settings,
    policy: policyOf(command, options, settings),
    record: recordOf(options),
    undo,
    resume,
    dryRun: options.dryRun ?? false,
    yes: options.yes ?? false,
    confirmed: options.confirm ?? [],
    fresh: options.fresh ?? false,
    withFields: options.fields && (command === "diff" || options.json === true),
  };
}

/** `resolve --take local` without a key is the policy of that name. */
function policyOf(
  command: CommandInput["command"],
  { policy: asked, take, key, resume }: SyncOptions,
  settings: MappingSettings,
): Policy {
  const policy = asked ?? settings.policy;
  if (command !== "resolve" || key !== undefined || resume !== undefined) return policy ?? { is: "manual" };
  if (policy !== undefined && policy.is !== "manual") return policy;
  if (take === "local") return { is: "localWins" };
  if (take === "remote") return { is: "remoteWins" };
  throw usage("Say who wins: --policy NAME, --take local, --take remote, or --key JSON with --take.");
}

/** Where the other side is, and how it is mapped. @throws CliError */
function remoteOf(
  options: SyncOptions,
  config: Config,
): Pick<CommandInput, "connection" | "bundle" | "settings"> {
  const { job, connection, bundle } = options;
  if (job !== undefined) return { ...resultOf(job, options, config), bundle };
  if (bundle === undefined && connection !== undefined) {
    return { connection, bundle, settings: settingsOf(options) };
  }
  if (bundle !== undefined && connection === undefined) {
    return { connection: bundleName(bundle), bundle, settings: settingsOf(options) };
  }
  throw usage("Name the other side, one of --connection NAME, --job NAME and --bundle FILE.");
}

/** @throws CliError */
function resultOf(job: string, options: SyncOptions, config: Config): JobResult {
  const others = ["connection", "bundle", "collection", "table", "mapping"] as const;
  const other = others.find((name) => options[name] !== undefined);
  if (other !== undefined)
    throw usage(`--job says where its result is: --${other} and it exclude each other.`);
  const { ignore } = options;
  const result = jobResult(job, config);
  return ignore === undefined ? result : { ...result, settings: { ...result.settings, ignore } };
}

/** @throws CliError */
function settingsOf({ mapping, table, ignore, collection }: SyncOptions): MappingSettings {
  const settings = mapping === undefined ? {} : readSettings(mapping);
  const mapped = settings.columns?.table;
  if (table !== undefined && table !== mapped) {
    throw usage(
      mapped === undefined
        ? `How the columns of "${table}" are mapped stands in a file: name it with --mapping.`
        : `The file of --mapping maps the table "${mapped}", not "${table}".`,
    );
  }
  if (mapped !== undefined && collection !== undefined)
    throw usage("--collection and a mapped table exclude each other.");
  return ignore === undefined ? settings : { ...settings, ignore };
}

/** As the panel keeps them. */
function readSettings(file: string): MappingSettings {
  let content: unknown;
  try {
    content = JSON.parse(readFileSync(file, "utf8"));
  } catch (error) {
    throw usage(`${file} holds no mapping: ${messageOf(error)}`);
  }
  const parsed = v.safeParse(MappingSettingsSchema, content);
  if (parsed.success) return parsed.output;
  const [issue] = parsed.issues;
  throw usage(`${file}: ${v.getDotPath(issue) ?? "as a whole"}: ${issue.message}`);
}

function recordOf({ key, take }: SyncOptions): CommandInput["record"] {
  if (key === undefined) return undefined;
  if (take === undefined) throw usage("--key wants --take local, --take remote or --take FILE.");
  return { key, take: take === "local" || take === "remote" ? take : { value: readValue(take) } };
}

/** JSON, or a value text of core/codec, which starts with #. */
function readValue(file: string): unknown {
  try {
    const text = readFileSync(file, "utf8");
    return text.startsWith(TABLE_MARK) ? decodeValue(text.trimEnd()) : JSON.parse(text);
  } catch (error) {
    throw usage(`${file} holds no record: ${messageOf(error)}`);
  }
}

const usage = (message: string): CliError => new CliError(ExitCode.usage, message);

function parseUrl(text: string): string {
  if (URL.canParse(text)) return new URL(text).href;
  throw new InvalidArgumentError("expected a URL such as http://localhost:8080/.");
}

function parseInterval(text: string): number {
  const seconds = Number(text);
  if (seconds >= 0.1 && seconds <= 86_400) return seconds;
  throw new InvalidArgumentError("expected seconds, from 0.1 to 86400.");
}

function parsePercent(text: string): number {
  const percent = Number(text);
  if (percent >= 0 && percent <= 100) return percent;
  throw new InvalidArgumentError("expected a number from 0 to 100.");
}

function parseKey(text: string): Uint8Array {
  try {
    return encodeKey(keyFromJson(JSON.parse(text)));
  } catch {
    throw new InvalidArgumentError('expected a key as tagged JSON, such as 7, "\\"a\\"" or ["eu", 7].');
  }
}

function parsePolicy(text: string): Policy {
  const [name = "", ...rest] = text.split(":");
  const argument = rest.join(":");
  if (argument === "") {
    if (name === "manual") return { is: "manual" };
    if (name === "local") return { is: "localWins" };
    if (name === "remote") return { is: "remoteWins" };
    if (name === "merge") return { is: "mergeFields" };
  }
  if (name === "newest" && argument !== "") return { is: "newestWins", field: argument.split(".") };
  if (name === "custom" && argument !== "") return { is: "custom", name: argument };
  throw new InvalidArgumentError("expected manual, local, remote, newest:FIELD, merge or custom:NAME.");
}

/** Resolves when it is written: a pipe may take only a part at a time. */
function print(report: Report, asJson: boolean): Promise<void> {
  const text = asJson ? JSON.stringify(report) : visibleControls(reportLines(report).join("\n"));
  return new Promise((resolve) => {
    if (text === "") resolve();
    else process.stdout.write(`${text}\n`, () => resolve());
  });
}
