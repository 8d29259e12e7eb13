/** One mapping that is kept in sync from here: round after round, until it is ended. */
import type { DriftKind } from "../../../../core/session/drift.ts";
import type { Locks } from "../../../local/mapping-lock.ts";
import { oneAtATime } from "../../../local/one-at-a-time.ts";
import type { CompareSummary, ConnectionInfo } from "../api.ts";
import { toWorkerError } from "../rpc.ts";
import type { MappingSession } from "../sync/mapping-session.ts";
import type { PlanRegister } from "../sync/plan-register.ts";
import type { RoundSignals } from "../sync/run-slot.ts";
import { awaySide, BrokenOffError } from "./away.ts";
import type { Behind, KeepCondition, KeepSettings, KeepState } from "./keep-state.ts";
import { Rest } from "./rest.ts";
import { applyByItself, type RoundEnd, runRound } from "./round.ts";

/** Milliseconds between two looks at what the page wrote. */
const LOOK_EVERY = 1000;
/** Milliseconds until a side that is away is tried again; the last one repeats. */
const RETRIES = [1000, 2000, 4000, 8000, 15_000, 30_000, 60_000] as const;
/** Not every writer is seen: all records are compared again after so many intervals, ... */
const INTERVALS_BETWEEN_ALL = 10;
/** ... and after so many times the time that it takes. */
const SHARE_OF_ALL = 20;

export interface KeptMappingOptions {
  readonly id: string;
  readonly locks: Locks;
  /** As stored now; undefined where it is to be kept no more. */
  readonly settings: () => Promise<KeepSettings | undefined>;
  readonly session: () => Promise<MappingSession>;
  readonly plans: PlanRegister;
  /** Once nothing else runs. */
  readonly run: <T>(work: (signals: RoundSignals) => Promise<T>) => Promise<T>;
  /** Undefined while no bridge tells. */
  readonly level: () => Promise<ConnectionInfo["level"] | undefined>;
  /** What is behind, asked of the page and the base alone. */
  readonly behind: (signal: AbortSignal) => Promise<Behind | undefined>;
  /** Whether a person has something open that a round would disturb. */
  readonly isHeld: () => boolean;
  readonly clock: () => number;
  readonly onState: () => void;
  /** A round has ended: with another list, where `changed`. */
  readonly onRound: (changed: boolean) => void;
}

export class KeptMapping {
  readonly #options: KeptMappingOptions;
  readonly #rest = new Rest();
  readonly #ended = new AbortController();
  #settings: KeepSettings | undefined;
  #condition: KeepCondition = { is: "starting" };
  #busy: KeepState["busy"];
  #behind = 0;
  #wrote: KeepState["wrote"];
  #failures = 0;
  /** The last round of all records. */
  #all: { readonly startedAt: number; readonly finishedAt: number } | undefined;
  /** A plan beyond the limit that a person has allowed. */
  #allowed: string | undefined;
  /** A plan of a round that a side broke off. */
  #unfinished: string | undefined;

  constructor(options: KeptMappingOptions) {
    this.#options = options;
  }

