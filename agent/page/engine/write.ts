/**
 * Conditional writes: compare the digest of what is there and put or delete, all in one transaction.
 *
 * One operation's failure is its own outcome and leaves the others alone. `applied` is said only after the
 * transaction's complete event.
 */

import { compareBytes } from "../../../core/key/compare-bytes.ts";
import { encodeKey } from "../../../core/key/encode-key.ts";
import { toHex } from "../../../core/key/hex.ts";
import { PartKind } from "../../wire/part.ts";
import { encodeRecordChunk, type RecordSlot } from "../../wire/record-chunk.ts";
import type { WriteRequest } from "../../wire/requests.ts";
import { conflictingIndex } from "./conflicting-index.ts";
import { tellDexie } from "./dexie-message.ts";
import { keepingAlive } from "./keep-alive.ts";
import { keyAtPath } from "./key-path.ts";
import type { OpenStore } from "./open-store.ts";
import { type PreparedWrite, prepareWrite, type Rejected, rejected } from "./prepare-write.ts";
import { ABSENT, Density, type Found, readChunk } from "./read-keys.ts";
import { reasonOf } from "./read-rows.ts";
import { blockedReason, RecordDigester } from "./record-digester.ts";
import { completionOf, resultOf } from "./requests.ts";
import type { TaskOutput } from "./task-output.ts";

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
): Promise<void> {
  const digester = new RecordDigester(request.ignore);
  let at = 0;
  const prepared = request.operations.map((operation) => {
    const body = texts.slice(at, at + (operation.bodyUnits ?? 0));
    at += body.length;
    return prepareWrite(operation, body, digester);
  });
  const ready = prepared.filter((each): each is PreparedWrite => !("code" in each));
  const ran = ready.length === 0 ? [] : await runTransaction(ready, request, store, digester);
  let next = 0;
  const outcomes = prepared.map((each) => ("code" in each ? each : (ran[next++] as Outcome)));
  await output.emit(PartKind.json, JSON.stringify(outcomes.map(outcomeText)));
  await emitConflicts(outcomes, digester, output);
}

function outcomeText(outcome: Outcome): string | readonly string[] {
  if ("code" in outcome) return [outcome.code, outcome.reason];
  return outcome.is === "applied" ? "a" : "c";
}

async function emitConflicts(
  outcomes: readonly Outcome[],
  digester: RecordDigester,
  output: TaskOutput,
): Promise<void> {
  let slots: RecordSlot[] = [];
  let units = 0;
  for (const outcome of outcomes) {
    if ("code" in outcome || outcome.is !== "conflict") continue;
    const { found } = outcome;
    const slot: RecordSlot = found === ABSENT ? { state: "absent" } : await digester.slot(found.value);
    slots.push(slot);
    if (slot.state === "present") units += slot.body.length;
    if (units < CHUNK_UNITS) continue;
    await output.emit(PartKind.records, encodeRecordChunk(slots));
    slots = [];
    units = 0;
  }
  if (slots.length > 0) await output.emit(PartKind.records, encodeRecordChunk(slots));
}

async function runTransaction(
  writes: readonly PreparedWrite[],
  request: WriteRequest,
  store: OpenStore,
  digester: RecordDigester,
): Promise<readonly Outcome[]> {
  const inTransaction = store.begin("readwrite");
  const { transaction } = inTransaction;
  const completion = completionOf(transaction);
  completion.catch(() => undefined);
  let outcomes: readonly Outcome[];
  try {
    outcomes = await compareAndSet(writes, inTransaction, request.ignore, digester);
    // A dry run is the run itself, taken back: it meets every constraint that the run would meet.
    if (request.dryRun) {
      transaction.abort();
      return outcomes;
    }
  } catch (error) {
    abortQuietly(transaction);
    return writes.map(() => rejected("aborted", `Nothing was written: ${reasonOf(error)}`));
  }
  try {
    await completion;
  } catch (error) {
    return outcomes.map((outcome) => afterAbort(outcome, error));
  }
  const changed = writes.filter((_, index) => {
    const outcome = outcomes[index] as Outcome;
    return !("code" in outcome) && outcome.is === "applied" && outcome.changed;
  });
  if (changed.length > 0) {
    tellDexie(
      request.target.database,
      store.name,
      [...inTransaction.indexNames],
      changed.map(({ wanted }) => wanted.key),
    );
  }
  return outcomes;
}

