/** The schedules that the config file names, woken when one of them is due. */
import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { ProtocolError } from "../../core/protocol/protocol-error.ts";
import type {
  PanelAnswer,
  ScheduleHistory,
  SchedulesState,
  Times,
  TimesPreview,
} from "../../core/protocol/schedule-frames.ts";
import { messageOf } from "../../core/session/session-error.ts";
import type { Config } from "../config/load-config.ts";
import type { ScheduleTask } from "../config/schedules-schema.ts";
import { News } from "../news/news.ts";
import { CronTimes } from "./cron-times.ts";
import { requireTimes, Schedule } from "./schedule.ts";
import { type ScheduleClock, systemClock } from "./schedule-clock.ts";
import { ScheduleFile } from "./schedule-file.ts";
import type { Task } from "./task.ts";

const NEWS_INTERVAL_MS = 100;

/** How many entries of all schedules are listed. */
const LISTED_ENTRIES = 500;

export interface SchedulesOptions {
  readonly config: Pick<Config, "schedules" | "file">;
  readonly folder: string;
  readonly taskOf: (task: ScheduleTask, name: string) => Task;
  /** Of this bridge. */
  readonly seed: string;
  readonly log: (line: string) => void;
  readonly clock?: ScheduleClock;
}

export class Schedules {
  readonly #options: SchedulesOptions;
  readonly #clock: ScheduleClock;
  readonly #schedules = new Map<string, Schedule>();
  readonly #files = new Map<string, ScheduleFile>();
  readonly #news = new News(NEWS_INTERVAL_MS);
  #stopWaiting: (() => void) | undefined;
  #isClosing = false;

  private constructor(options: SchedulesOptions) {
    this.#options = options;
    this.#clock = options.clock ?? systemClock;
  }

  /** Nothing is begun before `start`. One whose record is damaged is told, and left out. */
  static async open(options: SchedulesOptions): Promise<Schedules> {
    const schedules = new Schedules(options);
    await mkdir(options.folder, { recursive: true, mode: 0o700 });
    for (const name of Object.keys(options.config.schedules)) {
      try {
        await schedules.#open(name);
      } catch (error) {
        options.log(`schedule ${name} is not run: ${messageOf(error)}`);
      }
    }
    return schedules;
  }

  async #open(name: string): Promise<void> {
    const { config, folder, taskOf, seed, log } = this.#options;
    const schedule = config.schedules[name];
    if (schedule === undefined) return;
    const file = await ScheduleFile.open(join(folder, `${name}.log`));
    this.#files.set(name, file);
    this.#schedules.set(
      name,
      new Schedule({
        name,
        config: schedule,
        file,
        task: taskOf(schedule.task, name),
        clock: this.#clock,
        seed,
        log,
        onChange: () => {
          this.#news.tell();
          this.#wait();
        },
      }),
    );
  }

  /** From now on they are run at their times; what was missed is told. */
  async start(): Promise<void> {
    for (const schedule of this.#schedules.values()) await this.#attempt(schedule, () => schedule.start());
    this.#news.tell();
    this.#wait();
  }

  state(): SchedulesState {
    const { revision } = this.#news;
    return { revision, schedules: Array.from(this.#schedules.values(), ({ info }) => info) };
  }

  /** The state, once it is another one than that of this revision. Rejects with the signal's reason. */
  async changed(known: number, signal: AbortSignal): Promise<SchedulesState> {
    await this.#news.after(known, signal);
    return this.state();
  }

  /** The newest first. @throws ProtocolError "unknown-schedule" */
  history(name?: string): ScheduleHistory {
    if (name !== undefined) this.#find(name);
    return [...this.#files]
      .filter(([of]) => name === undefined || of === name)
      .flatMap(([of, { entries }]) => entries.map((entry) => ({ name: of, entry })).reverse())
      .sort((a, b) => b.entry.at - a.entry.at)
      .slice(0, LISTED_ENTRIES);
  }

  /** @throws ProtocolError "bad-times" */
  preview(times: Times): TimesPreview {
    requireTimes(times);
    return new CronTimes(times).preview(this.#clock.now());
  }

  /** @throws ProtocolError "unknown-schedule", "schedule-busy" */
  async run(name: string, by: string): Promise<void> {
    await this.#find(name).runNow(by);
  }

  /**
   * What came of a run that waits for a panel.
   *
   * @throws ProtocolError "unknown-schedule", "unknown-run"
   */
  async answer(name: string, runId: string, answer: PanelAnswer, by: string): Promise<void> {
    await this.#find(name).answer(runId, answer, by);
  }

  /** @throws ProtocolError "unknown-schedule" */
  async setPaused(name: string, isPaused: boolean, by: string): Promise<void> {
    await this.#find(name).setPaused(isPaused, by);
  }

  /** @throws ProtocolError "unknown-schedule", "not-allowed", "bad-times" */
  async setTimes(name: string, times: Times | undefined): Promise<void> {
    await this.#find(name).setTimes(times);
  }

  /** Ends what runs. */
  async close(): Promise<void> {
    this.#isClosing = true;
    this.#stopWaiting?.();
    await Promise.allSettled(Array.from(this.#schedules.values(), (schedule) => schedule.close()));
    this.#news.close();
  }

  /** Looks at all of them when the first one is due. */
  #wait(): void {
    this.#stopWaiting?.();
    const wakes = [...this.#schedules.values()].flatMap(({ wakeAt }) =>
      wakeAt === undefined ? [] : [wakeAt],
    );
    if (this.#isClosing || wakes.length === 0) return;
    this.#stopWaiting = this.#clock.at(Math.min(...wakes), () => this.#look());
  }

  async #look(): Promise<void> {
    for (const schedule of this.#schedules.values()) await this.#attempt(schedule, () => schedule.look());
    this.#wait();
  }

  /** One that cannot keep its record is not run, and keeps none of the others from it. */
  async #attempt(schedule: Schedule, work: () => Promise<void>): Promise<void> {
    try {
      await work();
    } catch (error) {
      this.#options.log(`schedule ${schedule.name} is not run any more: ${messageOf(error)}`);
      this.#schedules.delete(schedule.name);
    }
  }

  #find(name: string): Schedule {
    const schedule = this.#schedules.get(name);
    if (schedule !== undefined) return schedule;
    const names = [...this.#schedules.keys()].map((one) => `"${one}"`).join(", ") || "none";
    const { file } = this.#options.config;
    throw new ProtocolError(
      "unknown-schedule",
      `There is no schedule "${name}" that can be run: ${file ?? "the default configuration"} has ${names}.`,
    );
  }
}
