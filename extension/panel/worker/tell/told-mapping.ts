/** One mapping whose page's writes are told from here, look after look, until it is ended. */
import type { WatchPosition } from "../../../../agent/client/write-watch.ts";
import type { Locks } from "../../../local/mapping-lock.ts";
import { oneAtATime } from "../../../local/one-at-a-time.ts";
import { Rest } from "../keep/rest.ts";
import { toWorkerError } from "../rpc.ts";
import type { Watched } from "../watch/write-watcher.ts";
import type { TellCondition, TellState } from "./tell-state.ts";
import { type GapReason, type TellPorts, type Told, UntoldChanges } from "./untold-changes.ts";

/** Milliseconds between two looks at what the page wrote. */
const LOOK_EVERY = 1000;
/** Milliseconds until a side that is away is tried again; the last one repeats. */
const RETRIES = [1000, 2000, 4000, 8000, 15_000, 30_000] as const;

export interface ToldMappingOptions {
  readonly id: string;
  readonly locks: Locks;
  /** What the page wrote after a position; begins to watch where nobody does and nobody ended it. */
  readonly written: (after: WatchPosition | undefined) => Promise<Watched>;
  /** Undefined where nothing may be told (any more): nobody agreed to where it would go. @throws while a side is away. */
  readonly ports: () => Promise<TellPorts | undefined>;
  readonly clock: () => number;
  readonly onState: () => void;
}

export class ToldMapping {
  readonly #options: ToldMappingOptions;
  readonly #untold = new UntoldChanges();
  readonly #rest = new Rest();
  readonly #ended = new AbortController();
  #condition: TellCondition = { is: "notWatched" };
  #position: WatchPosition | undefined;
  #hasBegun = false;
  #counts = { told: 0, withheld: 0, skipped: 0, gaps: 0 };
  #failures = 0;

  constructor(options: ToldMappingOptions) {
    this.#options = options;
  }

  get state(): TellState {
    const { id: mappingId } = this.#options;
    return { mappingId, condition: this.#condition, untold: this.#untold.count, ...this.#counts };
  }

  /** Resolves when it has ended. */
  tell(): Promise<void> {
    const { id, locks } = this.#options;
    const work = (): Promise<void> => this.#lookAfterLook();
    return oneAtATime(locks, `driftscope-tell-${id}`, work, () => {
      if (!this.#isEnded) this.#setCondition({ is: "elsewhere" });
      return !this.#isEnded;
    });
  }

  get #isEnded(): boolean {
    return this.#ended.signal.aborted;
  }

  /** What is not told yet never will be: nobody agrees to it any more. */
  end(): void {
    this.#ended.abort();
    this.#rest.wake();
  }

  /** Something has changed, or may work again. */
  wake(): void {
    this.#failures = 0;
    if (this.#condition.is === "away") this.#setCondition({ ...this.#condition, retryAt: 0 });
    this.#rest.wake();
  }

  async #lookAfterLook(): Promise<void> {
    while (!this.#isEnded) {
      await this.#look();
      await this.#tellAll();
      this.#options.onState();
      if (!this.#isEnded) await this.#rest.for(LOOK_EVERY);
    }
  }

  /** What cannot be asked now is asked with the next look: the page's record goes on. */
  async #look(): Promise<void> {
    const watched = await this.#options.written(this.#position).catch(() => undefined);
    if (watched === undefined) return;
    const { local, position } = watched;
    const isWatched = position !== undefined;
    if ("keys" in local) {
      if (this.#untold.add(local.keys)) this.#counts.gaps++;
    } else if (isWatched) {
      this.#addGap(this.#gapOf(local.unknown));
    }
    this.#position = position;
    if (this.#condition.is === "telling" && !isWatched) this.#setCondition({ is: "notWatched" });
    if (this.#condition.is === "notWatched" && isWatched) this.#setCondition({ is: "telling" });
    if (this.#condition.is === "elsewhere") this.#setCondition({ is: isWatched ? "telling" : "notWatched" });
  }

  #gapOf(unknown: string): GapReason {
    if (!this.#hasBegun) return "began";
    return unknown === "tooMany" || unknown === "cleared" ? unknown : "reloaded";
  }

  #addGap(reason: GapReason): void {
    this.#untold.addGap(reason);
    this.#hasBegun = true;
    if (reason !== "began") this.#counts.gaps++;
  }

  /** One batch after the other, as fast as they are answered. */
  async #tellAll(): Promise<void> {
    const { clock, ports } = this.#options;
    const before = this.#condition;
    if (this.#untold.isDone || (before.is === "away" && clock() < before.retryAt)) return;
    try {
      const open = await ports();
      if (open === undefined) {
        this.#setCondition({ is: "disagreed" });
        return;
      }
      while (!this.#isEnded) {
        const told = await this.#untold.tellNext(open, this.#ended.signal);
        this.#settled();
        if (told === undefined) return;
        this.#add(told);
      }
    } catch (error) {
      this.#failed(error);
    }
  }

  #settled(): void {
    this.#failures = 0;
    const { is } = this.#condition;
    if (is === "away" || is === "disagreed") {
      this.#setCondition({ is: this.#position === undefined ? "notWatched" : "telling" });
    }
  }

  #add({ told, withheld, skipped }: Told): void {
    this.#counts.told += told;
    this.#counts.withheld += withheld;
    this.#counts.skipped += skipped;
    this.#options.onState();
  }

  #failed(error: unknown): void {
    const now = this.#options.clock();
    const before = this.#condition;
    const pause = RETRIES[Math.min(this.#failures, RETRIES.length - 1)] as number;
    this.#failures++;
    const since = before.is === "away" ? before.since : now;
    const { message: reason } = toWorkerError(error);
    this.#setCondition({ is: "away", since, reason, retryAt: now + pause });
  }

  #setCondition(condition: TellCondition): void {
    this.#condition = condition;
    this.#options.onState();
  }
}
