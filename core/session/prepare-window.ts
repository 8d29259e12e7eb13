/**
 * The reading half of an apply: everything that must be true before an operation is sent, and the bodies that
 * it sends. Runs for the next window while the one before is written.
 */
import { isGone } from "../diff/classify.ts";
import { equalBytes } from "../diff/equal-bytes.ts";
import type { ApplyContext } from "./apply-context.ts";
import type { SideState } from "./drift.ts";
import { lookupSide } from "./lookup-sides.ts";
import { isFinal, type OperationUnit } from "./operation-units.ts";
import type { OperationOutcome, PlannedOperation } from "./plan.ts";
import { type Findings, type PreparedWindow, prepareUnit, type UnitReads } from "./prepare-unit.ts";
import { readRecords } from "./read-records.ts";
import { onSide } from "./session-error.ts";
import type { SessionPorts } from "./session-ports.ts";
import { sideStateAt } from "./side-state.ts";

/** UTF-16 units of bodies that one window may hold; five windows are in memory at a time. */
const MAX_WINDOW_UNITS = 2_000_000;

/**
 * Prepares as many of these units as fit, at least one. Local pre-images are durable when it resolves.
 *
 * @throws SessionError naming the side that failed; the signal's reason.
 */
export async function prepareWindow(
  context: ApplyContext,
  units: readonly OperationUnit[],
): Promise<PreparedWindow> {
  const reads = await readUnits(context, units);
  const outcomes = new Map<string, OperationOutcome>();
  const found: Findings = { outcomes, journal: [], doubtful: [] };
  const prepared = reads.map((read, i) => prepareUnit(context, units[i] as OperationUnit, read, found));
  const { journal, doubtful } = found;
  if (doubtful.length > 0) await judgeDoubtful(context, doubtful, outcomes);
  if (journal.length > 0 && !context.dryRun) {
    await onSide("base", "base-failed", "Journaling what the page holds", () =>
      context.ports.base.journal(journal),
    );
  }
  return { taken: reads.length, units: prepared, outcomes };
}

async function readUnits(context: ApplyContext, units: readonly OperationUnit[]): Promise<UnitReads[]> {
  const { ports, signal } = context;
  const wants = units.map((unit) => wantedReads(context, unit));
  const keysOf = (which: keyof Wanted) => units.filter((_, i) => wants[i]?.[which]).map(({ key }) => key);
  // What a deletion takes away has to be put back whole.
  const deletesLocally = units.some(({ local }) => local?.action === "delete");
  const localStateKeys = keysOf("localState");
  const remoteStateKeys = keysOf("remoteState");
  const [locals, remotes, localStates, remoteStates] = await Promise.all([
    readRecords("local", ports.local, keysOf("local"), MAX_WINDOW_UNITS, signal, { rest: deletesLocally }),
    readRecords("remote", ports.remote, keysOf("remote"), MAX_WINDOW_UNITS, signal),
    readStates("local", ports.local, localStateKeys, signal),
    readStates("remote", ports.remote, remoteStateKeys, signal),
  ]);
  const queues = { local: 0, remote: 0, localState: 0, remoteState: 0 };
  const reads: UnitReads[] = [];
  for (const wanted of wants) {
    const local = wanted.local ? locals[queues.local++] : undefined;
    const remote = wanted.remote ? remotes[queues.remote++] : undefined;
    // A side stopped early, for memory: the rest is the next window's.
    if ((wanted.local && !local) || (wanted.remote && !remote)) break;
    const localState = wanted.localState ? localStates[queues.localState++] : undefined;
    const remoteState = wanted.remoteState ? remoteStates[queues.remoteState++] : undefined;
    reads.push({ local, remote, localState, remoteState });
  }
  return reads;
}

interface Wanted {
  readonly local: boolean;
  readonly remote: boolean;
  readonly localState: boolean;
  readonly remoteState: boolean;
}

function wantedReads(context: ApplyContext, unit: OperationUnit): Wanted {
  const { outcomes, resuming } = context.memory;
  const open = (operation: PlannedOperation | undefined) =>
    operation && !isFinal(outcomes.get(operation.opId)) ? operation : undefined;
  const local = open(unit.local);
  const remote = open(unit.remote);
  const base = open(unit.base) !== undefined;
  // A create has no pre-image but "absent", which its precondition proves. In a second life it may be there.
  const preimage = local !== undefined && (local.action !== "create" || resuming);
  const pushes = remote !== undefined && remote.source !== "inline" && !context.undo;
  return {
    local: preimage || pushes,
    remote: local?.source === "remote",
    localState: base,
    remoteState: base || (local?.source === "none" && !context.undo),
  };
}

async function readStates(
  side: "local" | "remote",
  store: Pick<SessionPorts["local"], "lookup">,
  keys: readonly Uint8Array[],
  signal: AbortSignal | undefined,
): Promise<SideState[]> {
  if (keys.length === 0) return [];
  const batch = await lookupSide(side, store, keys, signal);
  return keys.map((_, i) => sideStateAt(batch, i));
}

/**
 * Operations that may have been sent in an earlier life and cannot be repeated, since what they would send is
 * gone from the other side. What the remote holds now tells what it can.
 */
async function judgeDoubtful(
  context: ApplyContext,
  operations: readonly PlannedOperation[],
  outcomes: Map<string, OperationOutcome>,
): Promise<void> {
  const keys = operations.map(({ key }) => key);
  const states = await readStates("remote", context.ports.remote, keys, context.signal);
  operations.forEach((operation, i) => {
    outcomes.set(operation.opId, judge(operation, states[i] as SideState));
  });
}

function judge(operation: PlannedOperation, now: SideState): OperationOutcome {
  const { opId, key } = operation;
  if ((now.token ?? null) === operation.expectRemote) {
    const reason =
      "It may have been sent, has not applied so far, and cannot be repeated: the record changed since.";
    return { opId, status: "unknown", reason };
  }
  if (hasEffect(operation, now)) {
    return now.token === undefined
      ? { opId, status: "applied" }
      : { opId, status: "applied", token: now.token };
  }
  return { opId, status: "superseded", current: { key, ...now } };
}

function hasEffect(operation: PlannedOperation, now: SideState): boolean {
  return operation.digest ? equalBytes(now.digest, operation.digest) : isGone(now);
}
