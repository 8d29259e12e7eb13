/** One program from its start to the end of everything that it started, and what it printed meanwhile. */
import type { ChildProcess } from "node:child_process";
import { once } from "node:events";
import { stat } from "node:fs/promises";
import type { Readable } from "node:stream";
import { setTimeout as sleep } from "node:timers/promises";
import { BackendError } from "../backends/backend-error.ts";
import type { Blotter } from "./blotter.ts";
import { PrintedLines } from "./printed-lines.ts";
import { endProcesses, type Spawn, spawnGroup } from "./process-group.ts";

/** How often it is looked whether anything comes of the output of a program that has ended, in milliseconds. */
const LOOK_MS = 500;
/** So many looks in a row at which nothing came: somebody else holds it open. */
const QUIET_LOOKS = 4;
/** Somebody else prints on and on. */
const MOST_LOOKS = 120;

export interface ProgramOptions extends Spawn {
  readonly blotter: Blotter;
  /** Ends it, with everything it started. */
  readonly signal: AbortSignal;
  /** It runs now. */
  readonly onStart: (pid: number) => Promise<void>;
  /** Whole lines, most of the time. The program waits for it. */
  readonly onPrinted: (text: string) => Promise<void>;
  /** Also of lines that the next one draws over. */
  readonly onProgress: (line: string) => void;
}

export interface ProgramEnd {
  /** Null where a signal ended it. */
  readonly exitCode: number | null;
  readonly signal: NodeJS.Signals | null;
  /** Something of it could not even be killed. */
  readonly isStillThere: boolean;
}

/** @throws BackendError "job-failed" where it cannot be started */
export async function runProgram(options: ProgramOptions): Promise<ProgramEnd> {
  await requireFolder(options.folder);
  const child = spawnGroup(options);
  const exit = once(child, "exit") as Promise<[number | null, NodeJS.Signals | null]>;
  // Told by `started`; without a listener it would end the bridge.
  exit.catch(() => {});
  const pid = await started(child, options);
  const processes = { group: pid, runId: options.runId };
  const intake: Intake = { chunks: 0, taking: 0 };
  let ending: Promise<boolean> | undefined;
  const end = (): void => {
    ending ??= endProcesses(processes);
  };
  try {
    options.signal.addEventListener("abort", end, { once: true });
    if (options.signal.aborted) end();
    const printing = Promise.all([
      print(child.stdout as Readable, options, intake),
      print(child.stderr as Readable, options, intake),
    ]);
    printing.catch(() => {});
    await options.onStart(pid);
    const [exitCode, signal] = await exit;
    await ending;
    // Whatever it left behind could write on after the output was checked.
    const areGone = await endProcesses(processes);
    await endOfOutput(printing, intake);
    return { exitCode, signal, isStillThere: !areGone };
  } catch (error) {
    await endProcesses(processes);
    throw error;
  } finally {
    options.signal.removeEventListener("abort", end);
    child.stdout?.destroy();
    child.stderr?.destroy();
  }
}

async function started(child: ChildProcess, { command, folder }: ProgramOptions): Promise<number> {
  try {
    await once(child, "spawn");
  } catch (error) {
    throw notStarted(error, command[0] ?? "", folder);
  }
  if (child.pid === undefined) throw new Error("A process without a number.");
  return child.pid;
}

function notStarted(error: unknown, program: string, folder: string): BackendError {
  const code = error instanceof Error && "code" in error ? String(error.code) : String(error);
  const message =
    code === "ENOENT"
      ? program.includes("/")
        ? `There is no program ${program} (seen from ${folder}): check the first part of "command" in the config file.`
        : `The program "${program}" is not installed, or not in the PATH of the bridge: install it, or name its whole path in the first part of "command" in the config file.`
      : code === "EACCES"
        ? `The program ${program} may not be run: make it executable, or name the program that runs it first in "command".`
        : `The program ${program} could not be started (${code}).`;
  return new BackendError("job-failed", message, { cause: error });
}

async function requireFolder(folder: string): Promise<void> {
  const found = await stat(folder).catch(() => undefined);
  if (found?.isDirectory()) return;
  throw new BackendError(
    "job-failed",
    `The working folder ${folder} is not there: check "folder" of the job in the config file.`,
  );
}

/** What was read so far of a program's output. */
interface Intake {
  chunks: number;
  /** How many of its streams are being handed on just now. */
  taking: number;
}

/**
 * Resolves when all is read that a program printed before it ended, however slow this process and its disk are; or when
 * nothing comes although its output is still open, since something that it started and that could not be found holds it.
 */
async function endOfOutput(printing: Promise<unknown>, intake: Intake): Promise<void> {
  const isRead = printing.then(() => true);
  // It ends in an error where nobody waits for it any more.
  isRead.catch(() => {});
  let before = intake.chunks;
  for (let looks = 0, quiet = 0; looks < MOST_LOOKS && quiet < QUIET_LOOKS; looks++) {
    const over = new AbortController();
    const look = sleep(LOOK_MS, false, { signal: over.signal }).catch(() => false);
    const isOver = await Promise.race([isRead, look]).finally(() => over.abort());
    if (isOver) return;
    quiet = intake.chunks === before && intake.taking === 0 ? quiet + 1 : 0;
    before = intake.chunks;
  }
}

async function print(
  stream: Readable,
  { blotter, onPrinted, onProgress }: ProgramOptions,
  intake: Intake,
): Promise<void> {
  const lines = new PrintedLines(blotter);
  const take = async (printed: ReturnType<PrintedLines["add"]>): Promise<void> => {
    let text = "";
    for (const line of printed) {
      onProgress(line.text);
      if (!line.isDrawnOver) text += line.isCut ? line.text : `${line.text}\n`;
    }
    if (text !== "") await onPrinted(text);
  };
  for await (const bytes of stream) {
    intake.chunks++;
    intake.taking++;
    await take(lines.add(bytes as Buffer)).finally(() => intake.taking--);
  }
  await take(lines.end());
}
