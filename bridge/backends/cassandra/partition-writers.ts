/**
 * One batch of a partition is under way at a time: two would be in each other's way. Whatever waits for it, from whichever
 * call, goes together in the next one.
 *
 * Of operations that want the same key one goes. When it has applied, the others are answered without asking the server:
 * what they expect is a version that was there before, and no version ever comes again.
 */
import type { BackendOutcome, BackendRecord } from "../backend.ts";
import { keyText } from "../shared/key-text.ts";
import { opIdOf, slotOf } from "../shared/tokens.ts";
import type { CassandraCluster } from "./cluster.ts";
import { type RecordsOf, type TokenedWrite, weightOf } from "./record-statements.ts";
import { writeBatch } from "./write-batch.ts";

/** Of one batch: beyond 500 rows it gets no faster. */
const BATCH_OPERATIONS = 500;
const BATCH_BYTES = 1024 * 1024;

/** Partitions that have a batch under way. */
const BATCHES_AT_A_TIME = 16;

export interface PartitionOf {
  readonly cluster: CassandraCluster;
  readonly records: RecordsOf;
  readonly bucket: number;
}

/** Undefined = missed, by something that is not known here. */
type Answer = BackendOutcome | undefined;

interface Waiting {
  readonly write: TokenedWrite;
  readonly answer: (outcome: Answer) => void;
}

/** Of a cluster. */
export class PartitionWriters {
  /** Of partitions that have a batch under way, or wait for their turn. */
  readonly #waiting = new Map<string, Waiting[]>();
  readonly #turns = new Turns(BATCHES_AT_A_TIME);

  write(partition: PartitionOf, write: TokenedWrite): Promise<Answer> {
    const { records, bucket } = partition;
    const name = `${records.incarnation} ${bucket}`;
    return new Promise((answer) => {
      const waiting = this.#waiting.get(name);
      if (waiting !== undefined) {
        waiting.push({ write, answer });
        return;
      }
      this.#waiting.set(name, [{ write, answer }]);
      // What the same call adds before it waits itself goes along.
      queueMicrotask(() => void this.#run(partition, name));
    });
  }

  async #run(partition: PartitionOf, name: string): Promise<void> {
    for (;;) {
      const waiting = this.#waiting.get(name) ?? [];
      if (waiting.length === 0) {
        this.#waiting.delete(name);
        return;
      }
      await this.#turns.take();
      // More may have come meanwhile.
      const { taken, rest } = takeBatch(this.#waiting.get(name) ?? []);
      this.#waiting.set(name, rest);
      const writes = taken.map(({ write }) => write);
      const outcomes = await writeBatch(partition, writes).finally(() => this.#turns.giveBack());
      for (const { write, answer } of taken) answer(outcomes.get(write.operation.opId));
      this.#answerOvertaken(name, taken, outcomes);
    }
  }

  /** Those that wait to write over what has just been written over. */
  #answerOvertaken(
    name: string,
    taken: readonly Waiting[],
    outcomes: ReadonlyMap<string, BackendOutcome>,
  ): void {
    const applied = new Map<string, TokenedWrite>();
    for (const { write } of taken) {
      if (outcomes.get(write.operation.opId)?.status === "applied") {
        applied.set(keyText(write.operation.key), write);
      }
    }
    const rest: Waiting[] = [];
    for (const one of this.#waiting.get(name) ?? []) {
      const winner = applied.get(keyText(one.write.operation.key));
      if (winner === undefined || !isOvertaken(one.write, winner)) rest.push(one);
      else if (winner.token === one.write.token) one.answer({ status: "applied", token: winner.token });
      else one.answer({ status: "missed", current: recordOf(winner) });
    }
    this.#waiting.set(name, rest);
  }
}

/** At most so many at a time, in the order of asking. */
class Turns {
  #free: number;
  readonly #waiting: (() => void)[] = [];

  constructor(count: number) {
    this.#free = count;
  }

  take(): Promise<void> {
    if (this.#free > 0) {
      this.#free--;
      return Promise.resolve();
    }
    return new Promise((resolve) => this.#waiting.push(resolve));
  }

  giveBack(): void {
    const next = this.#waiting.shift();
    if (next === undefined) this.#free++;
    else next();
  }
}

/** Not by one that somebody else has written over since, and whose version is expected. */
function isOvertaken({ operation: { expect } }: TokenedWrite, { token }: TokenedWrite): boolean {
  const [expected, taken] = [slotOf(expect), slotOf(token)];
  return expect !== token && expected !== undefined && taken !== undefined && expected <= taken;
}

/** The first ones that fit, no key twice. */
function takeBatch(waiting: readonly Waiting[]): { taken: Waiting[]; rest: Waiting[] } {
  const taken: Waiting[] = [];
  const rest: Waiting[] = [];
  const keys = new Set<string>();
  let bytes = 0;
  for (const one of waiting) {
    const { operation } = one.write;
    const key = keyText(operation.key);
    const weight = weightOf(operation);
    const fits = taken.length === 0 || (taken.length < BATCH_OPERATIONS && bytes + weight <= BATCH_BYTES);
    if (fits && !keys.has(key)) {
      taken.push(one);
      bytes += weight;
    } else {
      rest.push(one);
    }
    keys.add(key);
  }
  return { taken, rest };
}

/** What an operation that has applied left there. */
function recordOf({ operation, token }: TokenedWrite): BackendRecord {
  const { key, expect, write } = operation;
  const prevOpId = expect === null ? undefined : opIdOf(expect);
  const history = { token, ...(prevOpId === undefined ? {} : { prevOpId }) };
  if (write === "delete") return { key, state: "deleted", ...history };
  if (write === "absent") return { key, state: "absent", ...history };
  return { key, state: "present", digest: write.digest, body: write.body, ...history };
}
