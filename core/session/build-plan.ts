/** From decisions to operations. Pure: nothing is read and nothing is written. */
import { isGone, sidesEqual } from "../diff/classify.ts";
import { equalBytes } from "../diff/equal-bytes.ts";
import { compareBytes } from "../key/compare-bytes.ts";
import { toHex } from "../key/hex.ts";
import { countOperations, findConfirmations } from "./count-operations.ts";
import type { Decision, Drift, DriftKind, EmptiedEvidence } from "./drift.ts";
import { OperationListBuilder } from "./operation-list.ts";
import type { Plan, PlannedOperation } from "./plan.ts";
import type { BaseEntry } from "./ports.ts";
import { SessionError } from "./session-error.ts";

export interface PlanInput {
  readonly drifts: Iterable<{ readonly drift: Drift; readonly decision: Decision }>;
  /** They come in ascending order of their keys: then they need not be held to be sorted. */
  readonly inKeyOrder?: true;
  /** What a person types to confirm deletes: the store's name and the collection's. */
  readonly names: { readonly local: string; readonly remote: string };
  /** A new operation id, never used before, in ASCII. */
  readonly newOpId: () => string;
  /** Milliseconds since 1970. */
  readonly now: number;
  /** More deletes than this on one side want its name typed. Default: 0 after emptied evidence, else 100. */
  readonly confirmDeletesAbove?: number;
  readonly emptied: readonly EmptiedEvidence[];
}

const DELETES_WITHOUT_ASKING = 100;
/** Kinds that no decision can write: what was seen of them is not enough to act on. */
const NEVER_WRITTEN: ReadonlySet<DriftKind> = new Set([
  "equal",
  "unreadable",
  "moving",
  "notRepresentable",
  "leftScope",
]);

/**
 * The plan of what was decided, in key order. Decisions that cannot be carried out are counted in
 * `notWritten`, by reason: "undecided", "left", "notEqual" (a renewal of sides that differ), or the kind.
 *
 * @throws SessionError "duplicate-key" when a record was decided twice.
 */
export function buildPlan(input: PlanInput): Plan {
  const builder = new OperationListBuilder();
  const notWritten: Record<string, number> = {};
  const decided = input.inKeyOrder
    ? input.drifts
    : [...input.drifts].sort((a, b) => compareBytes(a.drift.key, b.drift.key));
  let previous: Uint8Array | undefined;
  for (const { drift, decision } of decided) {
    if (previous !== undefined && compareBytes(previous, drift.key) >= 0) {
      throw new SessionError("duplicate-key", `The record of key ${toHex(drift.key)} was decided twice.`);
    }
    previous = drift.key;
    const planned = planRecord(drift, decision, input.newOpId);
    if (typeof planned === "string") notWritten[planned] = (notWritten[planned] ?? 0) + 1;
    else builder.push(...planned);
  }
  const operations = builder.build();
  const counts = countOperations(operations);
  const limit = input.confirmDeletesAbove ?? (input.emptied.length > 0 ? 0 : DELETES_WITHOUT_ASKING);
  return {
    applyId: input.newOpId(),
    createdAt: input.now,
    kind: "apply",
    operations,
    counts,
    confirmations: findConfirmations(counts, input.names, limit),
    notWritten,
  };
}

/** One record's operations, or why there are none. */
function planRecord(drift: Drift, decision: Decision, newOpId: () => string): PlannedOperation[] | string {
  if (decision.do === "leave") return "left";
  if (decision.do === "decide") return "undecided";
  if (NEVER_WRITTEN.has(drift.kind)) return drift.kind;
  if (decision.do === "merge") return planMerge(drift, decision.body, decision.digest, newOpId);
  if (sidesEqual(drift.local, drift.remote)) return [renewal(drift, newOpId())];
  if (decision.do === "renew") return "notEqual";
  return [decision.do === "push" ? push(drift, newOpId()) : pull(drift, newOpId())];
}

function planMerge(
  drift: Drift,
  body: string,
  digest: Uint8Array,
  newOpId: () => string,
): PlannedOperation[] {
  const { local, remote, key } = drift;
  const localHasIt = equalBytes(local.digest, digest);
  const remoteHasIt = equalBytes(remote.digest, digest);
  if (localHasIt && remoteHasIt) return [renewal(drift, newOpId())];
  if (localHasIt) return [push(drift, newOpId())];
  if (remoteHasIt) return [pull(drift, newOpId())];
  const both = {
    ...seen(drift),
    digest,
    source: "inline",
    body,
    baseAfter: { key, state: "present", digest },
  } as const;
  return [
    { ...both, opId: newOpId(), side: "remote", action: isGone(remote) ? "create" : "replace" },
    { ...both, opId: newOpId(), side: "local", action: isGone(local) ? "create" : "replace" },
  ];
}

function push(drift: Drift, opId: string): PlannedOperation {
  const { local, remote, key } = drift;
  const common = { ...seen(drift), opId, side: "remote" } as const;
  if (!local.digest) {
    const baseAfter = { key, state: "deleted" } as const;
    return { ...common, action: "delete", digest: null, source: "none", baseAfter };
  }
  return {
    ...common,
    action: isGone(remote) ? "create" : "replace",
    digest: local.digest,
    source: "local",
    baseAfter: { key, state: "present", digest: local.digest },
  };
}

function pull(drift: Drift, opId: string): PlannedOperation {
  const { local, remote } = drift;
  const common = { ...seen(drift), opId, side: "local", baseAfter: baseOfRemote(drift) } as const;
  if (!remote.digest) return { ...common, action: "delete", digest: null, source: "none" };
  return {
    ...common,
    action: isGone(local) ? "create" : "replace",
    digest: remote.digest,
    source: "remote",
  };
}

function renewal(drift: Drift, opId: string): PlannedOperation {
  return {
    ...seen(drift),
    opId,
    side: "base",
    action: "base",
    digest: drift.local.digest ?? null,
    source: "none",
    baseAfter: baseOfRemote(drift),
  };
}

/** What all operations of a record have in common: what was seen of it. */
function seen(drift: Drift) {
  return {
    key: drift.key,
    kind: drift.kind,
    expectLocal: drift.local.digest ?? null,
    expectRemote: drift.remote.token ?? null,
    baseBefore: baseBefore(drift),
  };
}

function baseBefore(drift: Drift): BaseEntry {
  if (drift.base) return { key: drift.key, ...drift.base };
  return { key: drift.key, state: drift.noBase ? "noBase" : "absent" };
}

function baseOfRemote({ key, remote }: Drift): Omit<BaseEntry, "body"> {
  const token = remote.token === undefined ? {} : { token: remote.token };
  if (remote.digest) return { key, state: "present", digest: remote.digest, ...token };
  return { key, state: remote.state === "deleted" ? "deleted" : "absent", ...token };
}
