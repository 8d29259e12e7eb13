/** One schedule: when it is due, what runs of it, and what is done about times that passed. */
import { randomUUID } from "node:crypto";
import { ProtocolError } from "../../core/protocol/protocol-error.ts";
import type { PanelAnswer, ScheduleInfo, ScheduleRun, Times } from "../../core/protocol/schedule-frames.ts";
import { messageOf } from "../../core/session/session-error.ts";
import { type ScheduleConfig, timesOf } from "../config/schedules-schema.ts";
import { CronTimes, timesProblem } from "./cron-times.ts";
import { jitterMs } from "./jitter.ts";
import type { ScheduleClock } from "./schedule-clock.ts";
import type { ScheduleFile } from "./schedule-file.ts";
import type { Task } from "./task.ts";

const MINUTE = 60_000;

/** A time that is longer ago than this has passed unused: the machine slept, or no bridge ran. */
const GRACE_MS = 2 * MINUTE;

/** Missed times are counted up to here. */
const MOST_COUNTED = 1000;

export interface ScheduleOptions {
  readonly name: string;
  readonly config: ScheduleConfig;
  readonly file: ScheduleFile;
  readonly task: Task;
  readonly clock: ScheduleClock;
  /** Of this bridge: two of them do not begin at the same moment. */
  readonly seed: string;
  readonly onChange: () => void;
  readonly log: (line: string) => void;
}

type Beginning = Pick<ScheduleRun, "cause" | "by" | "attempt"> & { readonly due?: number };

interface Running {
  readonly abort: AbortController;
  readonly ended: Promise<void>;
  described: ScheduleRun;
}

export class Schedule {
  readonly name: string;
  readonly #options: ScheduleOptions;
  #running: Running | undefined;
  /** Due while the one before ran. */
  #waiting: number | undefined;
  #retry: { readonly at: number; readonly of: ScheduleRun } | undefined;
  /** One thing after the other. */
  #turn: Promise<unknown> = Promise.resolve();
  #isClosing = false;

  constructor(options: ScheduleOptions) {
    this.name = options.name;
    this.#options = options;
  }

