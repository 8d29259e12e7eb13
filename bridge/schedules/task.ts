/** What a schedule does: the port between the times and the work. */

export interface TaskRequest {
  /** Who wants it, for people. */
  readonly by: string;
  /** Ends it. */
  readonly signal: AbortSignal;
  /** The run of a job that it became. */
  readonly onJobRun: (runId: string) => void;
}

export interface TaskOutcome {
  /** In words. */
  readonly said: string;
  /** The file with its report. */
  readonly report?: string;
}

/** A task for people. */
export interface TaskWords {
  readonly does: string;
  /** Where it runs: a page that nobody has open needs a browser of its own. */
  readonly where: string;
}

export interface Task extends TaskWords {
  /** @throws ProtocolError saying why it failed, and the next step; whatever once the signal ended it */
  run(request: TaskRequest): Promise<TaskOutcome>;
}
