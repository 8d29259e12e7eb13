/** `driftscope bundle`: what collections held at a time, in one file. */
import { readFileSync } from "node:fs";
import { resolve } from "node:path";
import type { Command } from "commander";
import * as v from "valibot";
import type { MappingSettings } from "../../core/mapping/mapping-settings.ts";
import { tableMappingOf } from "../../core/mapping/table-mapping.ts";
import { MappingSettingsSchema } from "../../core/protocol/mapping-settings.ts";
import { messageOf } from "../../core/session/session-error.ts";
import { BUNDLE_FORMAT } from "../bundles/bundle-file.ts";
import { type BundleFacts, type BundleReport, bundleFacts } from "../bundles/bundle-report.ts";
import { keptBundles } from "../bundles/kept-bundles.ts";
import { checkBundle } from "../bundles/read-bundle.ts";
import { type BundleSource, writeBundle } from "../bundles/write-bundle.ts";
import type { Config } from "../config/load-config.ts";
import { exitCodeOfError } from "../headless/exit-code.ts";
import { openRemote, type RemoteAccess } from "../headless/remote/remote-access.ts";
import { DataFolder } from "../server/data-folder.ts";
import { CliError, ExitCode } from "./exit-codes.ts";
import { ProcessTerminal } from "./process-terminal.ts";
import { megabytes, printable } from "./visible-names.ts";

interface MakeOptions {
  readonly connection: string;
  readonly collection?: readonly string[];
  readonly mapping?: string;
  readonly out: string;
  readonly json?: true;
}

const more = (value: string, before: readonly string[] = []): readonly string[] => [...before, value];

export function addBundleCommands(
  program: Command,
  withFolders: (command: Command) => Command,
  configOf: (options: object) => Config,
): void {
  const bundle = program
    .command("bundle")
    .description("files that hold what collections held at a time, to be compared with and pulled from");
  withFolders(bundle.command("list", { isDefault: true }))
    .description("list the bundles that schedules keep in the data folder")
    .action((options: object) => list(new DataFolder(configOf(options).dataDir)));
  bundle
    .command("show")
    .argument("<file>")
    .description("read all of a bundle, and tell whether it is whole and what it holds")
    .option("--json", "print one object of JSON")
    .action((file: string, { json }: { readonly json?: true }) =>
      reported(json === true, async () => bundleFacts(file, await checkBundle(file))),
    );
  withFolders(bundle.command("make"))
    .description("read collections into a new file, which is there whole or not at all")
    .requiredOption("--connection <name>", "connection of the config file")
    .option("--collection <name>", "may repeat (default: all that the connection serves)", more)
    .option("--mapping <file>", "settings of a mapping as JSON: the table that it names is read")
    .requiredOption("--out <file>", "the file, which must not be there yet")
    .option("--json", "print one object of JSON")
    .action((options: MakeOptions) => make(configOf(options), options));
}

async function list({ schedulesFolder }: DataFolder): Promise<void> {
  const kept = await keptBundles(schedulesFolder);
  if (kept.length === 0) return console.log("No schedule has made one in the data folder yet.");
  const bytes = kept.reduce((sum, one) => sum + one.bytes, 0);
  console.log(`${kept.length === 1 ? "1 bundle" : `${kept.length} bundles`}, ${megabytes(bytes)}:`);
  for (const one of kept) {
    console.log(`  ${one.path}  ${megabytes(one.bytes)}`);
    const names = one.head?.collections.map(({ name }) => printable(name)).join(", ");
    console.log(`      ${one.head === undefined ? one.problem : `${names} of ${one.head.connection}`}`);
  }
}

function make(config: Config, options: MakeOptions): Promise<void> {
  const { connection, json, out } = options;
  const terminal = new ProcessTerminal();
  return reported(json === true, async (signal) => {
    const folder = new DataFolder(config.dataDir);
    const onWait = ({ pid }: { readonly pid: number }): void =>
      terminal.note(`Waiting for the process ${pid}, which works on ${folder.path}.`);
    const remote = await openRemote(config, folder, { signal, onWait });
    try {
      const sources = await sourcesOf(remote, options);
      const path = resolve(out);
      const onProgress = (records: number): void =>
        terminal.progress(`${records.toLocaleString("en")} records`);
      const request = { path, connection, sources, now: Date.now, onProgress, signal };
      return bundleFacts(path, await writeBundle(request));
    } finally {
      terminal.done();
      await remote.close();
    }
  });
}

