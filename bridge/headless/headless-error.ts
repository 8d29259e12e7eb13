/** What can keep a command from its work, each with the exit code that says so. */
import { ExitCode } from "../cli/exit-codes.ts";

const EXIT_CODES = {
  /** What was asked cannot be meant, or names something that is not there. */
  usage: ExitCode.usage,
  /** The optional package or its browser is not installed. */
  "no-browser": ExitCode.connection,
  /** The browser did not start, or nothing answers at the endpoint. */
  "browser-failed": ExitCode.connection,
  "page-failed": ExitCode.connection,
  /** Another process works on the data folder and no bridge answers there. */
  "folder-busy": ExitCode.connection,
  "bridge-failed": ExitCode.connection,
  "base-failed": ExitCode.connection,
  /** The connection's level, or a missing confirmation, does not allow it. */
  "not-allowed": ExitCode.usage,
} as const;

export type HeadlessErrorCode = keyof typeof EXIT_CODES;

/** Names what was being done; its message tells the next step. */
export class HeadlessError extends Error {
  override readonly name = "HeadlessError";
  readonly code: HeadlessErrorCode;

  constructor(code: HeadlessErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }

  get exitCode(): number {
    return EXIT_CODES[this.code];
  }
}
