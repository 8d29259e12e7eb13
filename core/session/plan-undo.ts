/** Taking an apply back: the inverse operations, each a compare-and-set on what the apply left. */
import { equalBytes } from "../diff/equal-bytes.ts";
import { countOperations, findConfirmations } from "./count-operations.ts";
import { type LocalImage, LocalImages, type RemoteImage, RemoteImages } from "./images.ts";
import { loadPlan, type SavedPlan } from "./load-plan.ts";
import { OperationListBuilder } from "./operation-list.ts";
import { groupOperations, type OperationUnit } from "./operation-units.ts";
import type { Plan, PlannedOperation } from "./plan.ts";
import type { BaseEntry } from "./ports.ts";
import { onSide, SessionError } from "./session-error.ts";
import type { SessionPorts } from "./session-ports.ts";

const DELETES_WITHOUT_ASKING = 100;

interface History extends SavedPlan {
  readonly remote: RemoteImages;
  readonly local: LocalImages;
}

/**
 * The plan that takes an apply back, from both journals. Records that changed since become conflicts when it
 * runs. The base gets its earlier entry again, so that the same drift shows; renewals of the base wrote no
 * side and stay. Undoing an undo does what the apply did.
 *
 * `notWritten` counts operations whose pre-image is gone ("noPreimage").
 *
 * @throws SessionError "no-such-apply", "malformed-plan", "read-failed" or "base-failed".
 */
export async function planUndo(
  ports: SessionPorts,
  applyId: string,
  newOpId: () => string,
  now: number,
): Promise<Plan> {
  const history = await readHistory(ports, applyId);
  const builder = new OperationListBuilder();
  let lost = 0;
  for (const unit of groupOperations(history.plan.operations)) {
    const undone = new UnitUndo(unit, history).operations(newOpId);
    if (undone) builder.push(...undone);
    else lost++;
  }
  const operations = builder.build();
  const counts = countOperations(operations);
  const names = { local: ports.local.identity.store, remote: ports.base.identity.collection };
  return {
    applyId: newOpId(),
    createdAt: now,
    kind: "undo",
    undoes: applyId,
    operations,
    counts,
    confirmations: findConfirmations(counts, names, DELETES_WITHOUT_ASKING),
    notWritten: lost > 0 ? { noPreimage: lost } : {},
  };
}

async function readHistory(ports: SessionPorts, applyId: string): Promise<History> {
  const saved = await loadPlan(ports.base, applyId);
  if (!saved) throw new SessionError("no-such-apply", `No apply ${applyId} is on record.`, { side: "base" });
  const remote = new RemoteImages(saved.plan.operations);
  const local = new LocalImages(saved.plan.operations);
  await onSide("remote", "read-failed", "Reading the remote's journal", () =>
    addAll(ports.remote.preimages(applyId), (image) => remote.add(image)),
  );
  await onSide("base", "base-failed", "Reading the journal of the page's records", () =>
    addAll(ports.base.journalOf(applyId), (image) => local.add(image)),
  );
  return { ...saved, remote, local };
}

async function addAll<Entry>(
  pages: AsyncIterable<readonly Entry[]>,
  add: (entry: Entry) => void,
): Promise<void> {
  for await (const page of pages) for (const entry of page) add(entry);
}

class UnitUndo {
  readonly #unit: OperationUnit;
  readonly #history: History;
  readonly #image: RemoteImage | undefined;
  /** Null: our write left nothing, not even a version. Undefined: it did not apply, or nobody knows. */
  readonly #remoteToken: string | null | undefined;
  readonly #localImage: LocalImage | undefined;

  constructor(unit: OperationUnit, history: History) {
    this.#unit = unit;
    this.#history = history;
    this.#image = unit.remote && history.remote.get(unit.remote.opId);
    this.#remoteToken = this.#appliedToken();
    this.#localImage = this.#appliedLocally();
  }

  /** None when nothing was written; undefined when what was there before is no longer known. */
  operations(newOpId: () => string): PlannedOperation[] | undefined {
    const remote = this.#undoRemote(newOpId);
    const local = this.#undoLocal(newOpId);
    if (remote === "lost") return undefined;
    return [remote, local].filter((operation) => operation !== undefined);
  }

