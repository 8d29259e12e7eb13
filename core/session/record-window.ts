/** The remembering half of an apply: base entries, then outcomes, once both sides are durable (rule 3). */
import { equalBytes } from "../diff/equal-bytes.ts";
import type { ApplyContext } from "./apply-context.ts";
import type { PlannedOperation } from "./plan.ts";
import type { BaseEntry, RemoteWrite, WriteOutcome } from "./ports.ts";
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
  const done: NewEntry[] = [];
  for (const prepared of window.units) {
    const entry = baseEntryAfter(context, window, prepared);
    if (entry) done.push(entry);
  }
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
  let written: string | undefined;
  for (const { opId, side } of unit.operations) {
    const outcome = outcomeOf(context, window, opId);
    if (outcome?.status !== "applied") return undefined;
    if (side === "remote") written = outcome.token;
  }
  const operation = unit.operations[0];
  const after = operation?.baseAfter;
  if (!operation || !after) return undefined;
  const token = operation.keepBaseToken ? after.token : (written ?? prepared.token ?? after.token);
  const body = operation.baseBody ?? bodyOf(prepared, after.digest);
  // Without a version there is no tombstone: the record is simply gone.
  const state = after.state === "deleted" && token === undefined ? "absent" : after.state;
  const entry: { -readonly [Name in keyof BaseEntry]: BaseEntry[Name] } = { key: after.key, state };
  if (after.digest) entry.digest = after.digest;
  if (token !== undefined) entry.token = token;
  if (body !== undefined) entry.body = body;
  return { operation, entry };
}

/** The body of this digest, where one of the record's operations carried it. */
function bodyOf(prepared: PreparedUnit, digest: Uint8Array | undefined): string | undefined {
  return (
    bodyWith(prepared.remoteWrite?.write, digest) ??
    bodyWith(prepared.localWrite?.write, digest) ??
    bodyWith(prepared.effect, digest)
  );
}

function bodyWith(
  write: RemoteWrite["write"] | undefined,
  digest: Uint8Array | undefined,
): string | undefined {
  return write && write !== "delete" && equalBytes(write.digest, digest) ? write.body : undefined;
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
