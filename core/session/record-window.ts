/** The remembering half of an apply: base entries, then outcomes, once both sides are durable (rule 3). */
import { equalBytes } from "../diff/equal-bytes.ts";
import type { ApplyContext } from "./apply-context.ts";
import type { ApplyMemory } from "./apply-memory.ts";
import type { PlannedOperation } from "./plan.ts";
import type { BaseEntry, RemoteWrite, WriteOutcome } from "./ports.ts";
import type { PreparedUnit, PreparedWindow } from "./prepare-unit.ts";
import { onSide } from "./session-error.ts";
import type { SessionPorts } from "./session-ports.ts";
import { baseStateOf, sameSide } from "./side-state.ts";
import { outcomeOf } from "./write-window.ts";

/** What recording needs of an apply. */
type RecordContext = Pick<ApplyContext, "applyId" | "undo"> & {
  readonly ports: Pick<SessionPorts, "base">;
  readonly memory: Pick<ApplyMemory, "outcomes" | "resuming">;
};

/**
 * Writes what a window did to the base and to the apply's record. The base goes first: a crash in between
 * repeats operations that answer as before, while an outcome without its base would never be looked at again.
 *
 * @throws SessionError "base-failed".
 */
export async function recordWindow(context: RecordContext, window: PreparedWindow): Promise<void> {
  const { base } = context.ports;
  const done: NewEntry[] = [];
  for (const prepared of window.units) {
    const entry = baseEntryAfter(context, window, prepared);
    if (entry) done.push(entry);
  }
  await onSide("base", "base-failed", "Recording what was applied", async () => {
    const entries = await entriesToWrite(context, done);
    if (entries.length > 0) await base.write(entries.map(({ entry }) => entry));
    const outcomes = [...window.outcomes.values()].filter((outcome) => outcome.status !== "notRun");
    if (outcomes.length > 0) await base.saveOutcomes(context.applyId, outcomes as WriteOutcome[]);
  });
}

const ABSENT = { state: "absent" } as const;

interface NewEntry {
  readonly entry: BaseEntry;
  readonly operation: PlannedOperation;
}

/** What the base becomes, when every operation of the record applied. */
function baseEntryAfter(
  context: RecordContext,
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

/** What was done just now is the newest that is known; what an earlier life or an undo did need not be. */
async function entriesToWrite(
  context: RecordContext,
  done: readonly NewEntry[],
): Promise<readonly NewEntry[]> {
  const { undo, memory, ports } = context;
  if (!undo && !memory.resuming) return done;
  const now = await ports.base.read(done.map(({ entry }) => entry.key));
  const isToWrite = undo ? isStillOurs : isNotOvertaken;
  return done.filter((entry, i) => isToWrite(entry, now[i]));
}

/** An undo moves the base back only where it still says what the apply had left. */
function isStillOurs({ operation }: NewEntry, now: BaseEntry | undefined): boolean {
  const left = operation.baseBefore;
  if (left?.state !== "present") return now?.state !== "present";
  return now?.state === "present" && equalBytes(now.digest, left.digest);
}

/**
 * What an earlier life wrote says nothing of a record that was found equal, or applied, since: the base would go
 * back behind what its checkpoint covers, and call the page's newer record the older one.
 */
function isNotOvertaken({ operation, entry }: NewEntry, now: BaseEntry | undefined): boolean {
  return isSameBase(now, operation.baseBefore) || isSameBase(now, entry) || now?.state === "noBase";
}

function isSameBase(a: BaseEntry | undefined, b: BaseEntry | undefined): boolean {
  return sameSide(baseStateOf(a) ?? ABSENT, baseStateOf(b) ?? ABSENT);
}
