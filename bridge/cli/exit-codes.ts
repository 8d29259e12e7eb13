/** What the process's exit code says. */
export const ExitCode = {
  /** Equal, or done. */
  done: 0,
  /** Drift or conflicts are left. */
  drift: 1,
  /** Wrong usage, or a configuration that cannot be used. */
  usage: 2,
  /** Something that has to run does not, runs already, or failed: page, browser, bridge, backend. */
  connection: 3,
  /** An operation was rejected, or what became of it is unknown. */
  notAllWritten: 4,
  /** Ended by Ctrl+C, as shells tell it. */
  cancelled: 130,
} as const;

/** Ends the program with one message on stderr. */
export class CliError extends Error {
  override readonly name = "CliError";
  readonly exitCode: number;

  constructor(exitCode: number, message: string, options?: ErrorOptions) {
    super(message, options);
    this.exitCode = exitCode;
  }
}
