/** Conditional writes, in batches that each are one transaction, with one batch on its way while one runs. */
import { compareBytes } from "../../core/key/compare-bytes.ts";
import { toHex } from "../../core/key/hex.ts";
import {
  type LocalWrite,
  NOT_SENT,
  type RecordRead,
  type WriteOptions,
  type WriteOutcome,
} from "../../core/session/ports.ts";
import { AgentError, type AgentErrorCode } from "../wire/agent-error.ts";
import { PartKind } from "../wire/part.ts";
import type { WriteOperation, WriteRequest } from "../wire/requests.ts";
import type { RunRequest } from "./agent-local-store.ts";
import { CheckedJson } from "./checked-json.ts";
import { malformed, recordsOf, textOf } from "./read-part.ts";

/** From here on larger transactions are no faster, and only hold the page's store for longer. */
const MAX_OPERATIONS = 2_000;
const MAX_UNITS = 768 * 1024;

const IN_FLIGHT = 2;

/**
 * While a batch runs, the page's own writers wait: on a page that writes slowly batches are smaller. Milliseconds that
 * one may take, of which a commit seems to take some tens in Chromium (reckoned from the bare loops of `bench pull`),
 * and operations that are worth a transaction whatever they take.
 */
const BATCH_MILLISECONDS = 220;
const MIN_OPERATIONS = 100;

/** How large a batch may be, by how long those before it took. */
export class BatchPace {
  readonly #clock: () => number;
  #operations = MAX_OPERATIONS / 4;
  #endedAt = 0;

  /** @param clock Milliseconds. */
  constructor(clock: () => number = () => performance.now()) {
    this.#clock = clock;
  }

  get operations(): number {
    return this.#operations;
  }