  #undoRemote(newOpId: () => string): PlannedOperation | "lost" | undefined {
    const operation = this.#unit.remote;
    if (!operation || this.#remoteToken === undefined) return undefined;
    const before = this.#image?.before;
    if (!before || before.state === "unreadable" || before.state === "notRepresentable") return "lost";
    const restores = before.state === "present";
    if (restores && (before.body === undefined || !before.digest)) return "lost";
    return {
      ...this.#common(operation),
      opId: newOpId(),
      side: "remote",
      action: inverseAction(operation, restores),
      expectRemote: this.#remoteToken,
      digest: before.digest ?? null,
      ...(before.body === undefined ? { source: "none" } : { source: "inline", body: before.body }),
      ...restOf(before),
    };
  }

  #undoLocal(newOpId: () => string): PlannedOperation | undefined {
    const operation = this.#unit.local;
    const image = this.#localImage;
    if (!operation || !image) return undefined;
    return {
      ...this.#common(operation),
      opId: newOpId(),
      side: "local",
      action: inverseAction(operation, image.before !== null),
      expectLocal: image.after,
      digest: image.before?.digest ?? null,
      ...(image.before
        ? { source: "inline", body: image.before.body, ...restOf(image.before) }
        : { source: "none" }),
    };
  }

  /** What both halves share: where the base goes back to, and from what. */
  #common(operation: PlannedOperation) {
    const { key, kind, baseBefore } = operation;
    const { body, ...before } = baseBefore ?? { key, state: "noBase" };
    return {
      key,
      expectLocal: null,
      expectRemote: null,
      baseAfter: before,
      baseBefore: this.#leftBehind(operation),
      ...(kind === undefined ? {} : { kind }),
      ...(body === undefined ? {} : { baseBody: body }),
      ...(this.#tokenFollows(before) ? {} : { keepBaseToken: true as const }),
    };
  }

  /** What the apply made of the base: its new entry only if every operation of the record applied. */
  #leftBehind(operation: PlannedOperation): BaseEntry {
    const { key, baseAfter, baseBefore, keepBaseToken } = operation;
    const all = this.#unit.operations.every(
      ({ opId }) => this.#history.outcomes.get(opId)?.status === "applied",
    );
    if (!all || !baseAfter) return baseBefore ?? { key, state: "noBase" };
    const token = keepBaseToken ? baseAfter.token : (this.#remoteToken ?? baseAfter.token);
    if (this.#remoteToken === null) return { key, state: "absent" };
    return token === undefined ? baseAfter : { ...baseAfter, token };
  }

  /**
   * Whether the remote's state before the apply was the one that the base named: then the base follows it to
   * its new version. A tombstone that the base did not know must stay unknown (decision 17).
   */
  #tokenFollows(base: Omit<BaseEntry, "body">): boolean {
    const before = this.#image?.before;
    if (!before || this.#remoteToken === undefined) return false;
    if (base.state === "present") return equalBytes(before.digest, base.digest);
    return before.state === "absent" || (before.state === "deleted" && before.token === base.token);
  }

  /** The token that our write gave, if it is known to have applied and to be undoable. */
  #appliedToken(): string | null | undefined {
    const { remote } = this.#unit;
    const outcome = remote && this.#history.outcomes.get(remote.opId);
    if (outcome?.status === "applied") {
      const token = this.#image?.token ?? outcome.token;
      // A deletion without a version is a physical one.
      return token ?? (remote?.action === "delete" ? null : undefined);
    }
    // Nothing is known of a crash's last operations but what the remote's journal says.
    return outcome === undefined || outcome.status === "unknown" ? this.#image?.token : undefined;
  }

  #appliedLocally(): LocalImage | undefined {
    const image = this.#unit.local && this.#history.local.get(this.#unit.local.opId);
    if (!image || isUnchanged(image)) return undefined;
    const outcome = this.#history.outcomes.get(image.opId);
    const crashed = Object.keys(this.#history.header.counts).length === 0;
    if (outcome === undefined) return crashed ? image : undefined;
    return outcome.status === "applied" || outcome.status === "unknown" ? image : undefined;
  }
}

function restOf({ rest }: { readonly rest?: string }): { readonly rest?: string } {
  return rest === undefined ? {} : { rest };
}

function isUnchanged({ before, after }: LocalImage): boolean {
  return before === null ? after === null : equalBytes(before.digest, after);
}

function inverseAction(operation: PlannedOperation, restores: boolean): PlannedOperation["action"] {
  if (!restores) return "delete";
  return operation.action === "delete" ? "create" : "replace";
}
