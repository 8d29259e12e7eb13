import type { ChildProcess } from "node:child_process";
import { createInterface } from "node:readline";
import type { WatchState } from "../../../bridge/headless/watch/watch-state.ts";
import { ended } from "./headless-bed.ts";

/** A `driftscope watch --json` that runs. */
export class Watching {
  readonly #child: ChildProcess;
  readonly #lines: AsyncIterator<string>;
  readonly #end: ReturnType<typeof ended>;

  constructor(child: ChildProcess) {
    this.#child = child;
    this.#end = ended(child);
    this.#lines = createInterface({ input: child.stdout as NodeJS.ReadableStream })[Symbol.asyncIterator]();
  }

  /** What it says next. @throws Error with what it said on the standard error, where it has ended */
  async next(): Promise<WatchState> {
    const { value, done } = await this.#lines.next();
    if (!done) return JSON.parse(value);
    const { exitCode, stderr } = await this.#end;
    throw new Error(`watch ended with ${exitCode}: ${stderr}`);
  }

  /** Ctrl+C. @returns Its exit code. */
  async stop(): Promise<number | null> {
    this.#child.kill("SIGINT");
    return (await this.#end).exitCode;
  }
}
