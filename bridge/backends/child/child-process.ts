/**
 * A supervised child process that runs an embedded backend: its calls block, and its driver may abort the
 * process. When it ends, everything in flight fails with "backend-unavailable", and the next request starts
 * another one.
 */
import { type ChildProcess, fork } from "node:child_process";
import { BackendError } from "../backend-error.ts";
import type { ChildItems, ChildRequest, ChildResults, FromChild, ToChild } from "./child-messages.ts";

/** Items of a stream that the child may work ahead. */
const READ_AHEAD = 3;

/** How much of what a dying child wrote is kept for the error. */
const STDERR_BYTES = 2000;

/** How long a child gets to close its files, in milliseconds. */
const CLOSE_TIMEOUT_MS = 3000;

interface Waiting {
  readonly item: (value: unknown) => void;
  readonly done: (value: unknown) => void;
  readonly fail: (error: Error) => void;
}

export class SupervisedChild {
  readonly #modulePath: string;
  readonly #argument: string;
  readonly #what: string;
  readonly #waiting = new Map<number, Waiting>();
  #child: ChildProcess | undefined;
  #nextId = 1;

  /**
   * @param modulePath JavaScript that calls `serveBackend`.
   * @param argument Given to it on its command line, which other users can see: no secrets.
   * @param what Names the backend in errors.
   */
  constructor(modulePath: string, argument: string, what: string) {
    this.#modulePath = modulePath;
    this.#argument = argument;
    this.#what = what;
  }

  request<Op extends keyof ChildResults>(
    request: Extract<ChildRequest, { op: Op }>,
  ): Promise<ChildResults[Op]> {
    return new Promise((resolve, reject) => {
      this.#start(request, {
        item: () => {},
        done: (value) => resolve(value as ChildResults[Op]),
        fail: reject,
      });
    });
  }

  /** Returns what the child returned at the end. */
  async *stream<Op extends keyof ChildItems>(
    request: Extract<ChildRequest, { op: Op }>,
    signal: AbortSignal,
  ): AsyncGenerator<ChildItems[Op], string | undefined> {
    signal.throwIfAborted();
    const items: ChildItems[Op][] = [];
    let ended: { readonly value: unknown } | undefined;
    let failure: Error | undefined;
    let wake: (() => void) | undefined;
    const id = this.#start(request, {
      item: (value) => {
        items.push(value as ChildItems[Op]);
        wake?.();
      },
      done: (value) => {
        ended = { value };
        wake?.();
      },
      fail: (error) => {
        failure = error;
        wake?.();
      },
    });
    const abort = (): void => wake?.();
    signal.addEventListener("abort", abort);
    try {
      for (let i = 0; i < READ_AHEAD; i++) this.#send({ id, pull: true });
      for (;;) {
        signal.throwIfAborted();
        const item = items.shift();
        if (item !== undefined) {
          this.#send({ id, pull: true });
          yield item;
        } else if (failure !== undefined) {
          throw failure;
        } else if (ended !== undefined) {
          return ended.value as string | undefined;
        } else {
          await new Promise<void>((resolve) => {
            wake = resolve;
          });
        }
      }
    } finally {
      signal.removeEventListener("abort", abort);
      if (this.#waiting.delete(id)) this.#send({ id, cancel: true });
    }
  }

  async close(): Promise<void> {
    const child = this.#child;
    if (child === undefined) return;
    const exited = new Promise<void>((resolve) => child.once("exit", () => resolve()));
    child.disconnect();
    const timer = setTimeout(() => child.kill("SIGKILL"), CLOSE_TIMEOUT_MS);
    await exited;
    clearTimeout(timer);
  }

  #start(request: ChildRequest, waiting: Waiting): number {
    const id = this.#nextId++;
    this.#waiting.set(id, waiting);
    this.#child ??= this.#spawn();
    this.#send({ id, request });
    return id;
  }

  #send(message: ToChild): void {
    // A failed send is followed by the child's exit, which answers everything that waits.
    if (this.#child?.connected) this.#child.send(message, () => {});
  }

  #spawn(): ChildProcess {
    const child = fork(this.#modulePath, [this.#argument], {
      serialization: "advanced",
      stdio: ["ignore", "ignore", "pipe", "ipc"],
      execArgv: [],
    });
    let stderr = "";
    child.stderr?.setEncoding("utf8").on("data", (text: string) => {
      stderr = (stderr + text).slice(0, STDERR_BYTES);
    });
    child.on("message", (message) => this.#receive(message as FromChild));
    child.on("error", () => {
      // A child that could not be started never exits.
      if (child.pid === undefined) this.#ended(child, "it could not be started");
    });
    child.once("exit", (code, signal) => {
      const firstLine = stderr.trim().split("\n")[0] ?? "";
      const how = signal === null ? `code ${code}` : `signal ${signal}`;
      this.#ended(child, `${how}${firstLine === "" ? "" : `: ${firstLine.slice(0, 300)}`}`);
    });
    return child;
  }

  #receive(message: FromChild): void {
    const waiting = this.#waiting.get(message.id);
    if (waiting === undefined) return;
    if ("item" in message) {
      waiting.item(message.item);
      return;
    }
    this.#waiting.delete(message.id);
    if ("error" in message) {
      const { code, message: text, nothingWritten } = message.error;
      waiting.fail(new BackendError(code, text, { nothingWritten }));
    } else {
      waiting.done("result" in message ? message.result : message.end);
    }
  }

  #ended(child: ChildProcess, how: string): void {
    if (this.#child !== child) return;
    this.#child = undefined;
    const all = Array.from(this.#waiting.values());
    this.#waiting.clear();
    const error = new BackendError(
      "backend-unavailable",
      `The process that runs ${this.#what} ended (${how}). It is started again with the next request.`,
      { nothingWritten: false },
    );
    for (const waiting of all) waiting.fail(error);
  }
}