/** An aborted transaction has taken every change back, and said nothing untrue about what it found. */
function afterAbort(outcome: Outcome, error: unknown): Outcome {
  if ("code" in outcome || outcome.is === "conflict" || !outcome.changed) return outcome;
  const isFull = (error as { name?: unknown }).name === "QuotaExceededError";
  return rejected(
    isFull ? "quota-exceeded" : "aborted",
    isFull
      ? "The page's storage is full, so nothing of this batch was written. Free some space, then repeat."
      : `The browser took the whole batch back: ${reasonOf(error)}`,
  );
}

function abortQuietly(transaction: IDBTransaction): void {
  try {
    transaction.abort();
  } catch {
    // It has ended by itself.
  }
}

async function compareAndSet(
  writes: readonly PreparedWrite[],
  store: IDBObjectStore,
  ignore: readonly string[],
  digester: RecordDigester,
): Promise<readonly Outcome[]> {
  const found = await readChunk(
    store,
    store.keyPath,
    writes.map(({ wanted }) => wanted),
    new Density(),
  );
  const outcomes: (Outcome | Promise<Outcome>)[] = [];
  for (const [index, each] of writes.entries()) {
    const there = found[index] as Found;
    const digest = await digestOfFound(there, store, digester);
    outcomes.push(decide(each, there, digest) ?? perform(each, there, store, ignore));
  }
  return Promise.all(outcomes);
}

/** Hexadecimal; null = absent; an outcome where no comparison is possible. */
async function digestOfFound(
  found: Found,
  store: IDBObjectStore,
  digester: RecordDigester,
): Promise<string | null | Outcome> {
  if (found === ABSENT) return null;
  const digested = digester.digestNow(found.value);
  if (digested !== undefined) return toHex(digested);
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

async function perform(
  write: PreparedWrite,
  found: Found,
  store: IDBObjectStore,
  ignore: readonly string[],
): Promise<Outcome> {
  const { wanted, put } = write;
  try {
    if (put === undefined) {
      await resultOf(store.delete(wanted.key));
      return { is: "applied", changed: true };
    }
    keepIgnored(put.value, found, ignore);
    if (store.keyPath === null) {
      await resultOf(store.put(put.value, wanted.key));
    } else {
      if (!hasKey(put.value, store.keyPath, wanted.bytes)) {
        return rejected(
          "key-mismatch",
          "The record's key path leads to another key than the operation names.",
        );
      }
      await resultOf(store.put(put.value));
    }
    return { is: "applied", changed: true };
  } catch (error) {
    return refusal(error, write, store);
  }
}

async function refusal(error: unknown, write: PreparedWrite, store: IDBObjectStore): Promise<Outcome> {
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

/** Decision 19: ignored fields stay what they are in the page; new records lack them. */
function keepIgnored(value: unknown, found: Found, ignore: readonly string[]): void {
  if (typeof value !== "object" || value === null || Array.isArray(value)) return;
  const old = found === ABSENT ? undefined : found.value;
  for (const name of ignore) {
    Reflect.deleteProperty(value, name);
    const kept =
      typeof old === "object" && old !== null ? Object.getOwnPropertyDescriptor(old, name) : undefined;
    if (kept !== undefined) Object.defineProperty(value, name, kept);
  }
}

function hasKey(value: unknown, keyPath: string | readonly string[], bytes: Uint8Array): boolean {
  try {
    return compareBytes(encodeKey(keyAtPath(value, keyPath)), bytes) === 0;
  } catch {
    return false;
  }
}
