/** The remembering half of an apply: base entries, then outcomes, once both sides are durable (rule 3). */
import { equalBytes } from "../diff/equal-bytes.ts";
import type { ApplyContext } from "./apply-context.ts";
import { operationsOf } from "./operation-units.ts";
import type { PlannedOperation } from "./plan.ts";
import type { BaseEntry, WriteOutcome } from "./ports.ts";
import type { PreparedUnit, PreparedWindow } from "./prepare-unit.ts";
import { onSide } from "./session-error.ts";
import { outcomeOf } from "./write-window.ts";

/**
 * Writes what a window did to the base and to the apply's record. The base goes first: a crash in between
 * repeats operations that answer as before, while an outcome without its base would never be looked at again.
 *
 * @throws SessionError "base-failed".
 */
export async function recordWindow(context: ApplyContext, window: PreparedWindow): Promise<void> {
  const { base } = context.ports;
  const done = window.units.flatMap((prepared) => baseEntryAfter(context, window, prepared) ?? []);
  await onSide("base", "base-failed", "Recording what was applied", async () => {
    const entries = context.undo ? await stillOurs(context, done) : done;
    if (entries.length > 0) await base.write(entries.map(({ entry }) => entry));
    const outcomes = [...window.outcomes.values()].filter((outcome) => outcome.status !== "notRun");
    if (outcomes.length > 0) await base.saveOutcomes(context.applyId, outcomes as WriteOutcome[]);
  });
}

interface NewEntry {
  readonly entry: BaseEntry;
  readonly operation: PlannedOperation;
}

/** What the base becomes, when every operation of the record applied. */
function baseEntryAfter(
  context: ApplyContext,
  window: PreparedWindow,
  prepared: PreparedUnit,
): NewEntry | undefined {
  const { unit } = prepared;
  const operations = operationsOf(unit);
  const applied = operations.map(({ opId }) => outcomeOf(context, window, opId));
  if (!applied.every((outcome) => outcome?.status === "applied")) return undefined;
  const operation = operations[0];
  const after = operation?.baseAfter;
  if (!operation || !after) return undefined;
  const remote = unit.remote && applied.find((outcome) => outcome?.opId === unit.remote?.opId);
  const written = remote?.status === "applied" ? remote.token : undefined;
  const token = operation.keepBaseToken ? after.token : (written ?? prepared.token ?? after.token);
  const body = operation.baseBody ?? bodyOf(prepared, after.digest);
  const { token: _, ...entry } = after;
  return {
    operation,
    entry: {
      ...entry,
      // Without a version there is no tombstone: the record is simply gone.
      ...(after.state === "deleted" && token === undefined ? { state: "absent" } : {}),
      ...(token === undefined ? {} : { token }),
      ...(body === undefined ? {} : { body }),
    },
  };
}

/** The body of this digest, where one of the record's operations carried it. */
function bodyOf(prepared: PreparedUnit, digest: Uint8Array | undefined): string | undefined {
  const carried = [prepared.remoteWrite?.write, prepared.localWrite?.write, prepared.effect];
  for (const write of carried) {
    if (write && write !== "delete" && equalBytes(write.digest, digest)) return write.body;
  }
  return undefined;
}

/** An undo moves the base back only where it still says what the apply had left. */
async function stillOurs(context: ApplyContext, done: readonly NewEntry[]): Promise<NewEntry[]> {
  const now = await context.ports.base.read(done.map(({ entry }) => entry.key));
  return done.filter(({ operation }, i) => {
    const left = operation.baseBefore;
    const entry = now[i];
    if (left?.state !== "present") return entry?.state !== "present";
    return entry?.state === "present" && equalBytes(entry.digest, left.digest);
  });
}