  get #times(): Times {
    return this.#timesOfPanel ?? timesOf(this.#options.config);
  }

  /** What a panel has set, as long as the file allows it. */
  get #timesOfPanel(): Times | undefined {
    return this.#options.config.timesFromPanel ? this.#options.file.timesOfPanel : undefined;
  }

  get #cron(): CronTimes {
    return new CronTimes(this.#times);
  }

  /** When it wants to be looked at next, at the latest; undefined = not by itself. */
  get wakeAt(): number | undefined {
    if (this.#isClosing || this.#options.file.paused !== undefined) return undefined;
    const handled = this.#options.file.handledOf(this.#times) ?? this.#options.clock.now();
    const due = this.#cron.after(handled);
    const fires = due + this.#jitter(due);
    return this.#retry === undefined ? fires : Math.min(fires, this.#retry.at);
  }

  /** After the bridge was started: what an earlier one left without an end was interrupted. */
  start(): Promise<void> {
    return this.#inTurn(async () => {
      const { file, clock, task } = this.#options;
      const open = file.entries.findLast((entry) => entry.is === "run" && entry.endedAt === undefined);
      if (open?.is === "run" && open.state === "waiting" && task.inPanel !== undefined)
        await this.#waitOn(open);
      else if (open?.is === "run") {
        const message = "The bridge ended while it ran: look at what it was to do, or run it now.";
        const problem = { code: "disconnected", message };
        await file.add({ ...open, state: "interrupted", endedAt: clock.now(), problem });
      }
      const newest = file.entries.at(-1);
      if (newest?.is === "run") this.#planRetry(newest);
      // One that was never seen, or whose times are others now, begins with this moment.
      if (file.handledOf(this.#times) === undefined) await file.handle(clock.now(), this.#times);
      await this.#look();
    });
  }

  /** Does whatever is due now. */
  look(): Promise<void> {
    return this.#inTurn(() => this.#look());
  }

  /** @throws ProtocolError "schedule-busy" */
  runNow(by: string): Promise<void> {
    return this.#inTurn(async () => {
      if (this.#running !== undefined) throw this.#busy(this.#running.described);
      this.#retry = undefined;
      await this.#begin({ cause: "by-hand", by, attempt: 1 });
    });
  }

  /** What came of a run that waits for a panel. @throws ProtocolError "unknown-run" */
  answer(runId: string, answer: PanelAnswer, by: string): Promise<void> {
    return this.#inTurn(async () => {
      const { inPanel } = this.#options.task;
      const running = this.#running;
      const isMeant = running?.described.runId === runId && running.described.state === "waiting";
      if (isMeant && inPanel !== undefined) {
        // The first answer counts.
        running.described = { ...running.described, state: "running" };
        return inPanel.answer(answer, by);
      }
      throw new ProtocolError(
        "unknown-run",
        `The schedule "${this.name}" does not wait for this any more: another panel answered, or it was ended.`,
      );
    });
  }

  /** What runs goes on to its end; what waits for a panel does not. Times that pass meanwhile are left out. */
  setPaused(isPaused: boolean, by: string): Promise<void> {
    return this.#inTurn(async () => {
      const { file, clock } = this.#options;
      if (isPaused === (file.paused !== undefined)) return;
      if (!isPaused) await file.handle(clock.now(), this.#times);
      this.#retry = undefined;
      this.#waiting = undefined;
      if (isPaused && this.#running?.described.state === "waiting")
        this.#running.abort.abort(`It was paused by ${by}.`);
      await file.pause(isPaused ? { since: clock.now(), by } : undefined);
      this.#options.onChange();
    });
  }

  /** @param times Undefined: those of the config file. @throws ProtocolError "not-allowed", "bad-times" */
  setTimes(times: Times | undefined): Promise<void> {
    return this.#inTurn(async () => {
      const { file, clock, config } = this.#options;
      if (config.timesFromPanel !== true && times !== undefined) {
        throw new ProtocolError(
          "not-allowed",
          `The times of the schedule "${this.name}" stand in the config file alone: set "timesFromPanel" there to change them here.`,
        );
      }
      if (times !== undefined) requireTimes(times);
      await file.setTimes(times);
      await file.handle(clock.now(), this.#times);
      this.#options.onChange();
    });
  }

  /** Ends what runs. */
  async close(): Promise<void> {
    this.#isClosing = true;
    this.#running?.abort.abort();
    await this.#running?.ended;
    await this.#turn;
    await this.#options.file.close();
  }

  get info(): ScheduleInfo {
    const { config, file, task, clock } = this.#options;
    const { label, jitterSeconds, overlap, missed, retry = { times: 0, minutes: 0 } } = config;
    const last = file.entries.findLast((entry) => entry.is === "run" && entry.endedAt !== undefined);
    const running = this.#running?.described ?? this.#waitingOnRecord;
    const newest = file.entries.at(-1);
    const { words, next } = this.#cron.preview(clock.now());
    return {
      name: this.name,
      ...(label === undefined ? {} : { label }),
      does: task.does,
      runs: task.runs,
      where: task.where,
      ...(task.inPanel === undefined ? {} : { wants: task.inPanel.wants }),
      times: this.#times,
      words,
      next: file.paused === undefined ? next : [],
      jitterSeconds,
      overlap,
      missed,
      retry,
      timesMayChange: config.timesFromPanel ?? false,
      ...(this.#timesOfPanel === undefined ? {} : { timesOfFile: timesOf(config) }),
      ...(file.paused === undefined ? {} : { paused: file.paused }),
      ...(running === undefined ? {} : { running }),
      ...(this.#retry === undefined ? {} : { retryAt: this.#retry.at }),
      ...(last?.is === "run" ? { last } : {}),
      ...(newest?.is === "missed"
        ? { lastMissed: { count: newest.count, first: newest.first, last: newest.last } }
        : {}),
    };
  }

  /** Where no bridge runs, too. */
  get #waitingOnRecord(): ScheduleRun | undefined {
    const open = this.#options.file.entries.findLast(
      (entry) => entry.is === "run" && entry.endedAt === undefined,
    );
    return open?.is === "run" && open.state === "waiting" ? open : undefined;
  }

  async #look(): Promise<void> {
    const { file, clock, config } = this.#options;
    if (this.#isClosing || file.paused !== undefined) return;
    const now = clock.now();
    const handled = file.handledOf(this.#times) ?? now;
    const { times, last } = this.#cron.between(handled, now, MOST_COUNTED);
    if (last === undefined) return this.#tryAgain(now);
    const fires = last + this.#jitter(last);
    // Its time has come, and its moment has not.
    const isEarly = now < fires;
    const isLate = now - fires > GRACE_MS;
    const passed = isLate ? times : times.filter((time) => time !== last);
    const [first] = passed;
    if (first !== undefined) {
      const lastPassed = isLate ? last : (passed.at(-1) ?? first);
      await file.add({ is: "missed", at: now, count: passed.length, first, last: lastPassed });
      this.#options.log(`schedule ${this.name}: ${passed.length} times were missed`);
      if (isEarly) await file.handle(lastPassed, this.#times);
    }
    if (isEarly) return this.#tryAgain(now);
    if (!isLate || config.missed === "catch-up") await this.#due(last, isLate ? "catch-up" : "due");
    // Only now: a crash before it tells the same once more, and leaves nothing out.
    await file.handle(last, this.#times);
    this.#options.onChange();
  }

  async #due(due: number, cause: "due" | "catch-up"): Promise<void> {
    const { config, file, clock } = this.#options;
    this.#retry = undefined;
    if (this.#running === undefined) {
      await this.#begin({ cause, by: this.#by, due, attempt: 1 });
      return;
    }
    if (config.overlap === "skip") {
      await file.add({ is: "skipped", at: clock.now(), due });
      this.#options.onChange();
      return;
    }
    this.#waiting = due;
    if (config.overlap === "cancel") this.#running.abort.abort("The next run was due.");
  }

  async #tryAgain(now: number): Promise<void> {
    if (this.#retry === undefined || now < this.#retry.at || this.#running !== undefined) return;
    const { due, attempt } = this.#retry.of;
    this.#retry = undefined;
    const again = due === undefined ? {} : { due };
    await this.#begin({ cause: "retry", by: this.#by, attempt: attempt + 1, ...again });
  }

  /** On record before anything is done. */
  async #begin(beginning: Beginning): Promise<void> {
    const { file, clock, task } = this.#options;
    const described: ScheduleRun = {
      is: "run",
      runId: randomUUID(),
      ...beginning,
      at: clock.now(),
      state: task.inPanel === undefined ? "running" : "waiting",
    };
    await file.add(described);
    this.#goOn(described);
  }

  /** After the bridge was started anew. */
  async #waitOn(open: ScheduleRun): Promise<void> {
    const { file, clock } = this.#options;
    if (file.paused === undefined) return this.#goOn(open);
    const said = `It was paused by ${file.paused.by}.`;
    await file.add({ ...open, state: "cancelled", endedAt: clock.now(), said });
  }

  #goOn(described: ScheduleRun): void {
    const running: Running = { abort: new AbortController(), described, ended: Promise.resolve() };
    this.#running = running;
    this.#options.onChange();
    Object.assign(running, { ended: this.#toEnd(running) });
  }

  #busy({ state }: ScheduleRun): ProtocolError {
    const { where } = this.#options.task;
    return new ProtocolError(
      "schedule-busy",
      state === "waiting"
        ? `The schedule "${this.name}" waits already: it is done ${where}.`
        : `The schedule "${this.name}" runs now: wait for its end.`,
    );
  }

  async #toEnd(running: Running): Promise<void> {
    const end = await this.#runTask(running);
    // The next bridge waits on.
    if (this.#isClosing && end.state === "interrupted" && running.described.state === "waiting") return;
    await this.#inTurn(async () => {
      const { file, clock, log, onChange } = this.#options;
      const run = { ...running.described, ...end, endedAt: clock.now() };
      await file.add(run).catch((error: unknown) => log(messageOf(error)));
      this.#running = undefined;
      log(`schedule ${this.name}: ${run.state}`);
      this.#planRetry(run);
      onChange();
      const next = this.#waiting;
      this.#waiting = undefined;
      if (next !== undefined && !this.#isClosing)
        await this.#begin({ cause: "due", by: this.#by, due: next, attempt: 1 });
    }).catch((error: unknown) => this.#options.log(messageOf(error)));
  }

  async #runTask(running: Running): Promise<Partial<ScheduleRun> & Pick<ScheduleRun, "state">> {
    const { task, file, log, onChange } = this.#options;
    const { signal } = running.abort;
    try {
      const done = await task.run({
        by: running.described.cause === "by-hand" ? running.described.by : this.#by,
        signal,
        onJobRun: (jobRun) => {
          running.described = { ...running.described, jobRun };
          // So that the next bridge can tell which run it was, should this one be killed.
          file.add(running.described).catch((error: unknown) => log(messageOf(error)));
          onChange();
        },
      });
      return { state: "succeeded", ...done };
    } catch (error) {
      const code = error instanceof ProtocolError ? error.code : "internal";
      const problem = { code, message: messageOf(error) };
      if (!signal.aborted && code === "cancelled") return { state: "cancelled", said: problem.message };
      if (!signal.aborted) return { state: "failed", problem };
      if (!this.#isClosing) return { state: "cancelled", said: String(signal.reason) };
      return {
        state: "interrupted",
        problem: { code: "disconnected", message: "The bridge was stopped while it ran." },
      };
    }
  }

  #planRetry(run: ScheduleRun): void {
    const { config, clock, file } = this.#options;
    const { times = 0, minutes = 0 } = config.retry ?? {};
    const isFailure = run.state === "failed" || run.state === "interrupted";
    if (!isFailure || run.attempt > times || file.paused !== undefined) return;
    this.#retry = { at: (run.endedAt ?? clock.now()) + minutes * MINUTE, of: run };
  }

  /** Never so much that the next time comes first. */
  #jitter(due: number): number {
    const { config, seed } = this.#options;
    const most = config.jitterSeconds * 1000;
    if (most === 0) return 0;
    return jitterMs(`${seed}/${this.name}`, due, Math.min(most, (this.#cron.after(due) - due) / 2));
  }

  get #by(): string {
    return `schedule ${this.name}`;
  }

  #inTurn<T>(work: () => Promise<T>): Promise<T> {
    const result = this.#turn.then(work);
    this.#turn = result.catch(() => {});
    return result;
  }
}

/** @throws ProtocolError "bad-times" */
export function requireTimes(times: Times): void {
  const expected = timesProblem(times);
  if (expected !== undefined) throw new ProtocolError("bad-times", `"${times.cron}": expected ${expected}.`);
}
