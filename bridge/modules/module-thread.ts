/** A module that the config file names, in a thread of its own, which is ended and started again when it does not answer. */
import { once } from "node:events";
import { pathToFileURL } from "node:url";
import { Worker } from "node:worker_threads";
import { ProtocolError, type ProtocolErrorCode } from "../../core/protocol/protocol-error.ts";
import type { FromModule } from "./module-messages.ts";

/** Heap of the thread; beyond it Node ends the thread. */
const MEMORY_MB = 128;

/** How long a module may take to load, in milliseconds. */
const LOAD_TIMEOUT_MS = 10_000;

export interface ModuleThreadOptions {
  /** What loads the module and asks its function: it says "ready", then answers each message with one. */
  readonly script: URL;
  /** Of the module, absolute. */
  readonly file: string;
  /** For people: 'The policy "merge"'. */
  readonly what: string;
  /** Of the error where it cannot be used. */
  readonly code: ProtocolErrorCode;
  /** For one question, in milliseconds. */
  readonly timeoutMs: number;
}

export type ModuleAnswer<Answer> = { readonly answer: Answer } | { readonly ended: string };

type Reply<Answer> = FromModule<Answer> | { readonly is: "ended"; readonly reason: string };

export class ModuleThread<Question, Answer> {
  readonly #options: ModuleThreadOptions;
  #thread: Worker | undefined;

  constructor(options: ModuleThreadOptions) {
    this.#options = options;
  }

  /** One question at a time. @throws ProtocolError of the options' code when the module cannot be used */
  async ask(question: Question): Promise<ModuleAnswer<Answer>> {
    const thread = this.#thread ?? (await this.#start());
    const replying = replyOf<Answer>(thread, this.#options.timeoutMs);
    thread.postMessage(question);
    const reply = await replying;
    if (reply.is === "answer") return { answer: reply.answer };
    await this.close();
    return { ended: reply.is === "ended" ? reply.reason : "its thread answered out of turn" };
  }

  async close(): Promise<void> {
    const thread = this.#thread;
    this.#thread = undefined;
    await thread?.terminate();
  }

  async #start(): Promise<Worker> {
    const { script, what, code, file } = this.#options;
    const thread = new Worker(script, {
      workerData: pathToFileURL(file).href,
      resourceLimits: { maxOldGenerationSizeMb: MEMORY_MB },
      stdout: true,
    });
    // What the module prints is no output of the bridge.
    thread.stdout.pipe(process.stderr, { end: false });
    // Without it, an error between two questions would end the bridge; `replyOf` tells of those that matter.
    thread.on("error", () => {});
    thread.once("exit", () => {
      if (this.#thread === thread) this.#thread = undefined;
    });
    this.#thread = thread;
    const reply = await replyOf(thread, LOAD_TIMEOUT_MS);
    if (reply.is === "ready") return thread;
    await this.close();
    const reason = "reason" in reply ? reply.reason : "its thread answered out of turn";
    throw new ProtocolError(code, `${what} (${file}) cannot be used: ${reason}.`);
  }
}

/** The thread's next message, or why there is none: it takes too long, fails, or has ended. */
async function replyOf<Answer>(thread: Worker, timeoutMs: number): Promise<Reply<Answer>> {
  const settled = new AbortController();
  const { signal } = settled;
  const ended = (reason: string): Reply<Answer> => ({ is: "ended", reason });
  const timeout = new Promise<Reply<Answer>>((resolve) => {
    const timer = setTimeout(
      () => resolve(ended(`it gave no answer within ${timeoutMs} ms: its thread was ended`)),
      timeoutMs,
    );
    signal.addEventListener("abort", () => clearTimeout(timer));
  });
  // `once` rejects with what the thread threw outside of the function.
  const failed = (error: unknown): Reply<Answer> => ended(`its thread failed: ${(error as Error).message}`);
  const message = once(thread, "message", { signal }).then(([reply]) => reply as FromModule<Answer>, failed);
  const exit = once(thread, "exit", { signal }).then(
    ([code]) => ended(`its thread ended with code ${String(code)}`),
    failed,
  );
  try {
    return await Promise.race([message, exit, timeout]);
  } finally {
    settled.abort();
  }
}