  /** @returns to be called when the batch of so many operations has ended */
  start(operations: number): () => void {
    const startedAt = this.#clock();
    return () => {
      // Transactions on one store run one after the other: a batch waits for the one before it.
      const milliseconds = this.#clock() - Math.max(startedAt, this.#endedAt);
      this.#endedAt = this.#clock();
      const wanted = Math.round((operations * BATCH_MILLISECONDS) / Math.max(milliseconds, 1));
      // A remainder says little of a whole batch, and one batch may have had an easy time.
      if (operations < this.#operations / 2 && wanted < this.#operations) return;
      const most = Math.min(MAX_OPERATIONS, this.#operations * 2);
      this.#operations = Math.min(most, Math.max(MIN_OPERATIONS, wanted));
    };
  }
}

/** Failures before the transaction: it is certain that nothing was written. */
const NOTHING_WRITTEN: ReadonlySet<AgentErrorCode> = new Set([
  "no-database",
  "no-store",
  "blocked",
  "upgrading",
  "frame-gone",
  "other-origin",
  "closed",
  "taken-back",
]);

type WriteHead = Omit<WriteRequest, "operations">;

/** One outcome per operation, in order; never throws for what befalls the page. */
export async function writeInBatches(
  operations: readonly LocalWrite[],
  options: WriteOptions,
  run: RunRequest,
  head: WriteHead,
  pace = new BatchPace(),
): Promise<readonly WriteOutcome[]> {
  const outcomes = new Map<LocalWrite, WriteOutcome>();
  const batches = batchesOf(operations, pace)[Symbol.iterator]();
  let stop: string | undefined;
  const worker = async (): Promise<void> => {
    for (let batch = batches.next(); batch.done !== true; batch = batches.next()) {
      if (options.signal?.aborted) stop ??= "It was cancelled before it was sent.";
      const ended = pace.start(batch.value.length);
      const ran =
        stop === undefined
          ? await writeBatch(batch.value, run, head, options.signal)
          : notSent(batch.value, stop);
      // One that was taken back says nothing of the next.
      if (stop === undefined && !options.signal?.aborted) ended();
      for (const [index, operation] of batch.value.entries()) {
        const outcome = ran[index] as WriteOutcome;
        if (outcome.status === "unknown") stop ??= "It was not sent after the page stopped answering.";
        outcomes.set(operation, outcome);
      }
    }
  };
  await Promise.all(Array.from({ length: IN_FLIGHT }, worker));
  return operations.map((operation) => outcomes.get(operation) as WriteOutcome);
}

function notSent(batch: readonly LocalWrite[], reason: string): WriteOutcome[] {
  return batch.map(({ opId }) => ({ opId, status: "rejected", code: NOT_SENT, reason }));
}

/** Each in key order, and with every key once: a second write of a key must see the first one's effect. */
function* batchesOf(operations: readonly LocalWrite[], pace: BatchPace): Generator<LocalWrite[]> {
  let batch: LocalWrite[] = [];
  let keys = new Set<string>();
  let units = 0;
  for (const operation of operations) {
    const key = toHex(operation.key);
    const { write } = operation;
    const size = write === "delete" ? 0 : write.body.length + (write.rest?.length ?? 0);
    const isFull = batch.length >= pace.operations || units + size > MAX_UNITS;
    if (batch.length > 0 && (isFull || keys.has(key))) {
      yield batch.sort(byKey);
      batch = [];
      keys = new Set();
      units = 0;
    }
    batch.push(operation);
    keys.add(key);
    units += size;
  }
  if (batch.length > 0) yield batch.sort(byKey);
}

function byKey(a: LocalWrite, b: LocalWrite): number {
  return compareBytes(a.key, b.key);
}

async function writeBatch(
  batch: readonly LocalWrite[],
  run: RunRequest,
  head: WriteHead,
  takeBack: AbortSignal | undefined,
): Promise<readonly WriteOutcome[]> {
  const request: WriteRequest = { ...head, operations: batch.map(operationOf) };
  const texts = batch
    .map(({ write }) => (write === "delete" ? "" : write.body + (write.rest ?? "")))
    .join("");
  try {
    // Taken back, not cancelled: its answer would be lost.
    return await readOutcomes(batch, run(request, texts, { takeBack }));
  } catch (error) {
    if (!(error instanceof AgentError)) throw error;
    if (!NOTHING_WRITTEN.has(error.code)) {
      return batch.map(({ opId }) => ({ opId, status: "unknown", reason: error.message }));
    }
    const { message } = error;
    const code = error.code === "taken-back" ? NOT_SENT : error.code;
    return batch.map(({ opId }) => ({ opId, status: "rejected", code, reason: message }));
  }
}

function operationOf({ key, expect, write }: LocalWrite): WriteOperation {
  return {
    key: toHex(key),
    expect: expect === null ? null : toHex(expect),
    ...(write === "delete" ? {} : putOf(write)),
  };
}

function putOf({ body, digest, rest }: Exclude<LocalWrite["write"], "delete">) {
  const put = { digest: toHex(digest), bodyUnits: body.length };
  return rest === undefined ? put : { ...put, restUnits: rest.length };
}

type Answer = ReturnType<RunRequest>;

async function readOutcomes(batch: readonly LocalWrite[], answer: Answer): Promise<readonly WriteOutcome[]> {
  let told: CheckedJson[] | undefined;
  let conflictKeys: Uint8Array[] = [];
  const currents: RecordRead[] = [];
  for await (const part of answer) {
    if (told === undefined) {
      told = CheckedJson.parse(textOf(part, PartKind.json)).list();
      if (told.length !== batch.length) throw malformed("another number of outcomes than operations");
      const answers = told;
      conflictKeys = batch.filter((_, i) => isConflict(answers[i])).map(({ key }) => key);
    } else {
      currents.push(...recordsOf(part, conflictKeys, currents.length));
    }
  }
  if (told === undefined || currents.length !== conflictKeys.length) throw malformed("no outcomes");
  const answers = told;
  let conflicts = 0;
  return batch.map(({ opId }, index) => {
    const outcome = answers[index] as CheckedJson;
    if (isConflict(outcome)) {
      return { opId, status: "conflict", current: currents[conflicts++] as RecordRead };
    }
    return outcomeOf(opId, outcome);
  });
}

function isConflict(outcome: CheckedJson | undefined): boolean {
  return outcome !== undefined && !outcome.isList && outcome.text() === "c";
}

function outcomeOf(opId: string, outcome: CheckedJson): WriteOutcome {
  if (!outcome.isList) {
    if (outcome.text() !== "a") throw malformed("an unknown outcome");
    return { opId, status: "applied" };
  }
  const [code, reason] = outcome.list();
  if (code === undefined || reason === undefined) throw malformed("a rejection without a reason");
  return { opId, status: "rejected", code: code.text(), reason: reason.text() };
}
