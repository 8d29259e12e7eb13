/** When what a run wrote is an output: the same wherever it lies. */
import { BackendError } from "../backends/backend-error.ts";
import type { CommittedOutput, OutputRules } from "./job-storage.ts";

export interface FoundFile {
  /** From the run's folder. */
  readonly name: string;
  readonly bytes: number;
}

/** What lies where a run was to write. */
export interface WrittenOutput {
  readonly is: "nothing" | "file" | "folder";
  hasFile(name: string): Promise<boolean>;
  /** Data files, in the order of their names. */
  files(): Promise<FoundFile[]>;
}

/** Tools keep what is not data in files that begin with _ or a dot. */
export const isData = (name: string): boolean => !/^[_.]/.test(name);

/** @throws BackendError "job-failed" saying which rule does not hold, and what to look at */
export async function checkedFiles(
  written: WrittenOutput,
  { marker, mayBeEmpty }: OutputRules,
): Promise<FoundFile[]> {
  if (written.is === "nothing" && !mayBeEmpty) {
    throw notTaken(
      "it ended without an error and wrote no output: check that its command writes to {output}",
    );
  }
  if (written.is === "file") {
    throw notTaken("{output} is one file there: the command has to write files into a folder of that name");
  }
  if (marker !== undefined && !(await written.hasFile(marker))) {
    throw notTaken(
      `there is no file ${marker}, which is written when the output is whole: look at the end of its log`,
    );
  }
  const files = written.is === "nothing" ? [] : await written.files();
  if (files.some(({ bytes }) => bytes > 0) || mayBeEmpty) return files;
  throw notTaken(
    'all files of its output are empty, or there are none: check its input and parameters, or allow it with "mayBeEmpty"',
  );
}

const notTaken = (why: string): BackendError =>
  new BackendError("job-failed", `The output was not taken, since ${why}.`);

export const summaryOf = (files: readonly FoundFile[]): CommittedOutput => ({
  files: files.length,
  bytes: files.reduce((sum, { bytes }) => sum + bytes, 0),
});
