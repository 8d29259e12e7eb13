/** The writing half of an apply: sends a window's operations, and makes unknown outcomes certain. */
import { abortable } from "../diff/abortable.ts";
import type { ApplyContext } from "./apply-context.ts";
import { mayHaveBeenSent } from "./apply-memory.ts";
import type { OperationOutcome } from "./plan.ts";
import { type LocalWrite, NOT_SENT, type RemoteWrite, type WriteOutcome } from "./ports.ts";
import type { PreparedUnit, PreparedWindow } from "./prepare-unit.ts";
import { messageOf } from "./session-error.ts";
import { MAX_BYTES_A_UNIT, utf8Length } from "./utf8-length.ts";

/** Why the apply cannot go on. */
export interface Stop {
  readonly side: "local" | "remote" | "base";
  readonly reason: string;
}

/** How long to wait before an unknown outcome is settled once more, in milliseconds. */
const SETTLE_PAUSES = [0, 250, 1000];

/**
 * Sends everything that is prepared. The remote half of a merge goes first, and its local half only once that
 * applied. Outcomes are added to the window's. Never throws: a port that fails leaves what it was sent
 * `unknown` and answers why to stop.
 *
 * @param wait Resolves after so many milliseconds.
 */
export async function writeWindow(
  context: ApplyContext,
  window: PreparedWindow,
  wait: (milliseconds: number) => Promise<void>,
): Promise<Stop | undefined> {
  const merges = window.units.filter(({ unit, localWrite }) => localWrite && unit.remote);
  const pulls = window.units.filter(({ unit, localWrite }) => localWrite && !unit.remote);
  const [remoteStop, localStop] = await Promise.all([
    writeRemote(context, window, wait),
    writeLocal(context, window, pulls),
  ]);
  const stop = remoteStop ?? localStop;
  return stop ?? (await writeLocal(context, window, mergesToFinish(context, window, merges)));
}

/** The merges whose remote half is in place; the others' local halves wait. */
function mergesToFinish(
  context: ApplyContext,
  window: PreparedWindow,
  merges: readonly PreparedUnit[],
): PreparedUnit[] {
  return merges.filter(({ unit }) => {
    const remote = unit.remote && outcomeOf(context, window, unit.remote.opId);
    if (remote?.status === "applied") return true;
    const opId = unit.local?.opId ?? "";
    const reason = `The other half of this merge is ${remote?.status ?? "not sent"}.`;
    window.outcomes.set(opId, { opId, status: "notRun", reason });
    return false;
  });
}

export function outcomeOf(
  context: { readonly memory: Pick<ApplyContext["memory"], "outcomes"> },
  window: PreparedWindow,
  opId: string,
): OperationOutcome | undefined {
  return window.outcomes.get(opId) ?? context.memory.outcomes.get(opId);
}

async function writeRemote(
  context: ApplyContext,
  window: PreparedWindow,
  wait: (milliseconds: number) => Promise<void>,
): Promise<Stop | undefined> {
  const { applyId, dryRun, memory } = context;
  const { remote } = context.ports;
  const fresh: RemoteWrite[] = [];
  const repeated: RemoteWrite[] = [];
  for (const { remoteWrite } of window.units) {
    if (!remoteWrite) continue;
    (mayHaveBeenSent(memory, remoteWrite.opId) ? repeated : fresh).push(remoteWrite);
  }
  // What may have been sent in an earlier life is settled: it may have applied and been overwritten since.
  const settling = (batch: readonly RemoteWrite[]) => remote.settle(batch, { applyId });
  const signal = cancelOf(context);
  const writing = (batch: readonly RemoteWrite[]) => remote.write(batch, { applyId, dryRun, signal });
  return (
    (await sendBatches(context, window, repeated, settling, wait)) ??
    (await sendBatches(context, window, fresh, writing, wait))
  );
}

async function sendBatches(
  context: ApplyContext,
  window: PreparedWindow,
  writes: readonly RemoteWrite[],
  call: (batch: readonly RemoteWrite[]) => Promise<readonly WriteOutcome[]>,
  wait: (milliseconds: number) => Promise<void>,
): Promise<Stop | undefined> {
  for (const batch of remoteBatches(context, writes)) {
    if (context.signal?.aborted) return undefined;
    const failed = await send(window, batch, () => call(batch));
    const unknown = batch.filter(({ opId }) => window.outcomes.get(opId)?.status === "unknown");
    if (unknown.length === 0) continue;
    const unsettled = context.dryRun ? failed : await settle(context, window, unknown, wait);
    if (unsettled !== undefined) return { side: "remote", reason: unsettled };
  }
  return undefined;
}

