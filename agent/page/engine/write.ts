/**
 * Conditional writes: compare the digest of what is there and put or delete, all in one transaction.
 *
 * One operation's failure is its own outcome and leaves the others alone. `applied` is said only after the
 * transaction's complete event, and `NOT_SENT` of what the brake took back.
 */

import { compareBytes } from "../../../core/key/compare-bytes.ts";
import { encodeKey } from "../../../core/key/encode-key.ts";
import { fromHex, toHex } from "../../../core/key/hex.ts";
import { NOT_SENT } from "../../../core/session/ports.ts";
import { PartKind } from "../../wire/part.ts";
import { encodeRecordChunk, type RecordSlot } from "../../wire/record-chunk.ts";
import type { WriteRequest } from "../../wire/requests.ts";
import { conflictingIndex } from "./conflicting-index.ts";
import { tellDexie } from "./dexie-message.ts";
import { keepingAlive } from "./keep-alive.ts";
import { keyAtPath } from "./key-path.ts";
import type { OpenStore } from "./open-store.ts";
import { type PreparedWrite, prepareWrite, type Rejected, rejected } from "./prepare-write.ts";
import { ABSENT, Density, type Found, isOfAbortedTransaction, readChunk, SpoiltRead } from "./read-keys.ts";
import { reasonOf, Unreadable } from "./read-rows.ts";
import { blockedReason, RecordDigester } from "./record-digester.ts";
import { RequestGroup } from "./request-group.ts";
import { completionOf } from "./requests.ts";
import type { TaskOutput } from "./task-output.ts";
import { TimeSlices } from "./time-slices.ts";
import type { WriteBrake } from "./write-brake.ts";

/** Milliseconds after which a cancel is listened for while a batch is decoded. */
const LISTEN_MS = 20;

/** Text of conflicting records that goes out in one part. */
const CHUNK_UNITS = 1024 * 1024;

/** `changed`: the transaction, once complete, has changed the record. */
type Outcome =
  | { readonly is: "applied"; readonly changed: boolean }
  | { readonly is: "conflict"; readonly found: Found }
  | Rejected;

/**
 * Answers a JSON list with, for each operation, "a" (applied), "c" (conflict) or [code, reason] (rejected);
 * then the current records of the conflicts, in order.
 */
export async function write(
  request: WriteRequest,
  texts: string,
  store: OpenStore,
  output: TaskOutput,
  brake: WriteBrake,
): Promise<void> {
  const digester = new RecordDigester(request);
  let at = 0;
  const slices = new TimeSlices(LISTEN_MS);
  const prepared: (PreparedWrite | Rejected)[] = [];
  for (const operation of request.operations) {
    if (slices.isOver) await slices.pause();
    const body = texts.slice(at, at + (operation.bodyUnits ?? 0));
    at += body.length;
    const rest = texts.slice(at, at + (operation.restUnits ?? 0));
    at += rest.length;
    prepared.push(brake.isPulled ? TAKEN_BACK : prepareWrite(operation, body, rest, digester));
  }
  const ready = prepared.filter((each): each is PreparedWrite => !("code" in each));
  const ran = ready.length === 0 ? [] : await runTransactions(ready, request, { store, digester, brake });
  let next = 0;
  const outcomes = prepared.map((each) => ("code" in each ? each : (ran[next++] as Outcome)));
  await output.emit(PartKind.json, JSON.stringify(outcomes.map(outcomeText)));
  await emitConflicts(request, outcomes, digester, output);
}

function outcomeText(outcome: Outcome): string | readonly string[] {
  if ("code" in outcome) return [outcome.code, outcome.reason];
  return outcome.is === "applied" ? "a" : "c";
}

async function emitConflicts(
  request: WriteRequest,
  outcomes: readonly Outcome[],
  digester: RecordDigester,
  output: TaskOutput,
): Promise<void> {
  let slots: RecordSlot[] = [];
  let units = 0;
  for (const [index, outcome] of outcomes.entries()) {
    if ("code" in outcome || outcome.is !== "conflict") continue;
    const { found } = outcome;
    const key = fromHex(request.operations[index]?.key ?? "");
    const slot: RecordSlot =
      found === ABSENT
        ? { state: "absent" }
        : (digester.refusedSlot(key, found.value) ??
          digester.slotNow(found.value) ??
          (await digester.slot(found.value)));
    slots.push(slot);
    if (slot.state === "present") units += slot.body.length;
    if (units < CHUNK_UNITS) continue;
    await output.emitRecords(encodeRecordChunk(slots));
    slots = [];
    units = 0;
  }
  if (slots.length > 0) await output.emitRecords(encodeRecordChunk(slots));
}

/** What one batch of writes is done with. */
interface Tools {
  readonly store: OpenStore;
  readonly digester: RecordDigester;
  readonly brake: WriteBrake;
}

/** Each repeat leaves out at least one more record that cannot be read. */
const MOST_TRANSACTIONS = 20;

