import type { ApplyContext } from "./apply-context.ts";
import { loadPlan, type SavedPlan } from "./load-plan.ts";
import { groupOperations, isFinal, type OperationUnit } from "./operation-units.ts";
import type { OperationOutcome } from "./plan.ts";
import type { RemoteWrite, WriteOutcome } from "./ports.ts";
import type { PreparedWindow } from "./prepare-unit.ts";
import { recordWindow } from "./record-window.ts";
import { onSide, SessionError } from "./session-error.ts";
import type { SessionPorts } from "./session-ports.ts";

/**
 * Ends the wait for remote operations whose outcome is unknown: each is fenced, so that a request which is
 * still under way can never apply (decision 21). Answers what came of them: `applied` (it had), `superseded`,
 * `rejected` with code "fenced", or still `unknown`. Records that had applied become base. Other operations of
 * the apply are left as they are: it resumes.
 *
 * @throws SessionError "no-such-apply", "cannot-fence", "malformed-plan", "base-failed" or "fence-failed".
 */
export async function giveUp(ports: SessionPorts, applyId: string): Promise<readonly WriteOutcome[]> {
  const saved = await loadPlan(ports.base, applyId);
  if (!saved) throw new SessionError("no-such-apply", `No apply ${applyId} is on record.`, { side: "base" });
  if (!ports.remote.capabilities.canFence) {
    throw new SessionError(
      "cannot-fence",
      "This remote cannot fence writes: what became of them shows in the next compare.",
      { side: "remote" },
    );
  }
  const units = [...groupOperations(saved.plan.operations)].filter((unit) => isUnknown(unit, saved));
  const context: ApplyContext = {
    ports,
    applyId,
    undo: saved.plan.kind === "undo",
    dryRun: false,
    memory: {
      resuming: true,
      crashed: false,
      outcomes: saved.outcomes,
      journaled: new Set(),
      rewritten: new Set(),
      header: saved.header,
      savedPlan: undefined,
    },
    signal: undefined,
  };
  const outcomes: WriteOutcome[] = [];
  const size = ports.remote.capabilities.maxBatchOperations;
  for (let from = 0; from < units.length; from += size) {
    outcomes.push(...(await fenceBatch(context, units.slice(from, from + size))));
  }
  return outcomes;
}

/** Also after a crash: nothing is known then of operations without an outcome. */
function isUnknown(unit: OperationUnit, { header, outcomes }: SavedPlan): boolean {
  if (!unit.remote) return false;
  const outcome = outcomes.get(unit.remote.opId);
  if (isFinal(outcome)) return false;
  return outcome !== undefined || Object.keys(header.counts).length === 0;
}

async function fenceBatch(
  context: ApplyContext,
  units: readonly OperationUnit[],
): Promise<readonly WriteOutcome[]> {
  const { ports, applyId } = context;
  const operations: RemoteWrite[] = [];
  for (const { remote } of units) {
    if (!remote) continue;
    operations.push({
      opId: remote.opId,
      key: remote.key,
      expect: remote.expectRemote,
      // A fence does not look at it.
      write: "delete",
    });
  }
  const answered = await onSide("remote", "fence-failed", "Giving up on unknown writes", () =>
    ports.remote.fence(operations, { applyId }),
  );
  const outcomes = new Map<string, OperationOutcome>();
  for (const outcome of answered) outcomes.set(outcome.opId, outcome);
  const window: PreparedWindow = { taken: units.length, units: units.map((unit) => ({ unit })), outcomes };
  await recordWindow(context, window);
  return answered;
}
