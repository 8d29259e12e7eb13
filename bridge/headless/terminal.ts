/** What a command needs of the terminal it was started in, if it was. */
export interface Terminal {
  /** A person sits there: progress is shown and questions can be asked. */
  readonly isInteractive: boolean;
  /** A line to stay, on stderr. */
  note(line: string): void;
  /** Replaces the line of progress; not shown where nobody looks. */
  progress(line: string): void;
  /** The line that the person typed. Rejects with the signal's reason. */
  ask(question: string, signal: AbortSignal): Promise<string>;
}
