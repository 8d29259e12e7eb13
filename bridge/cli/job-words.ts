/** Jobs and their runs in words, for a terminal. */
import type { JobInfo, JobRun } from "../../core/protocol/job-frames.ts";
import { megabytes, printable } from "./visible-names.ts";

/** A job and what it takes, in lines. */
export function jobLines(job: JobInfo): string[] {
  const { name, kind, label, input, output, parameters, running, last } = job;
  const parts = [
    ...(label === undefined ? [] : [`      ${printable(label)}`]),
    `      runs     ${job.command.map(printable).join(" ")}`,
    ...(input === undefined ? [] : [`      reads    ${printable(input)}`]),
    ...(output === undefined ? [] : [`      writes   ${printable(output)}`]),
    ...parameters.map((one) => {
      const given = one.default === undefined ? "" : ` (${printable(String(one.default))} unless given)`;
      return `      --param  ${one.name}=…  ${printable(one.expected)}${given}`;
    }),
    ...(running === undefined ? [] : [`      now      ${runWords(running)}`]),
    ...(last === undefined ? [] : [`      last     ${runWords(last)}`]),
  ];
  return [`  ${name}  ${kind}, ends after ${job.timeLimitMinutes} minutes at the latest`, ...parts];
}

/** One line about a run. */
export function runWords(run: JobRun): string {
  const { runId, startedAt, endedAt, state, exitCode, output, progress, by } = run;
  const when = new Date(startedAt).toISOString().replace("T", " ").slice(0, 16);
  const took = endedAt === undefined ? "" : ` after ${seconds(endedAt - startedAt)}`;
  const percent = progress?.percent === undefined ? "" : `, ${Math.round(progress.percent)} %`;
  const code = state === "failed" && exitCode !== undefined ? `, exit code ${exitCode}` : "";
  const made = output === undefined ? "" : `, ${output.files} files, ${megabytes(output.bytes)}`;
  return `${when}  ${state}${took}${percent}${code}${made}, by ${printable(by)}, run ${runId}`;
}

/** Why it did not succeed, with the end of what it printed. */
export const problemLines = ({ problem, lastLines = [] }: JobRun): string[] =>
  problem === undefined ? [] : [...lastLines.map((line) => `  | ${line}`), problem.message];

function seconds(milliseconds: number): string {
  const all = Math.round(milliseconds / 1000);
  if (milliseconds < 10_000) return `${(milliseconds / 1000).toFixed(1)} s`;
  return all < 120 ? `${all} s` : `${Math.floor(all / 60)} min ${all % 60} s`;
}
