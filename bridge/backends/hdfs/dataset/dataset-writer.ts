/** One bridge's writes to a dataset: those that wait while a commit is under way go into the next one together. */
import type { BackendOutcome, BackendWrite } from "../../backend.ts";
import type { Dataset } from "./dataset.ts";
import { type WriteRequest, writeRows } from "./write-rows.ts";

/** Of one segment. */
const MAX_COMMIT_BYTES = 16 * 1024 * 1024;

interface Waiting {
  readonly requests: readonly WriteRequest[];
  readonly bytes: number;
  readonly resolve: (outcomes: readonly BackendOutcome[]) => void;
  readonly reject: (error: unknown) => void;
}

export class DatasetWriter {
  readonly #dataset: Dataset;
  readonly #afterCommit: () => void;
  #waiting: Waiting[] = [];
  #isWriting = false;

  /** @param afterCommit Called when nothing waits any more. */
  constructor(dataset: Dataset, afterCommit: () => void) {
    this.#dataset = dataset;
    this.#afterCommit = afterCommit;
  }

  /** One outcome an operation, in order. */
  write(operations: readonly BackendWrite[], writer: string): Promise<readonly BackendOutcome[]> {
    return new Promise((resolve, reject) => {
      const requests = operations.map((operation) => ({ operation, writer }));
      this.#waiting.push({ requests, bytes: sizeOf(operations), resolve, reject });
      if (!this.#isWriting) void this.#writeAll();
    });
  }

  async #writeAll(): Promise<void> {
    this.#isWriting = true;
    for (let some = this.#take(); some.length > 0; some = this.#take()) await this.#writeSome(some);
    this.#isWriting = false;
    this.#afterCommit();
  }

  #take(): Waiting[] {
    let bytes = 0;
    let count = 0;
    for (const waiting of this.#waiting) {
      bytes += waiting.bytes;
      if (count > 0 && bytes > MAX_COMMIT_BYTES) break;
      count++;
    }
    return this.#waiting.splice(0, count);
  }

  async #writeSome(some: readonly Waiting[]): Promise<void> {
    try {
      const outcomes = await writeRows(
        this.#dataset,
        some.flatMap(({ requests }) => requests),
      );
      let from = 0;
      for (const { requests, resolve } of some) {
        resolve(outcomes.slice(from, from + requests.length));
        from += requests.length;
      }
    } catch (error) {
      for (const { reject } of some) reject(error);
    }
  }
}

function sizeOf(operations: readonly BackendWrite[]): number {
  let bytes = 0;
  for (const { key, write } of operations) {
    bytes += key.length + (typeof write === "object" ? write.body.length : 0);
  }
  return bytes;
}
