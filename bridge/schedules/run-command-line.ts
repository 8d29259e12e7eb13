/** A command of the command line as a process of its own, which joins this bridge for the backend. */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import { ProtocolError } from "../../core/protocol/protocol-error.ts";
import { programUrl } from "../process/program-url.ts";

const COMMAND_LINE = fileURLToPath(programUrl("cli/main.js"));

/** More than this is no report. */
const MAX_REPORT_BYTES = 256 * 1024 * 1024;
/** How long a command may take to end by itself once it is told to, in milliseconds. */
const GRACE_MS = 30_000;

interface CommandLimits {
  /** Ends it. */
  readonly signal: AbortSignal;
  readonly limitMinutes: number;
  /** What a person can do for it to take less time. */
  readonly shorten: string;
}

/** What it printed. @throws ProtocolError "job-failed" where it took too long; the signal's reason */
export async function runCommandLine(
  args: readonly string[],
  { signal, limitMinutes, shorten }: CommandLimits,
): Promise<string> {
  const child = spawn(process.execPath, [COMMAND_LINE, ...args], { stdio: ["ignore", "pipe", "ignore"] });
  const chunks: Buffer[] = [];
  let bytes = 0;
  child.stdout.on("data", (chunk: Buffer) => {
    bytes += chunk.length;
    if (bytes <= MAX_REPORT_BYTES) chunks.push(chunk);
  });
  let kill: NodeJS.Timeout | undefined;
  const end = (): void => {
    child.kill("SIGTERM");
    kill ??= setTimeout(() => child.kill("SIGKILL"), GRACE_MS);
  };
  let isTooLong = false;
  const limit = setTimeout(() => {
    isTooLong = true;
    end();
  }, limitMinutes * 60_000);
  signal.addEventListener("abort", end, { once: true });
  if (signal.aborted) end();
  try {
    await once(child, "close");
  } finally {
    clearTimeout(limit);
    clearTimeout(kill);
    signal.removeEventListener("abort", end);
  }
  signal.throwIfAborted();
  if (isTooLong) {
    const message = `It took longer than ${limitMinutes} minutes and was ended: raise "timeLimitMinutes" of the task, or ${shorten}.`;
    throw new ProtocolError("job-failed", message);
  }
  return Buffer.concat(chunks).toString();
}