/** @throws CliError, ProtocolError */
async function sourcesOf(
  remote: RemoteAccess,
  { connection, collection, mapping }: MakeOptions,
): Promise<BundleSource[]> {
  const listed = await remote.connections();
  const info = listed.find(({ name }) => name === connection);
  if (info === undefined) {
    const known = listed.map(({ name }) => `"${name}"`).join(", ");
    throw usage(`There is no connection "${connection}": the config file has ${known}.`);
  }
  if (info.problem !== undefined) {
    throw new CliError(
      ExitCode.connection,
      `The connection "${connection}" cannot be used: ${info.problem.message}`,
    );
  }
  if (mapping !== undefined) {
    if (collection !== undefined) throw usage("--collection and a mapped table exclude each other.");
    return [await tableSource(remote, connection, mapping)];
  }
  const names = collection ?? (info.collections ?? []).map(({ name }) => name);
  if (names.length === 0)
    throw usage(`The connection "${connection}" has no collections yet: push one first.`);
  return Promise.all(names.map(async (name) => ({ name, store: await remote.store(connection, name) })));
}

async function tableSource(remote: RemoteAccess, connection: string, file: string): Promise<BundleSource> {
  const mapping = readMapping(file);
  const table = tableMappingOf(mapping);
  if (table === undefined) throw usage(`${file} maps no table: collections are named with --collection.`);
  const name = table.columns.table;
  return { name, store: await remote.store(connection, name, table), mapping };
}

function readMapping(file: string): MappingSettings {
  try {
    return v.parse(MappingSettingsSchema, JSON.parse(readFileSync(file, "utf8")));
  } catch (error) {
    throw usage(`${file} holds no mapping: ${messageOf(error)}`);
  }
}

/** Ctrl+C ends it, and leaves no file. */
async function reported(asJson: boolean, work: (signal: AbortSignal) => Promise<BundleFacts>): Promise<void> {
  const abort = new AbortController();
  const cancel = (): void => abort.abort(new DOMException("Cancelled.", "AbortError"));
  const signals = ["SIGINT", "SIGTERM"] as const;
  for (const signal of signals) process.once(signal, cancel);
  const report = await work(abort.signal).then(
    (bundle): BundleReport => ({ format: BUNDLE_FORMAT, bundle, exitCode: exitCodeOf(bundle) }),
    (error: unknown) => failure(error, abort.signal),
  );
  for (const signal of signals) process.off(signal, cancel);
  if (asJson) console.log(JSON.stringify(report));
  else if (report.bundle !== undefined) console.log(factLines(report.bundle).join("\n"));
  if (report.error !== undefined) console.error(report.error.message);
  process.exitCode = report.exitCode;
}

/** Records that are not in it are told apart from a bundle that holds all. */
const exitCodeOf = ({ collections }: BundleFacts): number =>
  collections.some(({ unread }) => unread > 0) ? ExitCode.notAllWritten : ExitCode.done;

function failure(error: unknown, { aborted }: AbortSignal): BundleReport {
  const code = error instanceof Error && "code" in error ? String(error.code) : "internal";
  const exitCode = aborted
    ? ExitCode.cancelled
    : error instanceof CliError
      ? error.exitCode
      : exitCodeOfError(error);
  return { format: BUNDLE_FORMAT, error: { code, message: messageOf(error) }, exitCode };
}

function factLines({ path, bytes, id, connection, startedAt, endedAt, collections }: BundleFacts): string[] {
  return [
    `${path}: whole, ${megabytes(bytes)}`,
    `  of       ${connection}, read from ${new Date(startedAt).toISOString()} to ${new Date(endedAt).toISOString()}`,
    `  id       ${id}`,
    ...collections.map(({ name, origin, records, unread }) => {
      const where = origin === undefined ? "" : `, of ${printable(origin)}`;
      const left = unread === 0 ? "" : `; ${unread} could not be read, and are not in it`;
      return `  holds    ${printable(name)}${where}: ${records === 1 ? "1 record" : `${records} records`}${left}`;
    }),
  ];
}

const usage = (message: string): CliError => new CliError(ExitCode.usage, message);
