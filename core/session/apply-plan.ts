import { equalBytes } from "../diff/equal-bytes.ts";
import type { ApplyContext } from "./apply-context.ts";
import { type ApplyMemory, forgetfulApply, rememberApply } from "./apply-memory.ts";
import { headsOf } from "./operation-list.ts";
import { groupOperations, isFinal, type OperationUnit } from "./operation-units.ts";
import { Outcomes } from "./outcomes.ts";
import type { ApplyProgress, ApplyReport, Plan } from "./plan.ts";
import type { ApplyPace } from "./ports.ts";
import type { PreparedWindow } from "./prepare-unit.ts";
import { prepareWindow } from "./prepare-window.ts";
import { recordWindow } from "./record-window.ts";
import { messageOf, onSide, SessionError } from "./session-error.ts";
import type { SessionPorts } from "./session-ports.ts";
import { type Stop, writeWindow } from "./write-window.ts";

export interface ApplyOptions {
  /** Everything but the writes: the outcomes that a run would have now. Asks for no confirmation. */
  readonly dryRun?: boolean | undefined;
  /** Ends after what is under way; the same plan resumes. */
  readonly signal?: AbortSignal | undefined;
  /** The names that the person typed (`plan.confirmations`). */
  readonly confirmed?: readonly string[] | undefined;
  readonly onProgress?: ((progress: ApplyProgress) => void) | undefined;
  /** Goes on with a plan that was cancelled, crashed or has unknown outcomes. */
  readonly resume?: boolean | undefined;
  /** Records that are read, written and recorded together; the outcomes do not depend on it. */
  readonly windowSize?: number | undefined;
  /** Milliseconds since 1970; decides nothing, it only labels. */
  readonly clock?: (() => number) | undefined;
  /** Resolves after so many milliseconds: the pause before an unknown outcome is settled again. */
  readonly wait?: ((milliseconds: number) => Promise<void>) | undefined;
}

/** Records a window: enough that a window's fixed costs vanish, few enough that a cancel need not wait. */
const WINDOW = 2000;

/** One works while the next one travels. Windows share no record, so their writes cannot meet. */
const WINDOWS_WRITTEN = 2;

/** A window that is read, and what of its units there was no room for. */
interface Preparing {
  readonly units: readonly OperationUnit[];
  /** All of it waits for the remote. */
  readonly isRemote: boolean;
  /** Undefined after a cancel and after a failure. */
  readonly window: Promise<PreparedWindow | undefined>;
}

/**
 * Runs a plan. Each operation is a compare-and-set against what the person saw; a push writes what the page
 * holds only if that is still what was planned, and a pull likewise. Pre-images are durable before a write,
 * the base and the outcomes after both sides are. Reading, writing and recording overlap, window by window.
 *
 * Answers what came of each operation; a port that fails ends the run early (`stopped`) and loses nothing.
 *
 * @throws SessionError before anything ran: "confirmation-required", "remote-read-only", "already-started",
 *   "already-undone", "base-failed".
 */
export async function applyPlan(
  ports: SessionPorts,
  plan: Plan,
  options: ApplyOptions = {},
): Promise<ApplyReport> {
  const dryRun = options.dryRun === true;
  const clock = options.clock ?? Date.now;
  if (!dryRun) requireConfirmed(plan, options.confirmed ?? []);
  requireWritable(ports, plan);
  const memory = dryRun
    ? forgetfulApply(plan)
    : await rememberApply(ports.base, plan, options.resume === true, clock());
  if (plan.kind === "undo" && !dryRun) await forgetCheckpoint(ports);
  const context: ApplyContext = {
    ports,
    applyId: plan.applyId,
    undo: plan.kind === "undo",
    dryRun,
    memory,
    signal: options.signal,
  };
  const run = new ApplyRun(context, plan, options);
  const startedAt = clock();
  await run.toEnd();
  if (!dryRun) await run.saveHeader(memory, clock, startedAt);
  return run.report();
}

/** The base goes back, behind what the remote's checkpoint covers. */
async function forgetCheckpoint({ base }: SessionPorts): Promise<void> {
  await onSide("base", "base-failed", "Forgetting the checkpoint of the remote's changes", () =>
    base.setRemoteCheckpoint(undefined),
  );
}

