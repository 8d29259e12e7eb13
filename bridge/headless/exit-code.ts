/** What a command's exit code says about its end. */
import { AgentError } from "../../agent/wire/agent-error.ts";
import { ProtocolError, type ProtocolErrorCode } from "../../core/protocol/protocol-error.ts";
import { SessionError, type SessionErrorCode } from "../../core/session/session-error.ts";
import { ExitCode } from "../cli/exit-codes.ts";
import { ConfigError } from "../config/load-config.ts";
import { DataFolderError } from "../server/data-folder.ts";
import { HeadlessError } from "./headless-error.ts";
import type { StoreReport } from "./report/report-schema.ts";

export type CommandExitCode = 0 | 1 | 2 | 3 | 4 | 130;

/** Names something that is not there or not allowed: nothing failed. */
const USAGE_PROTOCOL: ReadonlySet<ProtocolErrorCode> = new Set([
  "unknown-connection",
  "unknown-collection",
  "bad-name",
  "projection-mismatch",
  "read-only",
  "unknown-job",
  "unknown-run",
  "bad-parameter",
  "unknown-schedule",
  "bad-times",
]);
const USAGE_SESSION: ReadonlySet<SessionErrorCode> = new Set([
  "confirmation-required",
  "remote-read-only",
  "no-such-apply",
  "already-started",
  "already-undone",
]);
const USAGE_AGENT: ReadonlySet<string> = new Set(["no-database", "no-store"]);

export function exitCodeOfError(error: unknown): CommandExitCode {
  const isUsage =
    (error instanceof HeadlessError && error.exitCode === ExitCode.usage) ||
    error instanceof ConfigError ||
    error instanceof DataFolderError ||
    (error instanceof ProtocolError && USAGE_PROTOCOL.has(error.code)) ||
    (error instanceof SessionError && USAGE_SESSION.has(error.code)) ||
    (error instanceof AgentError && USAGE_AGENT.has(error.code));
  return isUsage ? ExitCode.usage : ExitCode.connection;
}

export function exitCodeOfStores(stores: readonly StoreReport[]): CommandExitCode {
  const isAny = (holds: (store: StoreReport) => boolean): boolean => stores.some(holds);
  if (isAny(({ apply }) => apply !== undefined && apply.outcomes.rejected + apply.outcomes.unknown > 0)) {
    return ExitCode.notAllWritten;
  }
  if (isAny(({ apply }) => apply?.stopped !== undefined)) return ExitCode.connection;
  return isAny(({ left }) => left > 0) ? ExitCode.drift : ExitCode.done;
}
