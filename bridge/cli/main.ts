#!/usr/bin/env node
import { Command, CommanderError, InvalidArgumentError } from "commander";
/** The command line: `driftscope --help`. */
import { messageOf } from "../../core/session/session-error.ts";
import { ConfigError, loadConfig } from "../config/load-config.ts";
import { DataFolderError } from "../server/data-folder.ts";
import { runBridge } from "./bridge-command.ts";
import { addBundleCommands } from "./bundle-commands.ts";
import { type CompactOptions, compactCollection } from "./compact-command.ts";
import { checkConnections } from "./doctor-command.ts";
import { CliError, ExitCode } from "./exit-codes.ts";
import { initConfig } from "./init-command.ts";
import { addJobCommands } from "./job-commands.ts";
import { addJournalCommands } from "./journal-commands.ts";
import { listPanels, pair, revokePanel } from "./panel-commands.ts";
import { addQueueCommands } from "./queue-commands.ts";
import { addScheduleCommands } from "./schedule-commands.ts";
import { setUpConnection } from "./set-up-command.ts";
import { addSyncCommands } from "./sync-commands.ts";
import { VERSION } from "./version.ts";

interface FolderOptions {
  readonly config?: string;
  readonly data?: string;
}

function parsePort(text: string): number {
  const port = Number(text);
  if (/^\d{1,5}$/.test(text) && port <= 65_535) return port;
  throw new InvalidArgumentError("expected a number from 0 (any free port) to 65535.");
}

const configOf = (options: FolderOptions & { readonly port?: number }) =>
  loadConfig({ file: options.config, dataDir: options.data, port: options.port }, process.cwd());

function withFolders(command: Command): Command {
  return command
    .option("--config <file>", "config file (default: driftscope.config.json here, if there is one)")
    .option("--data <folder>", "data folder: keys of panels, journal, the default database");
}

function createProgram(): Command {
  const program = new Command("driftscope")
    .description("Shows how a page's IndexedDB has drifted from a remote backend: the bridge's side.")
    .version(VERSION)
    .exitOverride();
  withFolders(program.command("bridge"))
    .description("serve the configured connections to paired panels, on this machine alone")
    .option("--port <number>", "port to listen on, 0 = any that is free (default: 7411)", parsePort)
    .option("--json", "print one line of JSON with port and pairing string instead of words")
    .action((options: FolderOptions & { port?: number; json?: true }) =>
      runBridge(configOf(options), options.json ?? false),
    );
  withFolders(program.command("pair"))
    .description("print a new pairing string for the bridge that runs")
    .action((options: FolderOptions) => pair(configOf(options).dataDir));
  withFolders(program.command("panels"))
    .description("list the panels that are paired")
    .action((options: FolderOptions) => listPanels(configOf(options).dataDir));
  withFolders(program.command("revoke").argument("<id>", "as `driftscope panels` lists it"))
    .description("forget a panel's key; a panel that is connected loses its connection")
    .action((id: string, options: FolderOptions) => revokePanel(configOf(options).dataDir, id));
  withFolders(
    program
      .command("init")
      .argument("[connection]", "make what the collections of this connection need, after showing it"),
  )
    .description("write a driftscope.config.json here; or set a connection's database up")
    .option("--yes", "do not ask")
    .action((connection: string | undefined, options: FolderOptions & { yes?: true }) =>
      connection === undefined
        ? initConfig(process.cwd())
        : setUpConnection(configOf(options), connection, options.yes ?? false),
    );
  withFolders(program.command("doctor").argument("[connection]", "this one alone"))
    .description("tell what keeps the configured connections from being used, and what to do")
    .action((connection: string | undefined, options: FolderOptions) =>
      checkConnections(configOf(options), connection),
    );
  withFolders(program.command("compact"))
    .description("merge the segments of a collection on HDFS into one, in the connection's format")
    .requiredOption("--connection <name>", "of the config file")
    .requiredOption("--collection <name>", "DATABASE.STORE, or as it was named")
    .action((options: FolderOptions & CompactOptions) => compactCollection(configOf(options), options));
  addJournalCommands(program, withFolders, configOf);
  addQueueCommands(program, withFolders, configOf);
  addJobCommands(program, withFolders, configOf);
  addScheduleCommands(program, withFolders, configOf);
  addBundleCommands(program, withFolders, configOf);
  addSyncCommands(program, withFolders, configOf);
  return program;
}

/** The exit code of an error, after its message was printed. */
function report(error: unknown): number {
  // commander has printed it already.
  if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : ExitCode.usage;
  console.error(messageOf(error));
  if (error instanceof CliError) return error.exitCode;
  if (error instanceof ConfigError || error instanceof DataFolderError) return ExitCode.usage;
  return 1;
}

try {
  await createProgram().parseAsync();
} catch (error) {
  process.exitCode = report(error);
}
