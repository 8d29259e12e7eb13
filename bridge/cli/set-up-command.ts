/** `driftscope init CONNECTION`: makes what its collections need in the database, after showing it. */
import { openBackend } from "../backends/registry.ts";
import type { Config } from "../config/load-config.ts";
import { CliError, ExitCode } from "./exit-codes.ts";
import { ProcessTerminal } from "./process-terminal.ts";
import { requireConnection } from "./require-connection.ts";

export async function setUpConnection(config: Config, name: string, isAgreed: boolean): Promise<void> {
  const connection = requireConnection(config, name);
  const backend = openBackend(connection, { config: config.folder, data: config.dataDir });
  try {
    const { setUp } = backend;
    if (setUp === undefined) {
      console.log(`A connection to ${connection.backend} needs nothing made: "${name}" is ready.`);
      return;
    }
    if (connection.level === "read-only") {
      throw new CliError(
        ExitCode.usage,
        `The connection "${name}" is read-only: its level in the config file says so, and nothing is made there.`,
      );
    }
    console.log(`${setUp.statements().join(";\n\n")};\n`);
    if (!isAgreed && !(await agrees(name))) return;
    await setUp.run();
    console.log(`Made, where it was missing: "${name}" is ready.`);
  } finally {
    await backend.close();
  }
}

async function agrees(name: string): Promise<boolean> {
  const terminal = new ProcessTerminal();
  if (!terminal.isInteractive) {
    throw new CliError(ExitCode.usage, `Nothing was made. --yes runs what is shown on "${name}".`);
  }
  const answer = await terminal.ask(`Run this on "${name}"? [y/N] `, new AbortController().signal);
  if (/^y(es)?$/i.test(answer.trim())) return true;
  console.log("Nothing was made.");
  return false;
}
