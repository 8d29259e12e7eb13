/** What must be true of one record before its operations are sent, and what they will send. */
import { isGone, sidesEqual } from "../diff/classify.ts";
import { equalBytes } from "../diff/equal-bytes.ts";
import { toHex } from "../key/hex.ts";
import type { ApplyContext } from "./apply-context.ts";
import { mayHaveBeenSent } from "./apply-memory.ts";
import type { SideState } from "./drift.ts";
import { isFinal, type OperationUnit } from "./operation-units.ts";
import type { OperationOutcome, PlannedOperation } from "./plan.ts";
import type { LocalJournalEntry, LocalWrite, RecordPut, RecordRead, RemoteWrite } from "./ports.ts";
import { sideStateOf } from "./side-state.ts";
import { MAX_BYTES_A_UNIT, utf8Length } from "./utf8-length.ts";

/** One record's operations, ready to be sent. */
export interface PreparedUnit {
  readonly unit: OperationUnit;
  remoteWrite?: RemoteWrite;
  localWrite?: LocalWrite;
  /** What the page holds already, from an earlier life of this apply. */
  effect?: { readonly body: string; readonly digest: Uint8Array };
  /** The remote's token as it was read, where nothing is written there. */
  token?: string;
}

export interface PreparedWindow {
  /** How many units, from the first one given, are in here. */
  readonly taken: number;
  readonly units: readonly PreparedUnit[];
  /** What is decided without being sent: a precondition no longer holds, or the record cannot be written. */
  readonly outcomes: Map<string, OperationOutcome>;
}

/** What was read of one record; undefined where it was not needed. */
export interface UnitReads {
  readonly local: RecordRead | undefined;
  readonly remote: RecordRead | undefined;
  readonly localState: SideState | undefined;
  readonly remoteState: SideState | undefined;
}

/** What the preparation of a window's units found, besides what there is to send. */
export interface Findings {
  readonly outcomes: Map<string, OperationOutcome>;
  /** Local pre-images to be made durable before anything is written. */
  readonly journal: LocalJournalEntry[];
  /** Remote operations that may have been sent before and cannot be repeated. */
  readonly doubtful: PlannedOperation[];
}

export function prepareUnit(
  context: ApplyContext,
  unit: OperationUnit,
  reads: UnitReads,
  found: Findings,
): PreparedUnit {
  const { memory } = context;
  const open = (operation: PlannedOperation | undefined) =>
    operation && !isFinal(memory.outcomes.get(operation.opId)) ? operation : undefined;
  const prepared: PreparedUnit = { unit };
  const base = open(unit.base);
  const remote = open(unit.remote);
  const local = open(unit.local);
  if (base) prepareRenewal(base, reads, prepared, found);
  const localHolds = local ? prepareLocal(context, local, reads, prepared, found) : true;
  if (remote) prepareRemote(context, remote, reads, localHolds, prepared, found);
  return prepared;
}

/** Reads both sides once more: the base must never name a record equal that is not. */
function prepareRenewal(
  operation: PlannedOperation,
  reads: UnitReads,
  prepared: PreparedUnit,
  found: Findings,
): void {
  const { opId, key } = operation;
  const local = reads.localState ?? { state: "unreadable" };
  const remote = reads.remoteState ?? { state: "unreadable" };
  if (!sidesEqual(local, remote) || !holdsDigest(local, operation.digest)) {
    const moved = holdsDigest(local, operation.digest) ? remote : local;
    found.outcomes.set(opId, { opId, status: "conflict", current: { key, ...moved } });
    return;
  }
  if (remote.token !== undefined) prepared.token = remote.token;
  found.outcomes.set(opId, { opId, status: "applied" });
}

/** Answers whether the page holds what the plan expects (or already what it would write). */
function prepareLocal(
  context: ApplyContext,
  operation: PlannedOperation,
  reads: UnitReads,
  prepared: PreparedUnit,
  found: Findings,
): boolean {
  const { opId, key, digest } = operation;
  const before = reads.local ?? ({ key, state: "absent" } as const);
  const journaled = context.memory.journaled.has(opId);
  const maybeWritten = journaled && mayHaveBeenSent(context.memory, opId);
  const state = sideStateOf(before);
  const hasEffect = holdsDigest(state, digest);
  if (maybeWritten && hasEffect) {
    // An earlier life wrote it. What the other side holds by now does not matter any more.
    found.outcomes.set(opId, { opId, status: "applied" });
    if (before.body !== undefined && digest) prepared.effect = { body: before.body, digest };
    return true;
  }
  const refusal = refusalOf(before);
  if (refusal) {
    found.outcomes.set(opId, { opId, status: "rejected", ...refusal });
    return false;
  }
  // Where a newer apply wrote, this one is out of date, whatever the record looks like: the newer one may have
  // taken this write back, and then it must not come again.
  const rewritten = context.memory.rewritten.size > 0 && context.memory.rewritten.has(toHex(key));
  if (!hasEffect && (rewritten || !holdsDigest(state, operation.expectLocal))) {
    const status = maybeWritten ? "superseded" : "conflict";
    found.outcomes.set(opId, { opId, status, current: before });
    return false;
  }
  const write = localWriteOf(operation, reads, prepared, found);
  if (!write) return false;
  prepared.localWrite = { opId, key, expect: operation.expectLocal, write };
  if (!journaled && !hasEffect) {
    const image =
      before.digest && before.body !== undefined
        ? withRest({ digest: before.digest, body: before.body }, before.rest)
        : null;
    found.journal.push({ applyId: context.applyId, opId, key, before: image, after: digest });
  }
  return true;
}

