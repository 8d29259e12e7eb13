/**
 * Where jobs read and write: the port between the engine of jobs and a kind of storage. `FolderStorage` is the one
 * for folders of this machine; a backend that holds datasets brings its own.
 *
 * A run's life, as the engine asks for it:
 *
 *     claim          nobody else writes this output, on this machine or wherever the storage can see
 *     prepareInput   the input as it is now, as the job is to read it, unchanged while the run lasts
 *     freshOutput    a place of this run alone, empty, which no reader of the output sees
 *     … the job runs …
 *     commit         what lies there is checked, and seen by every reader in one step
 *     or discard     nothing of it is left, and readers see what they saw before
 *     release        of the input, where something was made for the run
 *     release        of the claim
 *
 * The engine never calls commit while a process of the run lives, and calls exactly one of commit and discard. It
 * can die between any two steps. Before anything else runs, the next engine asks `recover` about each run that has
 * no end on record. All calls may throw BackendErrors: the engine tells them as the reason of the failure.
 */
import type { JobInputConfig, JobOutputConfig } from "../config/jobs-schema.ts";

/** Which run it is about. */
export interface StoredRun {
  /** Unique for all time and machines: 0-9, a-z and hyphens. */
  readonly runId: string;
  readonly job: string;
  /** A folder of this machine that is the run's own, for files that only the job reads; kept with its history. */
  readonly folder: string;
}

export interface PreparedInput {
  /** What {input} stands for. */
  readonly inputUri: string;
  /** What {manifest} stands for: a JSON file that lists the files of the input, each with its bytes. */
  readonly manifestUri: string;
  /** Deletes what was made for the run alone. Absent = nothing was. */
  release?(): Promise<void>;
}

/** What has to be true of an output before it is committed. */
export interface OutputRules {
  /** A file that has to be there: without it the output is not complete. */
  readonly marker: string | undefined;
  readonly mayBeEmpty: boolean;
}

export interface CommittedOutput {
  /** Absent where counting them would mean reading them. */
  readonly records?: number;
  readonly files: number;
  readonly bytes: number;
}

export interface OutputClaim {
  release(): Promise<void>;
}

export interface JobStorage<Input = JobInputConfig, Output = JobOutputConfig> {
  /** @throws BackendError "output-busy" naming who writes it */
  claim(run: StoredRun, output: Output): Promise<OutputClaim>;

  prepareInput(run: StoredRun, input: Input): Promise<PreparedInput>;

  /**
   * @param options.make The job expects an empty folder that is there; else it makes the folder itself, and there
   *   is none.
   */
  freshOutput(
    run: StoredRun,
    output: Output,
    options: { readonly make: boolean },
  ): Promise<{ readonly outputUri: string }>;

  /**
   * Checks the rules, makes what lies there durable, and then visible in one step.
   *
   * @throws BackendError "job-failed" where a rule does not hold: nothing changed for readers, and discard follows.
   *   After any other error the engine asks `recover` which of both it was.
   */
  commit(run: StoredRun, output: Output, rules: OutputRules): Promise<CommittedOutput>;

  /** Deletes what the run wrote. Nothing there is no error. Never deletes what is committed. */
  discard(run: StoredRun, output: Output): Promise<void>;

  /**
   * Of a run whose engine died, and whose processes are gone: what was committed, or undefined, and then everything
   * of it is discarded. Also lets go of a claim that the dead engine held.
   */
  recover(run: StoredRun, output: Output): Promise<CommittedOutput | undefined>;

  /** For people: where it is. */
  describe(place: Input | Output): string;
}