  get state(): KeepState {
    const { id: mappingId, isHeld } = this.#options;
    return {
      mappingId,
      condition: this.#condition,
      behind: this.#behind,
      held: isHeld(),
      ...(this.#busy === undefined ? {} : { busy: this.#busy }),
      ...(this.#wrote === undefined ? {} : { wrote: this.#wrote }),
    };
  }

  /** Resolves when it has ended. */
  keep(): Promise<void> {
    const { id, locks } = this.#options;
    const work = (): Promise<void> => this.#roundAfterRound();
    return oneAtATime(locks, `driftscope-keep-${id}`, work, () => {
      if (!this.#isEnded) this.#setCondition({ is: "elsewhere" });
      return !this.#isEnded;
    });
  }

  get #isEnded(): boolean {
    return this.#ended.signal.aborted;
  }

  end(): void {
    this.#ended.abort(new DOMException("It is kept in sync no more.", "AbortError"));
    this.#rest.wake();
  }

  /** Begins a round soon: something has changed, or may work again. */
  wake(): void {
    this.#failures = 0;
    this.#rest.wake();
  }

  /** All records next time. */
  lookAtAll(): void {
    this.#all = undefined;
    this.#rest.wake();
  }

  /** A person has read why it is paused. @param applyId The plan that may be applied although it is beyond the limit. */
  goOn(applyId?: string): void {
    if (this.#condition.is === "elsewhere") return;
    this.#allowed = applyId;
    if (this.#condition.is === "paused") this.#setCondition({ is: "starting" });
    this.wake();
  }

  /** A person applied this plan: where it was the one that was waited for, it goes on. */
  wasApplied(applyId: string): void {
    if (this.#condition.is !== "paused") return;
    const { because } = this.#condition;
    if ("applyId" in because && because.applyId === applyId) this.goOn();
  }

  async #roundAfterRound(): Promise<void> {
    this.#setCondition({ is: "starting" });
    while (!this.#isEnded) {
      // Where it cannot be read, it is as it was.
      this.#settings = await this.#options.settings().catch(() => this.#settings);
      if (this.#settings === undefined) return;
      if (this.#condition.is !== "paused" && !this.#options.isHeld()) await this.#round(this.#settings);
      if (!this.#isEnded) await this.#restUntilNext(this.#settings);
    }
  }

  async #round(settings: KeepSettings): Promise<void> {
    try {
      await this.#options.run((signals) => this.#runRound(settings, signals));
      this.#failures = 0;
    } catch (error) {
      await this.#failed(error);
    } finally {
      this.#setBusy(undefined);
    }
  }

  async #runRound(settings: KeepSettings, signals: RoundSignals): Promise<void> {
    const { plans, level, onRound, clock, isHeld } = this.#options;
    // It waited for its turn.
    if (isHeld() || this.#isEnded) return;
    const look = AbortSignal.any([signals.look, this.#ended.signal]);
    this.#setBusy("comparing");
    const session = await this.#options.session();
    await this.#finishEarlier(session, signals.write);
    const end = await runRound({
      session,
      plans,
      settings,
      level: (await level()) ?? "read-only",
      all: this.#isTimeForAll(settings),
      signals: { look, write: signals.write },
      onApply: (operations) => {
        this.#behind = operations;
        this.#setBusy("applying");
      },
    });
    const { summary, changed, pushed, pulled, pause } = end;
    if (summary.extent === "full") this.#all = summary;
    this.#behind = 0;
    if (pushed + pulled > 0) this.#wrote = { at: clock(), pushed, pulled };
    this.#condition = pause === undefined ? settled(summary) : { is: "paused", at: clock(), because: pause };
    onRound(changed);
  }

  #isTimeForAll({ intervalSeconds }: KeepSettings): boolean {
    if (this.#all === undefined) return true;
    const { startedAt, finishedAt } = this.#all;
    const pause = Math.max(
      INTERVALS_BETWEEN_ALL * intervalSeconds * 1000,
      SHARE_OF_ALL * (finishedAt - startedAt),
    );
    return this.#options.clock() - finishedAt >= pause;
  }

  /** The very plan that was broken off, or that was looked at: what changed since is a conflict in it. */
  async #finishEarlier(session: MappingSession, signal: AbortSignal): Promise<void> {
    const resume = this.#unfinished !== undefined;
    const applyId = this.#unfinished ?? this.#allowed;
    this.#unfinished = undefined;
    this.#allowed = undefined;
    if (applyId === undefined || (!resume && this.#options.plans.find(applyId) === undefined)) return;
    this.#setBusy("applying");
    await applyByItself(session, applyId, resume, signal);
    this.#options.onRound(true);
  }

  async #failed(error: unknown): Promise<void> {
    const { clock } = this.#options;
    // A person goes first, or it has ended: nothing is wrong.
    if (isAbort(error)) return;
    if (error instanceof BrokenOffError) this.#unfinished = error.applyId;
    const side = awaySide(error);
    const { code, message: reason } = toWorkerError(error);
    if (side === undefined) {
      this.#setCondition({ is: "paused", at: clock(), because: { is: "error", code, reason } });
      return;
    }
    const before = this.#condition;
    const isStill = before.is === "offline" && before.side === side;
    const pause = RETRIES[Math.min(this.#failures, RETRIES.length - 1)] as number;
    this.#failures++;
    const offline = {
      is: "offline" as const,
      since: isStill ? before.since : clock(),
      side,
      reason,
      retryAt: clock() + pause,
    };
    const known = isStill ? before.behind : undefined;
    this.#setCondition({ ...offline, ...(known === undefined ? {} : { behind: known }) });
    if (side === "local") return;
    const behind = await this.#options.behind(this.#ended.signal).catch(() => undefined);
    if (behind !== undefined) this.#setCondition({ ...offline, behind });
  }

  /** What the page writes meanwhile ends the rest, unless a person has to do something first. */
  async #restUntilNext({ intervalSeconds, watchWrites }: KeepSettings): Promise<void> {
    const { clock, isHeld } = this.#options;
    const condition = this.#condition;
    const looks = watchWrites && condition.is !== "offline";
    const waits = condition.is === "paused" || isHeld();
    const until = waits
      ? Number.POSITIVE_INFINITY
      : condition.is === "offline"
        ? condition.retryAt
        : clock() + intervalSeconds * 1000;
    for (let left = until - clock(); left > 0; left = until - clock()) {
      const isWoken = await this.#rest.for(looks ? Math.min(left, LOOK_EVERY) : left);
      if (isWoken || this.#isEnded) return;
      if (looks && (await this.#hasNews()) && !waits) return;
    }
  }

  async #hasNews(): Promise<boolean> {
    const session = await this.#options.session();
    // What cannot be asked now is seen at the interval.
    const keys = (await session.writtenSince().catch(() => undefined)) ?? 0;
    if (keys === this.#behind) return keys > 0;
    this.#behind = keys;
    this.#options.onState();
    return keys > 0;
  }

  #setBusy(busy: KeepState["busy"]): void {
    this.#busy = busy;
    this.#options.onState();
  }

  #setCondition(condition: KeepCondition): void {
    this.#condition = condition;
    this.#options.onState();
  }
}

function isAbort(error: unknown): boolean {
  for (let at: unknown = error, depth = 0; at instanceof Error && depth < 16; at = at.cause, depth++) {
    if (at.name === "AbortError") return true;
  }
  return false;
}

function settled(summary: RoundEnd["summary"]): KeepCondition {
  const left = leftOf(summary);
  const kinds = kindsOf(summary);
  const { finishedAt: at, rechecked, localRows: records } = summary;
  if (left > 0) return { is: "waiting", at, left, kinds };
  if (rechecked === undefined) return { is: "inSync", at, records };
  return { is: "inSync", at, records, rechecked: { keys: rechecked.keys, fullAt: rechecked.fullAt } };
}

/** Both sides of a converged record are alike. */
const NO_DRIFT: ReadonlySet<DriftKind> = new Set(["equal", "converged"]);

function kindsOf({ counts }: CompareSummary): Partial<Record<DriftKind, number>> {
  const kinds = Object.entries(counts) as [DriftKind, number][];
  return Object.fromEntries(kinds.filter(([kind, count]) => count > 0 && !NO_DRIFT.has(kind)));
}

function leftOf(summary: CompareSummary): number {
  return Object.values(kindsOf(summary)).reduce((sum, count) => sum + count, 0);
}