/** What to put into the page, after a look at where it comes from; undefined when that has changed. */
function localWriteOf(
  operation: PlannedOperation,
  reads: UnitReads,
  prepared: PreparedUnit,
  found: Findings,
): LocalWrite["write"] | undefined {
  const { opId, key, digest, source } = operation;
  if (source === "inline" && digest && operation.body !== undefined) {
    return withRest({ body: operation.body, digest }, operation.rest);
  }
  if (source === "remote" && digest) {
    const remote = reads.remote ?? ({ key, state: "absent" } as const);
    if (!holdsDigest(sideStateOf(remote), digest)) {
      found.outcomes.set(opId, refusedOrConflict(opId, remote));
      return undefined;
    }
    const refusal = refusalOf(remote);
    if (refusal || remote.body === undefined) {
      found.outcomes.set(opId, { opId, status: "rejected", ...(refusal ?? NO_BODY) });
      return undefined;
    }
    if (remote.token !== undefined) prepared.token = remote.token;
    return { body: remote.body, digest };
  }
  const remote = reads.remoteState;
  if (remote && !isGone(remote)) {
    found.outcomes.set(opId, { opId, status: "conflict", current: { key, ...remote } });
    return undefined;
  }
  if (remote?.token !== undefined) prepared.token = remote.token;
  return "delete";
}

function prepareRemote(
  context: ApplyContext,
  operation: PlannedOperation,
  reads: UnitReads,
  localHolds: boolean,
  prepared: PreparedUnit,
  found: Findings,
): void {
  const { opId, key, digest } = operation;
  const refuse = (outcome: OperationOutcome) => {
    if (mayHaveBeenSent(context.memory, opId)) found.doubtful.push(operation);
    else found.outcomes.set(opId, outcome);
  };
  if (!localHolds) {
    // The other half of this merge cannot run as planned, so neither half does.
    const localOutcome = found.outcomes.get(prepared.unit.local?.opId ?? "");
    if (localOutcome) refuse({ ...localOutcome, opId });
    return;
  }
  let body = operation.body;
  if (operation.source !== "inline" && !context.undo) {
    const local = reads.local ?? ({ key, state: "absent" } as const);
    if (!holdsDigest(sideStateOf(local), digest)) {
      refuse(refusedOrConflict(opId, local));
      return;
    }
    const refusal = refusalOf(local);
    if (refusal) {
      refuse({ opId, status: "rejected", ...refusal });
      return;
    }
    body = local.body;
  }
  const write = digest ? bodyToWrite(body, digest, operation.rest) : "delete";
  const refusal = write ? limitOf(context, key, write) : NO_BODY;
  if (!write || refusal) {
    refuse({ opId, status: "rejected", ...(refusal ?? NO_BODY) });
    return;
  }
  prepared.remoteWrite = { opId, key, expect: operation.expectRemote, write };
}

interface Refusal {
  readonly code: string;
  readonly reason: string;
}

const NO_BODY: Refusal = { code: "unreadable", reason: "The record could not be read whole." };

/** Why a record that is there may be neither copied nor overwritten. */
function refusalOf(record: RecordRead): Refusal | undefined {
  if (record.state === "unreadable") return { ...NO_BODY, reason: record.reason ?? NO_BODY.reason };
  if (record.state === "notRepresentable") {
    return { code: "not-representable", reason: record.reason ?? "The other side cannot hold this record." };
  }
  if (record.blocked !== undefined) return { code: "blocked", reason: record.blocked };
  if (record.state === "present" && record.body === undefined) return NO_BODY;
  return undefined;
}

function refusedOrConflict(opId: string, current: RecordRead): OperationOutcome {
  const refusal = current.state === "present" ? undefined : refusalOf(current);
  return refusal ? { opId, status: "rejected", ...refusal } : { opId, status: "conflict", current };
}

/** Rule 10: what the remote cannot hold is refused before it is sent. */
function limitOf(context: ApplyContext, key: Uint8Array, write: RemoteWrite["write"]): Refusal | undefined {
  const { maxKeyBytes, maxBodyBytes } = context.ports.remote.capabilities;
  if (maxKeyBytes !== undefined && key.length > maxKeyBytes) {
    const reason = `The key takes ${key.length} bytes; the remote's keys hold ${maxKeyBytes}.`;
    return { code: "not-representable", reason };
  }
  if (maxBodyBytes === undefined || write === "delete") return undefined;
  // Most records are far below the limit: counting them all would cost more than preparing them.
  if (write.body.length * MAX_BYTES_A_UNIT <= maxBodyBytes) return undefined;
  const bytes = utf8Length(write.body);
  if (bytes <= maxBodyBytes) return undefined;
  const reason = `The record takes ${bytes} bytes; the remote's records hold ${maxBodyBytes}.`;
  return { code: "not-representable", reason };
}

function bodyToWrite(
  body: string | undefined,
  digest: Uint8Array,
  rest: string | undefined,
): RemoteWrite["write"] | undefined {
  return body === undefined ? undefined : withRest({ body, digest }, rest);
}

function withRest(put: RecordPut, rest: string | undefined): RecordPut {
  return rest === undefined ? put : { ...put, rest };
}

/** Whether a side holds the record of this digest; null asks whether it holds none. */
function holdsDigest(state: SideState, digest: Uint8Array | null): boolean {
  if (!digest) return isGone(state);
  return state.state === "present" && equalBytes(state.digest, digest);
}
