/** What the process's exit code says. */
export const ExitCode = {
  /** Wrong usage, or a configuration that cannot be used. */
  usage: 2,
  /** Something that has to run does not, or runs already. */
  connection: 3,
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
