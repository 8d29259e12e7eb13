/**
 * Compare-and-sets of document mode.
 *
 * The operations of a bucket go in conditional batches, which apply as a whole or not at all in one round of Paxos:
 * measured 24,000 records a second in batches of 500 against 1,000 one by one. A batch that is refused says little
 * about which of its conditions failed, so the versions are read, what cannot apply is taken out, and the rest goes again.
 * One batch of a bucket is under way at a time: two would be in each other's way.
 */
import { setTimeout as wait } from "node:timers/promises";
import { ProtocolError } from "../../../core/protocol/protocol-error.ts";
import { messageOf } from "../../../core/session/session-error.ts";
import type { BackendOutcome, BackendRecord, BackendWrite } from "../backend.ts";
import { BackendError } from "../backend-error.ts";
import { inParallel } from "../shared/in-parallel.ts";
import { keyText } from "../shared/key-text.ts";
import { lookAtMissed } from "../shared/missed-writes.ts";
import { tokenAfter } from "../shared/tokens.ts";
import { isWorthRepeating } from "./cassandra-errors.ts";
import type { CassandraCluster } from "./cluster.ts";
import { findHeads, wholeRecords } from "./find-records.ts";
import { bucketOf, type RecordsOf, type TokenedWrite, writeStatement } from "./record-statements.ts";

/** Of one batch: beyond 500 rows it gets no faster. */
const BATCH_OPERATIONS = 500;
const BATCH_BYTES = 1024 * 1024;

const BUCKETS_AT_A_TIME = 16;

/** So many records are read whole where only their versions are needed first. */
const FEW = 8;

/** How often a batch is sent that others were in the way of. */
const MAX_TRIES = 8;
const FIRST_PAUSE_MS = 10;

export interface WriteTarget {
  readonly cluster: CassandraCluster;
  readonly records: RecordsOf;
  readonly writer: string;
  /** Shared by all who write to the cluster. */
  readonly queue: PartitionQueue;
}

/** Lets one piece of work of a partition run at a time. */
export class PartitionQueue {
  readonly #last = new Map<string, Promise<unknown>>();

