/** What an apply knows from before: of this life, or of one that ended in a crash or a cancel. */
import { toHex } from "../key/hex.ts";
import { headsOf, type OperationList } from "./operation-list.ts";
import { Outcomes } from "./outcomes.ts";
import { packPlan } from "./packed-plan.ts";
import type { Plan } from "./plan.ts";
import type { ApplyHeader, BaseEntry, BaseStore, SavedApply } from "./ports.ts";
import { onSide, SessionError } from "./session-error.ts";

export interface ApplyMemory {
  /** This plan has run before. */
  readonly resuming: boolean;
  /** The run before ended in a crash: an operation without an outcome may have been sent. */
  readonly crashed: boolean;
  readonly outcomes: Outcomes;
  /** Operations whose local pre-image was journaled in an earlier life. */
  readonly journaled: ReadonlySet<string>;
  /** Keys in hexadecimal that a newer apply wrote to the page: somebody decided about them again. */
  readonly rewritten: ReadonlySet<string>;
  readonly header: ApplyHeader;
  readonly savedPlan: unknown;
}

const KEYS_PER_READ = 1000;

/**
 * Makes the plan durable, or finds what became of it in an earlier life.
 *
 * @throws SessionError "already-started" when it is on record and `resume` was not asked for, "already-undone"
 *   when an undo of it has begun; "base-failed".
 */
export async function rememberApply(
  base: BaseStore,
  plan: Plan,
  resume: boolean,
  now: number,
): Promise<ApplyMemory> {
  return await onSide("base", "base-failed", "Saving the plan", async () => {
    const saved = await base.plan(plan.applyId);
    if (saved && !resume) {
      throw new SessionError("already-started", `Apply ${plan.applyId} has run before: resume it.`);
    }
    if (saved) return await recall(base, saved, plan);
    const header = headerOf(plan, now);
    const savedPlan = packPlan({ ...plan, operations: await withBaseBodies(base, plan.operations) });
    await base.savePlan(header, savedPlan);
    return { resuming: false, crashed: false, ...nothingYet(plan), header, savedPlan };
  });
}

/** Whether an operation without a final outcome may have reached its side in an earlier life. */
export function mayHaveBeenSent(memory: ApplyMemory, opId: string): boolean {
  return memory.crashed || memory.outcomes.get(opId)?.status === "unknown";
}

async function recall(base: BaseStore, saved: SavedApply, { operations }: Plan): Promise<ApplyMemory> {
  const { applyId } = saved.header;
  const applies = await base.applies();
  if (applies.some(({ undoes }) => undoes === applyId)) {
    // The page's records look as if nothing had been written yet, so resuming would write them once more.
    throw new SessionError("already-undone", `Apply ${applyId} was undone: compare again, and plan anew.`);
  }
  // A run that ends in order saves its counts last. They are taken off again while another one is under way.
  const crashed = Object.keys(saved.header.counts).length === 0;
  const header = { ...saved.header, counts: {} };
  if (!crashed) await base.savePlan(header, saved.plan);
  const newer = applies.slice(
    0,
    applies.findIndex((other) => other.applyId === applyId),
  );
  return {
    resuming: true,
    crashed,
    outcomes: new Outcomes(operations, saved.outcomes),
    journaled: await journaledOperations(base, applyId),
    rewritten: await keysWrittenBy(base, newer),
    header,
    savedPlan: saved.plan,
  };
}

/** A dry run remembers nothing. */
export function forgetfulApply(plan: Plan): ApplyMemory {
  return {
    resuming: false,
    crashed: false,
    ...nothingYet(plan),
    header: headerOf(plan, plan.createdAt),
    savedPlan: undefined,
  };
}

function nothingYet({ operations }: Plan) {
  return {
    outcomes: new Outcomes(operations),
    journaled: new Set<string>(),
    rewritten: new Set<string>(),
  };
}

function headerOf(plan: Plan, startedAt: number): ApplyHeader {
  const { applyId, kind, undoes } = plan;
  const header = { applyId, startedAt, kind, counts: {} };
  return undoes === undefined ? header : { ...header, undoes };
}

async function journaledOperations(base: BaseStore, applyId: string): Promise<Set<string>> {
  const journaled = new Set<string>();
  for await (const entries of base.journalOf(applyId)) {
    for (const { opId } of entries) journaled.add(opId);
  }
  return journaled;
}

async function keysWrittenBy(base: BaseStore, applies: readonly ApplyHeader[]): Promise<Set<string>> {
  const keys = new Set<string>();
  for (const { applyId } of applies) {
    for await (const entries of base.journalOf(applyId)) {
      for (const { key } of entries) keys.add(toHex(key));
    }
  }
  return keys;
}

/**
 * A conflict's base body is on neither side, so it would be gone for good once the base is overwritten: the
 * saved plan keeps it for the undo.
 */
async function withBaseBodies(base: BaseStore, operations: OperationList): Promise<OperationList> {
  let hasConflicts = false;
  for (const { kind } of headsOf(operations)) hasConflicts ||= kind === "conflict";
  if (!hasConflicts) return operations;
  const wanted = operations.filter(
    ({ kind, baseBefore }) => kind === "conflict" && baseBefore?.state === "present",
  );
  if (wanted.length === 0) return operations;
  const bodies = new Map<string, string>();
  for (let from = 0; from < wanted.length; from += KEYS_PER_READ) {
    const keys = wanted.slice(from, from + KEYS_PER_READ).map(({ key }) => key);
    for (const entry of await base.read(keys)) {
      if (entry?.body !== undefined && entry.digest) bodies.set(bodyName(entry), entry.body);
    }
  }
  return operations.map((operation) => {
    const before = operation.baseBefore;
    const body = before && bodies.get(bodyName(before));
    return before && body !== undefined ? { ...operation, baseBefore: { ...before, body } } : operation;
  });
}

/** Key and digest: a body of another digest is another body. */
function bodyName({ key, digest }: BaseEntry): string {
  return `${toHex(key)} ${digest ? toHex(digest) : ""}`;
}
