/** The report of a command that ended, however it did. */

import type { ConnectionInfo } from "../../../core/protocol/frames.ts";
import { messageOf } from "../../../core/session/session-error.ts";
import type { CommandInput, OnceCommand } from "../command-input.ts";
import { exitCodeOfError, exitCodeOfStores } from "../exit-code.ts";
import type { Report, StoreReport } from "./report-schema.ts";

/**
 * @param connection Undefined where it did not come to that.
 * @param failure What was thrown, if anything was.
 */
export function commandReport(
  { command, url, connection: name, dryRun, signal }: CommandInput<OnceCommand>,
  connection: ConnectionInfo | undefined,
  stores: StoreReport[],
  failure: unknown,
): Report {
  const about = {
    format: 1 as const,
    command,
    page: url,
    connection: name,
    ...(connection === undefined ? {} : { level: connection.level }),
    dryRun,
    stores,
  };
  if (signal.aborted) return { ...about, cancelled: true, exitCode: 130 };
  if (failure === undefined) return { ...about, exitCode: exitCodeOfStores(stores) };
  return { ...about, error: wordsOf(failure), exitCode: exitCodeOfError(failure) };
}

function wordsOf(error: unknown): { code: string; message: string } {
  const message = messageOf(error);
  const hasCode = error instanceof Error && "code" in error && typeof error.code === "string";
  return { code: hasCode ? String(error.code) : "internal", message };
}
