/** `driftscope bridge` */
import { resolve } from "node:path";
import { formatPairing } from "../../core/protocol/pairing-string.ts";
import { describeBackend } from "../backends/registry.ts";
import type { Config } from "../config/load-config.ts";
import { BridgeServer, ListenError } from "../server/bridge-server.ts";
import { DataFolder, PAIRING_LIFETIME_MS } from "../server/data-folder.ts";
import { claimDataFolder } from "./claim-data-folder.ts";
import { CliError, ExitCode } from "./exit-codes.ts";
import { megabytes } from "./visible-names.ts";

/** Runs until it is told to end by a signal. */
export async function runBridge(config: Config, asJson: boolean): Promise<void> {
  const folder = new DataFolder(config.dataDir);
  await claimDataFolder(folder);
  const server = new BridgeServer(config, folder, (line) => {
    console.error(`${new Date().toISOString()} ${line}`);
  });
  try {
    const stopped = untilSignal();
    const port = await server.listen(config.port);
    folder.updateRunning({ pid: process.pid, port });
    const { code } = folder.openPairing(Date.now());
    const pairing = formatPairing({ port, bridgeId: folder.bridgeId(), code });
    if (asJson) printJson(config, port, folder, pairing);
    else printWords(config, port, pairing, await server.journalSize(), await server.queueSize());
    await stopped;
  } catch (error) {
    if (error instanceof ListenError)
      throw new CliError(ExitCode.connection, error.message, { cause: error });
    throw error;
  } finally {
    await server.close();
    folder.clearRunning();
  }
}

/** Listens from now on, so that no signal ends the process half-way. */
function untilSignal(): Promise<void> {
  return new Promise((resolve) => {
    for (const signal of ["SIGINT", "SIGTERM"] as const) process.once(signal, () => resolve());
  });
}

function printJson(config: Config, port: number, folder: DataFolder, pairing: string): void {
  const connections = Object.keys(config.connections);
  console.log(
    JSON.stringify({ port, bridgeId: folder.bridgeId(), pairing, dataDir: config.dataDir, connections }),
  );
}

function printWords(
  config: Config,
  port: number,
  pairing: string,
  journal: { readonly applies: number; readonly bytes: number },
  queue: { readonly applies: number; readonly bytes: number },
): void {
  const connections = Object.entries(config.connections).flatMap(([name, connection]) => {
    const where = describeBackend(connection, config.folder);
    return [
      `    ${name}  ${connection.backend}, ${connection.level}: ${where}`,
      `      ${tablesWords(connection)}`,
    ];
  });
  const policies = Object.entries(config.policies).map(
    ([name, { module }]) => `    ${name}  ${resolve(config.folder, module)} (runs with the bridge's rights)`,
  );
  const jobs = Object.entries(config.jobs).map(
    ([name, { kind, command }]) => `    ${name}  ${kind}: ${command[0]}`,
  );
  const schedules = Object.keys(config.schedules).join(", ");
  const size = `${megabytes(journal.bytes)} of ${journal.applies} applies`;
  console.log(
    [
      `Driftscope bridge, listening on 127.0.0.1:${port} (this machine alone)`,
      `  config   ${config.file ?? "none: the defaults"}`,
      `  data     ${config.dataDir} (journal for undo: ${size})`,
      ...(queue.applies === 0
        ? []
        : [
            `  queue    ${queue.applies} applies, ${megabytes(queue.bytes)}: \`driftscope queue\` lists them`,
          ]),
      "  serves",
      ...connections,
      ...(policies.length > 0 ? ["  policies", ...policies] : []),
      ...(jobs.length > 0 ? ["  jobs (run with the bridge's rights)", ...jobs] : []),
      ...(schedules === "" ? [] : [`  schedules  ${schedules}: \`driftscope schedule\` tells when`]),
      "",
      `To pair a panel, paste this line there within ${PAIRING_LIFETIME_MS / 60_000} minutes (once; \`driftscope pair\` prints another):`,
      "",
      `  ${pairing}`,
      "",
    ].join("\n"),
  );
}

/** The one step that an existing table wants before a panel can map it. */
function tablesWords({ tables = [] }: Config["connections"][string]): string {
  if (tables.includes("*")) return "existing tables: all may be mapped";
  if (tables.length > 0) return `existing tables that may be mapped: ${tables.join(", ")}`;
  return `existing tables: none may be mapped; to allow some, add "tables": ["NAME"] to this connection in driftscope.config.json`;
}
