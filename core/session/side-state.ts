import { type EntryBatch, EntryState } from "../batch/entry-batch.ts";
import { digestAt, stateAt, tokenAt } from "../batch/entry-batch-access.ts";
import { equalBytes } from "../diff/equal-bytes.ts";
import type { BaseState, SideState } from "./drift.ts";
import type { BaseEntry, RecordRead } from "./ports.ts";

const ABSENT: SideState = { state: "absent" };

/** What an entry of a side's scan or lookup says; copies, so that it outlives the batch. */
export function sideStateAt(batch: EntryBatch | undefined, index: number): SideState {
  if (!batch) return ABSENT;
  const token = tokenAt(batch, index);
  switch (stateAt(batch, index)) {
    case EntryState.present:
      return withToken({ state: "present", digest: digestAt(batch, index).slice() }, token);
    case EntryState.unreadable:
      return withReason("unreadable", token);
    case EntryState.notRepresentable:
      return withReason("notRepresentable", token);
    case EntryState.deleted:
      return withToken({ state: "deleted" }, token);
    default:
      return token === "" ? ABSENT : { state: "absent", token };
  }
}

export function baseStateAt(batch: EntryBatch | undefined, index: number): BaseState | undefined {
  if (!batch) return undefined;
  const token = tokenAt(batch, index);
  switch (stateAt(batch, index)) {
    case EntryState.present:
      return withToken({ state: "present", digest: digestAt(batch, index).slice() }, token);
    case EntryState.deleted:
      return withToken({ state: "deleted" }, token);
    case EntryState.absent:
      return withToken({ state: "absent" }, token);
    default:
      return withToken({ state: "noBase" }, token);
  }
}

export function baseStateOf(entry: BaseEntry | undefined): BaseState | undefined {
  if (!entry) return undefined;
  const state: BaseState = entry.digest
    ? { state: entry.state, digest: entry.digest }
    : { state: entry.state };
  return withToken(state, entry.token ?? "");
}

/** A whole record's state, without its body. */
export function sideStateOf(read: RecordRead): SideState {
  if (read.state === "unreadable" || read.state === "notRepresentable") {
    return withReason(read.state, read.reason ?? "");
  }
  const state: SideState =
    read.state === "present" && read.digest
      ? { state: "present", digest: read.digest }
      : { state: read.state };
  return withToken(state, read.token ?? "");
}

/** Whether two reads of one side, or of the base, saw the same. */
export function sameSide(a: SideState | BaseState, b: SideState | BaseState): boolean {
  if (a.state !== b.state || a.token !== b.token) return false;
  return a.state !== "present" || equalBytes(a.digest, b.digest);
}

/** Whether two reads of a record saw the same on both sides. */
export function sameSides(a: Sides, b: Sides): boolean {
  return sameSide(a.local, b.local) && sameSide(a.remote, b.remote);
}

interface Sides {
  readonly local: SideState;
  readonly remote: SideState;
}

function withReason(state: "unreadable" | "notRepresentable", reason: string): SideState {
  return reason === "" ? { state } : { state, reason };
}

function withToken<S extends SideState | BaseState>(state: S, token: string): S {
  return token === "" ? state : { ...state, token };
}
