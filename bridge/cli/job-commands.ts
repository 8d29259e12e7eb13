/** `driftscope job`: programs that the config file names, run here or by the bridge, with their log and history. */
import { type Command, InvalidArgumentError } from "commander";
import type { JobRun } from "../../core/protocol/job-frames.ts";
import { withoutTerminalSequences } from "../../core/protocol/printed-text.ts";
import { messageOf } from "../../core/session/session-error.ts";
import type { Config } from "../config/load-config.ts";
import { exitCodeOfError } from "../headless/exit-code.ts";
import { CliError, ExitCode } from "./exit-codes.ts";
import { type JobAccess, openJobAccess } from "./job-access.ts";
import { jobLines, problemLines, runWords } from "./job-words.ts";
import { ProcessTerminal } from "./process-terminal.ts";
import { visibleControls } from "./visible-controls.ts";

interface JobOptions {
  readonly config?: string;
  readonly data?: string;
  readonly json?: true;
  readonly param?: Readonly<Record<string, string>>;
}

export function addJobCommands(
  program: Command,
  withFolders: (command: Command) => Command,
  configOf: (options: object) => Config,
): void {
  const job = program
    .command("job")
    .description("run the programs that the config file names, and tell of their runs");
  const add = (command: Command): Command => withFolders(command).option("--json", "print JSON");

  add(job.command("list", { isDefault: true }))
    .description("list the jobs, what they take, and their last runs")
    .action((options: JobOptions) => list(configOf(options), options));
  add(job.command("run").argument("<job>"))
    .description("run a job and print what it prints; Ctrl+C cancels it")
    .option("--param <name=value>", "a parameter of the job; may repeat", parseParameter)
    .action((name: string, options: JobOptions) => run(configOf(options), name, options));
  add(job.command("cancel").argument("<run>", "as `driftscope job list` tells it"))
    .description("end a run with all of its processes, and discard its output")
    .action((runId: string, options: JobOptions) => cancel(configOf(options), runId));
  add(job.command("history").argument("[job]", "this one alone"))
    .description("list the runs that are kept, the newest first")
    .action((name: string | undefined, options: JobOptions) => history(configOf(options), name, options));
  add(job.command("log").argument("<run>", "as `driftscope job history` lists it"))
    .description("print what is kept of what a run printed, until its end where it still runs")
    .action((runId: string, options: JobOptions) => log(configOf(options), runId));
}

async function list(config: Config, { json }: JobOptions): Promise<void> {
  const { jobs } = await withJobs(config, false, (access) => access.state());
  if (json) return print(JSON.stringify(jobs));
  const lines =
    jobs.length === 0 ? ['There are none: "jobs" in the config file names them.'] : jobs.flatMap(jobLines);
  return print(visibleControls(lines.join("\n")));
}

async function history(config: Config, job: string | undefined, { json }: JobOptions): Promise<void> {
  const runs = await withJobs(config, false, (access) => access.runs(job));
  if (json) return print(JSON.stringify(runs));
  const lines = runs.flatMap((one) => [
    `  ${one.job}  ${runWords(one)}`,
    ...(one.problem === undefined ? [] : [`      ${one.problem.message}`]),
  ]);
  return print(visibleControls(lines.length === 0 ? "Nothing was run yet." : lines.join("\n")));
}

async function cancel(config: Config, runId: string): Promise<void> {
  const run = await withJobs(config, true, async (access) => {
    await access.cancel(runId);
    return (await access.runs()).find((one) => one.runId === runId);
  });
  return print(run === undefined ? "It has ended." : `  ${run.job}  ${runWords(run)}`);
}

async function log(config: Config, runId: string): Promise<void> {
  await withJobs(config, false, (access) => follow(access, runId, print));
}

async function run(config: Config, job: string, { json, param = {} }: JobOptions): Promise<void> {
  const terminal = new ProcessTerminal();
  const ended = await withJobs(config, true, async (access) => {
    const { runId } = await access.run(job, param);
    const stopListening = onSignal(() => {
      terminal.note("Cancelling: its processes are ended. Once more leaves at once.");
      void access.cancel(runId).catch((error: unknown) => terminal.note(messageOf(error)));
    });
    try {
      await follow(access, runId, json ? async () => {} : print);
      return await endOf(access, runId);
    } finally {
      stopListening();
    }
  });
  if (json) await print(JSON.stringify(ended));
  else for (const line of [...problemLines(ended), `${ended.job}  ${runWords(ended)}`]) terminal.note(line);
  process.exitCode = exitCodeOf(ended);
}

const EXIT_CODES: Readonly<Record<JobRun["state"], number>> = {
  running: ExitCode.connection,
  succeeded: ExitCode.done,
  failed: ExitCode.connection,
  cancelled: ExitCode.cancelled,
  interrupted: ExitCode.connection,
};
const exitCodeOf = ({ state }: JobRun): number => EXIT_CODES[state];

async function endOf(access: JobAccess, runId: string): Promise<JobRun> {
  const run = (await access.runs()).find((one) => one.runId === runId);
  if (run !== undefined) return run;
  throw new CliError(ExitCode.connection, `The run ${runId} has ended, and is not in the history.`);
}

/** Resolves at the end of the run. A part of the log that is kept no more is told in its place. */
async function follow(
  access: JobAccess,
  runId: string,
  show: (text: string) => Promise<void>,
): Promise<void> {
  const decoder = new TextDecoder();
  let rest = "";
  for (let from = 0; ; ) {
    const part = await access.log(runId, from);
    const text = rest + decoder.decode(part.bytes, { stream: true });
    const lines = (part.from > from ? `${text}[… ${part.from - from} bytes are not kept …]\n` : text).split(
      "\n",
    );
    from = part.from + part.bytes.length;
    const isAll = part.hasEnded && from >= part.end;
    rest = isAll ? "" : (lines.pop() ?? "");
    if (isAll && lines.at(-1) === "") lines.pop();
    if (lines.length > 0) await show(lines.map(visibleLine).join("\n"));
    if (isAll) return;
  }
}

/** What a job prints moves no cursor. */
const visibleLine = (line: string): string =>
  withoutTerminalSequences(line).split("\t").map(visibleControls).join("\t");

async function withJobs<T>(
  config: Config,
  mayRun: boolean,
  work: (access: JobAccess) => Promise<T>,
): Promise<T> {
  const access = await openJobAccess(config, mayRun);
  try {
    return await work(access);
  } catch (error) {
    if (error instanceof CliError) throw error;
    throw new CliError(exitCodeOfError(error), messageOf(error), { cause: error });
  } finally {
    await access.close();
  }
}

/** The second one ends the process. */
function onSignal(first: () => void): () => void {
  let isSecond = false;
  const listen = (): void => {
    if (isSecond) process.exit(ExitCode.cancelled);
    isSecond = true;
    first();
  };
  const signals = ["SIGINT", "SIGTERM"] as const;
  for (const signal of signals) process.on(signal, listen);
  return () => {
    for (const signal of signals) process.off(signal, listen);
  };
}

function parseParameter(
  text: string,
  before: Readonly<Record<string, string>> = {},
): Readonly<Record<string, string>> {
  const at = text.indexOf("=");
  if (at < 1) throw new InvalidArgumentError("expected NAME=VALUE.");
  return { ...before, [text.slice(0, at)]: text.slice(at + 1) };
}

/** Resolves when it is written: a pipe may take only a part at a time. */
function print(text: string): Promise<void> {
  return new Promise((resolve) => {
    process.stdout.write(`${text}\n`, () => resolve());
  });
}