class ApplyRun {
  readonly #context: ApplyContext;
  readonly #plan: Plan;
  readonly #options: ApplyOptions;
  readonly #outcomes: Outcomes;
  /** What is still to be done, in key order. */
  readonly #pending: Generator<OperationUnit>;
  /** Oldest first: windows are written and recorded in the order of the keys. */
  readonly #preparing: Preparing[] = [];
  #stop: Stop | undefined;
  /** Outcomes were not saved: to the next life this one must look like a crash. */
  #unrecorded = false;

  constructor(context: ApplyContext, plan: Plan, options: ApplyOptions) {
    this.#context = context;
    this.#plan = plan;
    this.#options = options;
    this.#outcomes = new Outcomes(plan.operations, context.memory.outcomes.values());
    this.#pending = this.#pendingUnits();
  }

  /** Windows are read while those before them are written and the one before those is recorded, in order. */
  async toEnd(): Promise<void> {
    let recording: Promise<void> = Promise.resolve();
    const written: Promise<PreparedWindow>[] = [];
    const recordOldest = async (): Promise<void> => {
      const window = await written.shift();
      await recording;
      if (window) recording = this.#record(window);
    };
    for (;;) {
      const window = await this.#nextWindow();
      if (!window || this.#stop) break;
      written.push(this.#write(window));
      while (written.length >= this.#mostWrittenWith(window)) await recordOldest();
    }
    while (written.length > 0) await recordOldest();
    await recording;
  }

  /** The header last, with what came of it; the plan stays as it was saved. */
  async saveHeader(memory: ApplyMemory, clock: () => number, startedAt: number): Promise<void> {
    if (this.#unrecorded) return;
    const { counts, complete } = this.report();
    const now = clock();
    const pace: ApplyPace = { milliseconds: now - startedAt, ...this.#appliedInThisRun(memory) };
    const header = { ...memory.header, counts, pace, ...(complete ? { finishedAt: now } : {}) };
    try {
      await onSide("base", "base-failed", "Saving the counts of the apply", () =>
        this.#context.ports.base.savePlan(header, memory.savedPlan),
      );
    } catch (error) {
      this.#stop ??= { side: "base", reason: messageOf(error) };
    }
  }

  report(): ApplyReport {
    const counts = this.#outcomes.counts();
    counts.notRun += this.#plan.operations.length - this.#outcomes.size;
    const reason = this.#stop
      ? `Not sent: the ${this.#stop.side} side failed before.`
      : "Cancelled before it was sent.";
    return {
      applyId: this.#plan.applyId,
      outcomes: this.#outcomes.list(reason),
      counts,
      complete: this.#stop === undefined && this.#isComplete(),
      ...(this.#stop ? { stopped: this.#stop } : {}),
    };
  }

  #appliedInThisRun(memory: ApplyMemory): { local: number; remote: number } {
    const applied = { local: 0, remote: 0 };
    let index = 0;
    for (const { side } of headsOf(this.#plan.operations)) {
      const before = memory.outcomes.statusAt(index);
      const isNew = before !== "applied" && this.#outcomes.statusAt(index) === "applied";
      if (isNew && side !== "base") applied[side]++;
      index++;
    }
    return applied;
  }

  /** Undefined at the end, after a cancel and after a failure. What comes behind it is being prepared when it resolves. */
  async #nextWindow(): Promise<PreparedWindow | undefined> {
    this.#prepareMore();
    const first = this.#preparing[0];
    const window = await first?.window;
    if (first === undefined || window === undefined) return undefined;
    const rest = first.units.slice(window.taken);
    const isLast = this.#preparing.length === 1;
    if (rest.length === 0) this.#preparing.shift();
    else this.#preparing[0] = this.#prepare(isLast ? this.#filled(rest) : rest);
    this.#prepareMore();
    return window;
  }

  /** One window; more of them where the remote is slow to answer, and answers many at a time. */
  #prepareMore(): void {
    while (this.#preparing.length < this.#mostPrepared()) {
      const units = this.#filled([]);
      if (units.length === 0) return;
      this.#preparing.push(this.#prepare(units));
    }
  }

  /** With what is pending, up to the size of a window. */
  #filled(units: readonly OperationUnit[]): readonly OperationUnit[] {
    const size = this.#options.windowSize ?? WINDOW;
    const filled = [...units];
    while (filled.length < size) {
      const next = this.#pending.next();
      if (next.done) break;
      filled.push(next.value);
    }
    return filled;
  }

  #prepare(units: readonly OperationUnit[]): Preparing {
    const { signal } = this.#context;
    const isRemote = units.every(({ local }) => local?.source === "remote");
    if (this.#stop || signal?.aborted) return { units, isRemote, window: Promise.resolve(undefined) };
    const window = prepareWindow(this.#context, units).catch((error: unknown) => {
      if (!signal?.aborted) this.#stop ??= stopOf(error);
      return undefined;
    });
    return { units, isRemote, window };
  }

  /** The page is as busy with one window as with many. */
  #mostPrepared(): number {
    if (this.#stop || this.#context.signal?.aborted) return 0;
    return (this.#preparing.every(({ isRemote }) => isRemote) && this.#partsAtOnce) || 1;
  }

  #mostWrittenWith({ units }: PreparedWindow): number {
    const writesPage = units.some(({ localWrite }) => localWrite);
    return (!writesPage && this.#partsAtOnce) || WINDOWS_WRITTEN;
  }

  get #partsAtOnce(): number | undefined {
    return this.#context.ports.remote.capabilities.partsAtOnce;
  }

  async #write(window: PreparedWindow): Promise<PreparedWindow> {
    const stop = await writeWindow(this.#context, window, this.#options.wait ?? waitFor);
    this.#stop ??= stop;
    return window;
  }

  async #record(window: PreparedWindow): Promise<void> {
    for (const outcome of window.outcomes.values()) this.#outcomes.set(outcome);
    try {
      if (!this.#context.dryRun) await recordWindow(this.#context, window);
    } catch (error) {
      this.#unrecorded = true;
      this.#stop ??= stopOf(error);
    }
    this.#reportProgress();
  }

  *#pendingUnits(): Generator<OperationUnit> {
    for (const unit of groupOperations(this.#plan.operations)) {
      if (unit.operations.some(({ opId }) => !isFinal(this.#outcomes.get(opId)))) yield unit;
    }
  }

  /** A half of a merge that waits for a half that will never apply is done, too. */
  #isComplete(): boolean {
    for (let index = 0; index < this.#plan.operations.length; index++) {
      const status = this.#outcomes.statusAt(index);
      if (status === "unknown") return false;
      if (status !== undefined && status !== "notRun") continue;
      if (!this.#isRefused(index, index - 1) && !this.#isRefused(index, index + 1)) return false;
    }
    return true;
  }

  /** Whether the other operation is the other half of this one's merge, and will never apply. */
  #isRefused(index: number, other: number): boolean {
    const status = this.#outcomes.statusAt(other);
    if (status !== "conflict" && status !== "rejected" && status !== "superseded") return false;
    const { operations } = this.#outcomes;
    return equalBytes(operations.keyAt(index), operations.keyAt(other));
  }

  #reportProgress(): void {
    const { onProgress } = this.#options;
    if (!onProgress) return;
    const outcomes = Object.fromEntries(Object.entries(this.#outcomes.counts()).filter(([, n]) => n > 0));
    onProgress({ done: this.#outcomes.size, of: this.#plan.operations.length, outcomes });
  }
}

function requireConfirmed(plan: Plan, confirmed: readonly string[]): void {
  const missing = plan.confirmations.filter(({ name }) => !confirmed.includes(name));
  if (missing.length === 0) return;
  const losses = missing.map(({ name, deletes }) => `${deletes} records of "${name}"`).join(" and ");
  throw new SessionError(
    "confirmation-required",
    `This plan deletes ${losses}. Type the name of the place that loses them to confirm.`,
  );
}

function requireWritable(ports: SessionPorts, plan: Plan): void {
  if (ports.remote.capabilities.writable || !writesRemote(plan)) return;
  throw new SessionError(
    "remote-read-only",
    "The remote is read-only, by its level in the bridge's configuration file or by what its table is: leave out what would be pushed.",
    { side: "remote" },
  );
}

function writesRemote({ operations }: Plan): boolean {
  for (const { side } of headsOf(operations)) if (side === "remote") return true;
  return false;
}

function stopOf(error: unknown): Stop {
  const side = error instanceof SessionError ? error.side : undefined;
  return { side: side ?? "base", reason: messageOf(error) };
}

function waitFor(milliseconds: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, milliseconds));
}
