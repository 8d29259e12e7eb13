/** One policy module in its thread, which is ended and started again when it does not answer. */
import { once } from "node:events";
import { pathToFileURL } from "node:url";
import { Worker } from "node:worker_threads";
import { ProtocolError } from "../../core/protocol/protocol-error.ts";
import type { CustomAnswer, CustomConflict } from "../../core/session/policy-custom.ts";
import type { FromPolicy, ToPolicy } from "./policy-messages.ts";

const THREAD = new URL("./policy-thread.js", import.meta.url);

/** Heap of the thread; beyond it Node ends the thread. */
const MEMORY_MB = 128;

/** How long a module may take to load, in milliseconds. */
const LOAD_TIMEOUT_MS = 10_000;

/** Records in a row without an answer, after which the others of the request are not asked. */
const MAX_SILENT = 3;

export interface PolicyModuleOptions {
  readonly name: string;
  /** Absolute path. */
  readonly file: string;
  /** For one record. */
  readonly timeoutMs: number;
}

type Reply = FromPolicy | { readonly is: "ended"; readonly reason: string };

export class PolicyModule {
  readonly #options: PolicyModuleOptions;
  #thread: Worker | undefined;
  /** Requests of several panels, one after the other. */
  #last: Promise<unknown> = Promise.resolve();

  constructor(options: PolicyModuleOptions) {
    this.#options = options;
  }

  /**
   * One answer for each conflict, in order.
   *
   * @throws ProtocolError "policy-failed" when the module cannot be used; the signal's reason.
   */
  propose(conflicts: readonly CustomConflict[], signal?: AbortSignal): Promise<CustomAnswer[]> {
    const result = this.#last.then(() => this.#propose(conflicts, signal));
    this.#last = result.catch(() => {});
    return result;
  }

  async close(): Promise<void> {
    await this.#end();
  }

  async #propose(conflicts: readonly CustomConflict[], signal?: AbortSignal): Promise<CustomAnswer[]> {
    const answers: CustomAnswer[] = [];
    let silent = 0;
    for (const conflict of conflicts) {
      signal?.throwIfAborted();
      if (silent === MAX_SILENT) {
        answers.push({ undecided: `not asked: it gave no answer for ${MAX_SILENT} records in a row` });
        continue;
      }
      const reply = await this.#ask(conflict);
      silent = reply.is === "ended" ? silent + 1 : 0;
      answers.push(reply.is === "answer" ? reply.answer : { undecided: reply.reason });
    }
    return answers;
  }

  async #ask(conflict: ToPolicy): Promise<Exclude<Reply, { is: "ready" | "unusable" }>> {
    const thread = this.#thread ?? (await this.#start());
    const { timeoutMs } = this.#options;
    const replying = replyOf(thread, timeoutMs);
    thread.postMessage(conflict);
    const reply = await replying;
    if (reply.is === "answer") return reply;
    await this.#end();
    return { is: "ended", reason: reply.is === "ended" ? reply.reason : "its thread answered out of turn" };
  }

  async #start(): Promise<Worker> {
    const { name, file } = this.#options;
    const thread = new Worker(THREAD, {
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
    await this.#end();
    const reason = "reason" in reply ? reply.reason : "its thread answered out of turn";
    throw new ProtocolError("policy-failed", `The policy "${name}" (${file}) cannot be used: ${reason}.`);
  }

  async #end(): Promise<void> {
    const thread = this.#thread;
    this.#thread = undefined;
    await thread?.terminate();
  }
}

/** The thread's next message, or why there is none: it takes too long, fails, or has ended. */
async function replyOf(thread: Worker, timeoutMs: number): Promise<Reply> {
  const settled = new AbortController();
  const { signal } = settled;
  const timeout = new Promise<Reply>((resolve) => {
    const timer = setTimeout(
      () =>
        resolve({ is: "ended", reason: `it gave no answer within ${timeoutMs} ms: its thread was ended` }),
      timeoutMs,
    );
    signal.addEventListener("abort", () => clearTimeout(timer));
  });
  // `once` rejects with what the thread threw outside of the function.
  const message = once(thread, "message", { signal }).then(
    ([reply]) => reply as FromPolicy,
    (error: unknown): Reply => ({ is: "ended", reason: `its thread failed: ${(error as Error).message}` }),
  );
  const exit = once(thread, "exit", { signal }).then(
    ([code]): Reply => ({ is: "ended", reason: `its thread ended with code ${String(code)}` }),
    (error: unknown): Reply => ({ is: "ended", reason: `its thread failed: ${(error as Error).message}` }),
  );
  try {
    return await Promise.race([message, exit, timeout]);
  } finally {
    settled.abort();
  }
}
