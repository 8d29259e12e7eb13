import { abortable } from "../../core/diff/abortable.ts";
import { AGENT_ERROR_CODES, AgentError, type AgentErrorCode } from "../wire/agent-error.ts";
import { REQUEST_UNITS, SLICE_UNITS } from "../wire/limits.ts";
import { PartKind } from "../wire/part.ts";
import { Heartbeat } from "./heartbeat.ts";
import { type HostCall, NOT_THERE } from "./host-call.ts";
import { type Part, PartReader } from "./part-reader.ts";

/** Milliseconds between polls while nothing comes: doubles from the first to the second. */
const FIRST_WAIT_MS = 1;
const LONGEST_WAIT_MS = 24;

/** Longest text taken over from the page into a message. */
const MAX_MESSAGE = 500;

export interface TaskStart {
  readonly task: string;
  /** Of the frame. */
  readonly path: string;
  readonly request: string;
  /** Aborted: what the task has not committed yet is not to be written; its answer comes all the same. */
  readonly takeBack?: AbortSignal | undefined;
  /** Puts the agent into the page. Not asked beforehand whether it is there: each evaluation takes its time. */
  readonly install: () => Promise<void>;
}

/**
 * Starts a task and polls until it has ended, yielding its parts. Leaving the loop cancels the task.
 *
 * @throws AgentError; the signal's reason when aborted
 */
export async function* runTask(
  host: HostCall,
  begin: TaskStart,
  signal?: AbortSignal,
): AsyncGenerator<Part, void, void> {
  signal?.throwIfAborted();
  const { task, takeBack } = begin;
  let ended = false;
  // Where it fails, the poll fails too and says why.
  const onTakeBack = (): void => void host.call(`T${task}\n`).catch(() => undefined);
  try {
    if (!(await start(host, begin))) {
      await begin.install();
      if (!(await start(host, begin))) throw navigated();
    }
    if (takeBack?.aborted) onTakeBack();
    else takeBack?.addEventListener("abort", onTakeBack, { once: true });
    const reader = new PartReader();
    const heartbeat = new Heartbeat(() => performance.now());
    let wait = FIRST_WAIT_MS;
    let polling = host.call(`P${task}\n`);
    for (;;) {
      const answer = readAnswer(await abortable(polling, signal).catch((error) => explain(host, error)));
      ended = answer.ended;
      // While much is coming, the page fetches the next slice as this one is used.
      const isFlowing = !ended && answer.text.length > SLICE_UNITS / 2;
      if (isFlowing) polling = prefetch(host, task);
      for (const part of reader.push(answer.text)) {
        if (part.kind === PartKind.end) return;
        if (part.kind === PartKind.error) throw reportedError(part.text);
        yield part;
        signal?.throwIfAborted();
      }
      if (ended) throw malformed("ended without saying so");
      if (isFlowing) continue;
      if (answer.text !== "") wait = FIRST_WAIT_MS;
      else if (heartbeat.isStill(answer.ticks)) throw paused();
      await delay(wait);
      wait = Math.min(wait * 2, LONGEST_WAIT_MS);
      polling = host.call(`P${task}\n`);
    }
  } finally {
    takeBack?.removeEventListener("abort", onTakeBack);
    // Not waited for: a page that hangs must not hold a cancel back, and one that is gone has no such task.
    if (!ended) host.call(`C${task}\n`).catch(() => undefined);
  }
}

/** How long a browser may refuse to evaluate while it loads the next document. */
const LOADING_MS = 2_000;
const LOADING_STEP_MS = 100;

/** An evaluation that fails while the page is on its way to another document is a navigation. */
async function explain(host: HostCall, error: unknown): Promise<never> {
  if (!(error instanceof AgentError) || error.code !== "cannot-inspect") throw error;
  for (let waited = 0; waited < LOADING_MS; waited += LOADING_STEP_MS) {
    const answer = await host.call("K\n").catch(() => undefined);
    if (answer === NOT_THERE) throw navigated();
    if (answer !== undefined) break;
    await delay(LOADING_STEP_MS);
  }
  throw error;
}

/** A failure counts when the answer is asked for. */
function prefetch(host: HostCall, task: string): Promise<string> {
  const polling = host.call(`P${task}\n`);
  polling.catch(() => undefined);
  return polling;
}

/** False where the agent is not in the page: nothing was started then. */
async function start(host: HostCall, { task, path, request, takeBack }: TaskStart): Promise<boolean> {
  let at = 0;
  while (request.length - at > REQUEST_UNITS) {
    const end = endOfPart(request, at + REQUEST_UNITS);
    if (!isDone(await host.call(`U${task}\n${request.slice(at, end)}`))) return false;
    at = end;
    if (takeBack?.aborted) throw new AgentError("taken-back", "It was cancelled before it was sent.");
  }
  return isDone(await host.call(`S${task}\n${path}\n${request.slice(at)}`));
}

/** Never between the halves of a surrogate pair. */
function endOfPart(text: string, end: number): number {
  const unit = text.charCodeAt(end - 1);
  return unit >= 0xd800 && unit <= 0xdbff ? end - 1 : end;
}

function isDone(answer: string): boolean {
  if (answer === "+") return true;
  if (answer === NOT_THERE) return false;
  if (answer === "!frame-gone") {
    throw new AgentError("frame-gone", "The frame is not in the page any more. Refresh the list of frames.");
  }
  throw interferes(answer);
}

interface Answer {
  readonly ended: boolean;
  readonly ticks: string;
  readonly text: string;
}

function readAnswer(answer: string): Answer {
  if (answer === NOT_THERE || answer === "?") throw navigated();
  const head = /^([wex])(\d+\.\d+)\n/.exec(answer.slice(0, 64));
  if (head === null) {
    if (answer.startsWith("!")) throw interferes(answer);
    throw malformed("is none of the agent's");
  }
  if (head[1] === "x") throw navigated();
  return { ended: head[1] === "e", ticks: head[2] ?? "", text: answer.slice(head[0].length) };
}

function reportedError(text: string): AgentError {
  let report: unknown;
  try {
    report = JSON.parse(text);
  } catch {
    throw malformed("is no report");
  }
  const { code, message } = (report ?? {}) as { code?: unknown; message?: unknown };
  if (!AGENT_ERROR_CODES.includes(code as AgentErrorCode) || typeof message !== "string") {
    throw malformed("reports an unknown error");
  }
  return new AgentError(code as AgentErrorCode, message.slice(0, MAX_MESSAGE));
}

function navigated(): AgentError {
  return new AgentError("navigated", "The page was reloaded or left meanwhile. Start again.");
}

function interferes(answer: string): AgentError {
  return new AgentError(
    "interferes",
    `The page's own code stops the agent: ${answer.slice(1, MAX_MESSAGE)} Reload the page and try again.`,
  );
}

function malformed(what: string): AgentError {
  return new AgentError(
    "malformed-answer",
    `An answer of the page ${what}. The page may interfere: reload it and try again.`,
  );
}

function paused(): AgentError {
  return new AgentError("paused", "The page is paused in the debugger. Resume it, then try again.");
}

function delay(milliseconds: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, milliseconds));
}