/**
 * Runs the transaction, and again without what spoilt it: in Chromium a record that cannot be read takes the
 * whole transaction with it, also when only the range of the others' keys has led to it.
 */
async function runTransactions(
  writes: readonly PreparedWrite[],
  request: WriteRequest,
  tools: Tools,
): Promise<readonly Outcome[]> {
  const outcomes = new Map<PreparedWrite, Outcome>();
  let left = writes;
  for (let run = 1; left.length > 0; run++) {
    const ran = await runTransaction(left, request, tools, new Density(run === 1 ? 0 : 1));
    for (const [index, write] of left.entries()) outcomes.set(write, ran.outcomes[index] as Outcome);
    if (!ran.isSpoilt || run === MOST_TRANSACTIONS) break;
    const readable = left.filter((write) => !isUnreadable(outcomes.get(write)));
    if (run > 1 && readable.length === left.length) break;
    left = readable;
  }
  return writes.map((write) => outcomes.get(write) as Outcome);
}

function isUnreadable(outcome: Outcome | undefined): boolean {
  if (outcome === undefined || "code" in outcome || outcome.is !== "conflict") return false;
  return outcome.found !== ABSENT && outcome.found.value instanceof Unreadable;
}

/** `isSpoilt`: the browser aborted it for something that a repeat may get around. */
interface Ran {
  readonly outcomes: readonly Outcome[];
  readonly isSpoilt: boolean;
}

async function runTransaction(
  writes: readonly PreparedWrite[],
  request: WriteRequest,
  { store, digester, brake }: Tools,
  density: Density,
): Promise<Ran> {
  const outcomes: (Outcome | undefined)[] = [];
  const takenBack = (): Ran => ({
    outcomes: writes.map((_, index) => afterAbort(outcomes[index], TAKEN_BACK)),
    isSpoilt: false,
  });
  if (brake.isPulled) return takenBack();
  const inTransaction = store.begin("readwrite");
  const running = runInTransaction(writes, request, inTransaction, digester, density, outcomes);
  return Promise.race([running, brake.guard(inTransaction.transaction).then(takenBack)]);
}

/** Fills in `outcomes` as they come. */
async function runInTransaction(
  writes: readonly PreparedWrite[],
  request: WriteRequest,
  inTransaction: IDBObjectStore,
  digester: RecordDigester,
  density: Density,
  outcomes: (Outcome | undefined)[],
): Promise<Ran> {
  const { transaction } = inTransaction;
  const completion = completionOf(transaction);
  completion.catch(() => undefined);
  let failure: unknown;
  try {
    await compareAndSet(writes, inTransaction, digester, density, outcomes);
    // A dry run is the run itself, taken back: it meets every constraint that the run would meet.
    if (request.dryRun) {
      transaction.abort();
      return { outcomes: outcomes.map(settled), isSpoilt: false };
    }
  } catch (error) {
    failure = error;
    abortQuietly(transaction);
  }
  try {
    await completion;
  } catch (error) {
    const refused = refusedBy(failure ?? error);
    const isSpoilt = (error as { name?: unknown }).name !== "QuotaExceededError";
    return { outcomes: writes.map((_, index) => afterAbort(outcomes[index], refused)), isSpoilt };
  }
  const all = outcomes.map(settled);
  tellOfChanges(writes, all, inTransaction, request);
  return { outcomes: all, isSpoilt: false };
}

function abortQuietly(transaction: IDBTransaction): void {
  try {
    transaction.abort();
  } catch {
    // It has ended by itself.
  }
}

const TAKEN_BACK = rejected(NOT_SENT, "It was cancelled before the page's storage had it.");

function settled(outcome: Outcome | undefined): Outcome {
  return outcome ?? rejected("aborted", "The browser gave no outcome.");
}

function tellOfChanges(
  writes: readonly PreparedWrite[],
  outcomes: readonly Outcome[],
  store: IDBObjectStore,
  request: WriteRequest,
): void {
  const changed = writes.filter((_, index) => {
    const outcome = outcomes[index] as Outcome;
    return !("code" in outcome) && outcome.is === "applied" && outcome.changed;
  });
  if (changed.length === 0) return;
  const keys = changed.map(({ wanted }) => wanted.key);
  tellDexie(request.target.database, request.target.store, [...store.indexNames], keys);
}

/** An aborted transaction has taken every change back, and said nothing untrue about what it found. */
function afterAbort(outcome: Outcome | undefined, refused: Rejected): Outcome {
  if (outcome !== undefined) {
    if ("code" in outcome || outcome.is === "conflict" || !outcome.changed) return outcome;
  }
  return refused;
}

function refusedBy(error: unknown): Rejected {
  const isFull = (error as { name?: unknown } | null)?.name === "QuotaExceededError";
  return rejected(
    isFull ? "quota-exceeded" : "aborted",
    isFull
      ? "The page's storage is full, so nothing of this batch was written. Free some space, then repeat."
      : `The browser took the whole batch back: ${reasonOf(error)}`,
  );
}