/** Repeats unknown operations a bounded number of times; answers the last error when the remote is gone. */
async function settle(
  context: ApplyContext,
  window: PreparedWindow,
  operations: readonly RemoteWrite[],
  wait: (milliseconds: number) => Promise<void>,
): Promise<string | undefined> {
  const { ports, applyId, signal } = context;
  let unknown = operations;
  let failure: string | undefined;
  for (const pause of SETTLE_PAUSES) {
    if (pause > 0) await abortable(wait(pause), signal).catch(() => undefined);
    if (signal?.aborted) return failure;
    failure = await send(window, unknown, () => ports.remote.settle(unknown, { applyId }));
    unknown = unknown.filter(({ opId }) => window.outcomes.get(opId)?.status === "unknown");
    if (unknown.length === 0) return undefined;
  }
  return failure;
}

async function writeLocal(
  context: ApplyContext,
  window: PreparedWindow,
  units: readonly PreparedUnit[],
): Promise<Stop | undefined> {
  const writes: LocalWrite[] = [];
  for (const { localWrite } of units) if (localWrite) writes.push(localWrite);
  if (writes.length === 0) return undefined;
  const { ports, dryRun, memory } = context;
  const signal = cancelOf(context);
  const failure = await send(window, writes, () => ports.local.write(writes, { dryRun, signal }));
  for (const { opId } of writes) {
    const outcome = window.outcomes.get(opId);
    // Sent in an earlier life, too: it may have applied then, and the page wrote after it.
    const maybeWritten = memory.journaled.has(opId) && mayHaveBeenSent(memory, opId);
    if (outcome?.status === "conflict" && maybeWritten) {
      window.outcomes.set(opId, { ...outcome, status: "superseded" });
    }
  }
  return failure === undefined ? undefined : { side: "local", reason: failure };
}

/** One call; every operation has an outcome afterwards. Answers the error's words when the call failed. */
async function send(
  window: PreparedWindow,
  operations: readonly { readonly opId: string }[],
  call: () => Promise<readonly WriteOutcome[]>,
): Promise<string | undefined> {
  let failure: string | undefined;
  let answered: readonly WriteOutcome[] = [];
  try {
    answered = await call();
  } catch (error) {
    failure = messageOf(error);
  }
  const outcomes = new Map(answered.map((outcome) => [outcome.opId, outcome]));
  for (const { opId } of operations) {
    const reason = failure ?? "The answer left this operation out.";
    window.outcomes.set(opId, sentOrNotRun(outcomes.get(opId) ?? { opId, status: "unknown", reason }));
  }
  return failure;
}

function sentOrNotRun(outcome: WriteOutcome): OperationOutcome {
  if (outcome.status !== "rejected" || outcome.code !== NOT_SENT) return outcome;
  return { opId: outcome.opId, status: "notRun", reason: outcome.reason };
}

/**
 * What ends a write in the middle. After a crash nothing does: an operation that this life does not send may have
 * been sent by the one before, and the next life could not tell.
 */
function cancelOf({ memory, signal }: ApplyContext): AbortSignal | undefined {
  return memory.crashed ? undefined : signal;
}

/** Cuts the writes at what one call to the remote may carry. */
function* remoteBatches(
  context: ApplyContext,
  writes: readonly RemoteWrite[],
): Generator<readonly RemoteWrite[]> {
  const { maxBatchOperations, maxBatchBytes } = context.ports.remote.capabilities;
  if (writes.length === 0) return;
  let batch: RemoteWrite[] = [];
  let bytes = 0;
  for (const write of writes) {
    const size = weightOf(write);
    if (batch.length > 0 && (batch.length >= maxBatchOperations || bytes + size > maxBatchBytes)) {
      yield batch;
      batch = [];
      bytes = 0;
    }
    batch.push(write);
    bytes += size;
  }
  if (batch.length > 0) yield batch;
}

/** Units of a body from here on are counted: what is shorter fills no call, and is taken for the most it can be. */
const COUNTED_UNITS = 4096;

/** Bytes that a write takes, at most. */
function weightOf({ key, write }: RemoteWrite): number {
  if (write === "delete") return key.length;
  const { body } = write;
  const bytes = body.length < COUNTED_UNITS ? body.length * MAX_BYTES_A_UNIT : utf8Length(body);
  return key.length + bytes;
}
