/** What a schedule does: the port between the times and the work. */
import type { PanelAnswer, ScheduleInfo, WantedPage } from "../../core/protocol/schedule-frames.ts";

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
  /** The bundle that it made. */
  readonly bundle?: string;
}

/** A task for people. */
export interface TaskWords {
  readonly does: string;
  readonly runs: ScheduleInfo["runs"];
  /** Where it runs: a page that nobody has open needs a browser of its own, or somebody who opens it. */
  readonly where: string;
}

/** Work that a panel does: a run waits until one answers. */
export interface PanelWork {
  readonly wants: WantedPage;
  /** @param by The panel, for people. */
  answer(answer: PanelAnswer, by: string): void;
}

export interface Task extends TaskWords {
  readonly inPanel?: PanelWork;
  /** @throws ProtocolError saying why it failed, and the next step; whatever once the signal ended it */
  run(request: TaskRequest): Promise<TaskOutcome>;
}