/** Fills in `outcomes` as they come. @throws where the transaction is over before all of them are there */
async function compareAndSet(
  writes: readonly PreparedWrite[],
  store: IDBObjectStore,
  digester: RecordDigester,
  density: Density,
  outcomes: (Outcome | undefined)[],
): Promise<void> {
  const wanted = writes.map((write) => write.wanted);
  // Asked once: the browser makes a new string with every look at it.
  const { keyPath } = store;
  const found = await readChunk(store, keyPath, wanted, density).catch((error: unknown) => {
    if (error instanceof SpoiltRead) noteUnreadable(error.found, outcomes);
    throw error;
  });
  const running = new RequestGroup();
  for (const [index, write] of writes.entries()) {
    const there = found[index] as Found;
    const digest =
      there === ABSENT
        ? null
        : (digestOfFoundNow(there, digester) ?? (await digestOfFound(there, store, digester)));
    outcomes[index] = decide(write, there, digest);
    if (outcomes[index] !== undefined) continue;
    perform(write, there, { store, keyPath }, digester, running, (outcome) => {
      outcomes[index] = outcome;
    });
  }
  await running.settled();
}

function noteUnreadable(found: readonly (Found | undefined)[], outcomes: (Outcome | undefined)[]): void {
  for (const [index, each] of found.entries()) {
    if (each === undefined || each === ABSENT || !(each.value instanceof Unreadable)) continue;
    outcomes[index] = { is: "conflict", found: each };
  }
}

type FoundValue = Exclude<Found, typeof ABSENT>;

/** Hexadecimal; undefined where it takes more than a look at the value. */
function digestOfFoundNow(found: FoundValue, digester: RecordDigester): string | undefined {
  const digest = digester.digestNow(found.value);
  return digest && toHex(digest);
}

/** Hexadecimal; an outcome where no comparison is possible. */
async function digestOfFound(
  found: FoundValue,
  store: IDBObjectStore,
  digester: RecordDigester,
): Promise<string | Outcome> {
  const slow = await digester.digestWithBlobs(found.value, (work) => keepingAlive(store, work));
  if ("digest" in slow) return toHex(slow.digest);
  if (slow.tooLarge) return rejected("too-large-to-guard", slow.reason);
  return { is: "conflict", found };
}

/** Undefined: the precondition holds, so the write may run. */
function decide(write: PreparedWrite, found: Found, digest: string | null | Outcome): Outcome | undefined {
  if (digest !== null && typeof digest === "object") return digest;
  if (digest !== write.expect) {
    const isThereAlready = digest === (write.put?.digest ?? null);
    return isThereAlready ? { is: "applied", changed: false } : { is: "conflict", found };
  }
  if (found === ABSENT) return write.put === undefined ? { is: "applied", changed: false } : undefined;
  const blocked = blockedReason(found.value);
  return blocked === undefined ? undefined : rejected("blocked", blocked);
}

/** Tells the outcome as soon as it is known. */
function perform(
  write: PreparedWrite,
  found: Found,
  { store, keyPath }: { readonly store: IDBObjectStore; readonly keyPath: string | readonly string[] | null },
  digester: RecordDigester,
  running: RequestGroup,
  tell: (outcome: Outcome) => void,
): void {
  const { wanted, put } = write;
  const refuse = (error: unknown): Promise<void> => refusal(error, write, store).then(tell);
  let request: IDBRequest;
  try {
    if (put === undefined) {
      request = store.delete(wanted.key);
    } else {
      // New records lack what the mapping leaves out, unless an undo brings it along.
      const isWhole = found === ABSENT && put.isWhole === true;
      const value = isWhole
        ? put.value
        : digester.keepRest(put.value, found === ABSENT ? undefined : found.value);
      if (keyPath === null) {
        request = store.put(value, wanted.key);
      } else if (hasKey(value, keyPath, wanted.bytes)) {
        request = store.put(value);
      } else {
        const reason = "The record's key path leads to another key than the operation names.";
        tell(rejected("key-mismatch", reason));
        return;
      }
    }
  } catch (error) {
    running.addWork(refuse(error));
    return;
  }
  running.add(request, () => tell({ is: "applied", changed: true }), refuse);
}

async function refusal(error: unknown, write: PreparedWrite, store: IDBObjectStore): Promise<Outcome> {
  if (isOfAbortedTransaction(error)) throw error;
  const { name } = error as { name?: unknown };
  const code = typeof name === "string" ? name : "Error";
  if (code !== "ConstraintError" || write.put === undefined) return rejected(code, reasonOf(error));
  const index = await conflictingIndex(store, write.put.value, write.wanted.bytes);
  return rejected(
    code,
    index === undefined
      ? reasonOf(error)
      : `The unique index "${index}" already holds this value for another record.`,
  );
}

function hasKey(value: unknown, keyPath: string | readonly string[], bytes: Uint8Array): boolean {
  try {
    return compareBytes(encodeKey(keyAtPath(value, keyPath)), bytes) === 0;
  } catch {
    return false;
  }
}
