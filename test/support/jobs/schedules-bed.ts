/** Schedules with a clock that the test moves, and a task that ends when the test says so. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseConfig } from "../../../bridge/config/load-config.ts";
import type { ScheduleClock } from "../../../bridge/schedules/schedule-clock.ts";
import { Schedules } from "../../../bridge/schedules/schedules.ts";
import type { Task, TaskOutcome } from "../../../bridge/schedules/task.ts";
import type {
  PanelAnswer,
  ScheduleEntry,
  ScheduleInfo,
  ScheduleRun,
  WantedPage,
} from "../../../core/protocol/schedule-frames.ts";

const NAME = "nightly";

class MovedClock implements ScheduleClock {
  #now: number;
  #next: { readonly time: number; readonly call: () => Promise<void> } | undefined;

  constructor(now: string) {
    this.#now = Date.parse(now);
  }

  now(): number {
    return this.#now;
  }

  at(time: number, call: () => Promise<void>): () => void {
    const next = { time, call };
    this.#next = next;
    return () => {
      if (this.#next === next) this.#next = undefined;
    };
  }

  /** Whoever wanted to be called meanwhile is, each at its time. */
  async moveTo(time: string): Promise<void> {
    const end = Date.parse(time);
    while (this.#next !== undefined && this.#next.time <= end) {
      const { time: at, call } = this.#next;
      this.#next = undefined;
      this.#now = Math.max(this.#now, at);
      await call();
    }
    this.#now = end;
  }

  /** As when the machine sleeps, or no bridge runs: nobody is called meanwhile. */
  async jumpTo(time: string): Promise<void> {
    this.#now = Date.parse(time);
    const next = this.#next;
    this.#next = undefined;
    await next?.call();
  }
}

/** The page of a schedule that waits for a panel. */
export const WANTED: WantedPage = { url: "http://localhost:1/", database: "shop", connection: "lab" };

/** A run of the task that has begun. */
interface Begun {
  end(outcome?: TaskOutcome): void;
  fail(message: string): void;
}

export class SchedulesBed {
  readonly folder = mkdtempSync(join(tmpdir(), "driftscope-schedules-"));
  readonly clock: MovedClock;
  readonly told: string[] = [];
  /** Those that have not ended, the oldest first. */
  readonly begun: Begun[] = [];
  /** When each run began. */
  readonly times: string[] = [];
  /** What panels answered, for the work that they do. */
  readonly answered: { readonly answer: PanelAnswer; readonly by: string }[] = [];
  /** The work is a panel's: a run waits for one. */
  isInPanel = false;
  readonly #all: Schedules[] = [];
  #schedules: Schedules | undefined;

  private constructor(now: string) {
    this.clock = new MovedClock(now);
  }

  static async open(schedule: object, now: string, isInPanel = false): Promise<SchedulesBed> {
    const bed = new SchedulesBed(now);
    bed.isInPanel = isInPanel;
    await bed.start(schedule);
    return bed;
  }

  get schedules(): Schedules {
    if (this.#schedules === undefined) throw new Error("nothing was started");
    return this.#schedules;
  }

  /** Another bridge on the same folder. */
  async start(schedule: object, seed = "a bridge"): Promise<void> {
    await this.open(schedule, seed);
    await this.schedules.start();
  }

  /** As who only looks: nothing is begun. */
  async open(schedule: object, seed = "a bridge"): Promise<void> {
    const task = { do: "send-queue" };
    const config = parseConfig(
      JSON.stringify({ schedules: { [NAME]: { timeZone: "UTC", task, ...schedule } } }),
      join(this.folder, "driftscope.config.json"),
    );
    this.#schedules = await Schedules.open({
      config: { schedules: config.schedules ?? {}, file: undefined },
      folder: this.folder,
      taskOf: () => this.#task,
      seed,
      log: (line) => this.told.push(line),
      clock: this.clock,
    });
    this.#all.push(this.#schedules);
  }

  get #task(): Task {
    return {
      does: "Does what the test says",
      runs: this.isInPanel ? "panel" : "bridge",
      where: "in the test",
      ...(this.isInPanel
        ? { inPanel: { wants: WANTED, answer: (answer, by) => this.answered.push({ answer, by }) } }
        : {}),
      run: ({ signal }) =>
        new Promise((resolve, reject) => {
          this.times.push(new Date(this.clock.now()).toISOString());
          const begun: Begun = {
            end: (outcome = { said: "Done." }) => resolve(outcome),
            fail: (message) => reject(new Error(message)),
          };
          this.begun.push(begun);
          signal.addEventListener("abort", () => reject(signal.reason));
        }),
    };
  }

  get info(): ScheduleInfo {
    const [info] = this.schedules.state().schedules;
    if (info === undefined) throw new Error("the schedule is not there");
    return info;
  }

  /** The oldest first. */
  get history(): ScheduleEntry[] {
    return this.schedules
      .history(NAME)
      .map(({ entry }) => entry)
      .reverse();
  }

  /** Ends the oldest run, and waits until that is on record. */
  async end(how: (begun: Begun) => void = (begun) => begun.end()): Promise<ScheduleRun | undefined> {
    const before = this.info.running?.at;
    const begun = this.begun.shift();
    if (begun === undefined) throw new Error("nothing runs");
    how(begun);
    await this.#until(() => this.info.running?.at !== before || this.info.running === undefined);
    return this.info.last;
  }

  async #until(holds: () => boolean): Promise<void> {
    while (!holds()) await new Promise((resolve) => setImmediate(resolve));
  }

  next(): string[] {
    return this.info.next.map((time) => new Date(time).toISOString());
  }

  /** As a crash: nothing that runs is told of it. */
  abandon(): void {
    this.begun.length = 0;
  }

  async close(): Promise<void> {
    // Also of those that were abandoned.
    for (const schedules of this.#all.splice(0)) await schedules.close();
    rmSync(this.folder, { recursive: true, force: true });
  }
}