  run<Result>(partition: string, work: () => Promise<Result>): Promise<Result> {
    const before = this.#last.get(partition) ?? Promise.resolve();
    const result = before.then(work);
    const ended = result.then(ignore, ignore).then(() => {
      if (this.#last.get(partition) === ended) this.#last.delete(partition);
    });
    this.#last.set(partition, ended);
    return result;
  }
}

const ignore = (): void => {};

/** One outcome an operation, in order; no key comes twice. */
export async function compareAndSet(
  target: WriteTarget,
  operations: readonly BackendWrite[],
): Promise<BackendOutcome[]> {
  const outcomes = new Map<string, BackendOutcome>();
  const largest = (await target.cluster.largestWrite()) - PROPOSAL_BYTES;
  const fitting = operations.filter((operation) => {
    const bytes = weightOf(operation);
    if (bytes > largest) outcomes.set(operation.opId, tooLarge(bytes, largest));
    return bytes <= largest;
  });
  const batches = inBatches(target.records, fitting);
  await inParallel(batches, BUCKETS_AT_A_TIME, async ({ bucket, writes }) => {
    const partition = `${target.records.incarnation} ${bucket}`;
    await target.queue.run(partition, () => writeBatch(target, bucket, writes, outcomes));
  });
  const missed = operations.filter(({ opId }) => outcomes.get(opId) === MISSED);
  for (const { opId } of missed) outcomes.delete(opId);
  await lookAtMissed(missed, (keys) => wholeRecords(target.cluster, target.records, keys), outcomes);
  return operations.map(({ opId }) => outcomes.get(opId) ?? UNANSWERED);
}

const UNANSWERED: BackendOutcome = { status: "unknown", reason: "No answer came for this operation." };

interface Batch {
  readonly bucket: number;
  readonly writes: TokenedWrite[];
}

/** What can be no version of ours is expected by nothing that is there: those operations are in none. */
function inBatches(records: RecordsOf, operations: readonly BackendWrite[]): Batch[] {
  const batches: Batch[] = [];
  const open = new Map<number, { batch: Batch; bytes: number }>();
  for (const operation of operations) {
    const token = tokenAfter(operation.expect, operation.opId);
    if (token === undefined) continue;
    const bucket = bucketOf(records, operation.key);
    const bytes = weightOf(operation);
    let at = open.get(bucket);
    if (at === undefined || at.batch.writes.length === BATCH_OPERATIONS || at.bytes + bytes > BATCH_BYTES) {
      at = { batch: { bucket, writes: [] }, bytes: 0 };
      open.set(bucket, at);
      batches.push(at.batch);
    }
    at.batch.writes.push({ operation, token });
    at.bytes += bytes;
  }
  return batches;
}

/** What a round of Paxos adds to what it writes, generously. */
const PROPOSAL_BYTES = 64 * 1024;

function tooLarge(bytes: number, largest: number): BackendOutcome {
  const reason = `It takes ${bytes} bytes, and the server writes at most ${largest} at a time: raise "max_mutation_size" (or "commitlog_segment_size") in its cassandra.yaml.`;
  return { status: "rejected", code: "too-large", reason };
}

/** About what it takes beside its body. */
const ROW_BYTES = 200;

function weightOf({ key, write }: BackendWrite): number {
  return ROW_BYTES + key.length + (typeof write === "string" ? 0 : write.body.length);
}

/** Leaves out of `outcomes` what was missed. */
async function writeBatch(
  { cluster, records, writer }: WriteTarget,
  bucket: number,
  writes: readonly TokenedWrite[],
  outcomes: Map<string, BackendOutcome>,
): Promise<void> {
  const applied = ({ operation, token }: TokenedWrite): void => {
    outcomes.set(operation.opId, { status: "applied", token });
  };
  let open = writes;
  /** Whether a try was sent whose answer is missing. */
  let isInDoubt = false;
  for (let attempt = 1; ; attempt++) {
    try {
      if (await cluster.conditionally(open.map((write) => writeStatement(records, bucket, write, writer)))) {
        for (const write of open) applied(write);
        return;
      }
      const stillOpen: TokenedWrite[] = [];
      const found = await currentOf({ cluster, records }, open);
      for (const write of open) {
        const { opId, key, expect } = write.operation;
        const current = found.get(keyText(key));
        const token = current?.token ?? null;
        if (token === write.token) applied(write);
        else if (token === expect) stillOpen.push(write);
        else if (current?.record === undefined) outcomes.set(opId, MISSED);
        else outcomes.set(opId, { status: "missed", current: current.record });
      }
      if (stillOpen.length === 0) return;
      open = stillOpen;
      if (attempt === MAX_TRIES) throw overtaken(cluster.where);
    } catch (error) {
      const nothingWritten = error instanceof BackendError && error.nothingWritten;
      if (!nothingWritten) isInDoubt = true;
      if (isWorthRepeating(error) && attempt < MAX_TRIES) {
        // The same again, with the same version: what a try in doubt did is found, and not done twice.
        await pause(attempt);
        continue;
      }
      const outcome = outcomeOf(error, isInDoubt);
      for (const { operation } of open) outcomes.set(operation.opId, outcome);
      return;
    }
  }
}

interface Current {
  readonly token?: string | undefined;
  /** Where it was read. */
  readonly record?: BackendRecord;
}

/** With the records where there are few. Missing keys are missing in the map. */
async function currentOf(
  { cluster, records }: Pick<WriteTarget, "cluster" | "records">,
  writes: readonly TokenedWrite[],
): Promise<Map<string, Current>> {
  const keys = writes.map(({ operation }) => operation.key);
  if (keys.length > FEW) {
    const heads = await findHeads(cluster, records, keys);
    return new Map(Array.from(heads, ([key, { token }]) => [key, { token }]));
  }
  const found = await wholeRecords(cluster, records, keys);
  return new Map(Array.from(found, ([key, record]) => [key, { token: record.token, record }]));
}

/** Stands for a record that is yet to be read. */
const MISSED: BackendOutcome = { status: "rejected", code: "missed", reason: "" };

function overtaken(where: string): BackendError {
  return new BackendError(
    "backend-unavailable",
    `${where}: others write to the same records all the time. Try again.`,
  );
}

function outcomeOf(error: unknown, isInDoubt: boolean): BackendOutcome {
  const reason = messageOf(error);
  if (isInDoubt) return { status: "unknown", reason };
  const code = error instanceof ProtocolError ? error.code : "internal";
  return { status: "rejected", code, reason };
}

/** Longer with every try, and by chance, so that two who are in each other's way come apart. */
function pause(attempt: number): Promise<void> {
  return wait(FIRST_PAUSE_MS * 2 ** attempt * (0.5 + Math.random()));
}
