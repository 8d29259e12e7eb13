/** The bridge's jobs: which is on screen, what is filled in for it, its runs, and the log of one of them. */
import { computed, effect, signal, untracked } from "@preact/signals";
import type { JobInfo, JobRun } from "../../../core/protocol/job-frames.ts";
import { withoutTerminalSequences } from "../../../core/protocol/printed-text.ts";
import { parametersOf } from "../format/job-form.ts";
import type { WorkerError } from "../worker/api.ts";
import type { Notices } from "./notices.ts";
import { asWorkerError, type WorkerPort } from "./worker-port.ts";

/** How much of a log is on screen; more of it is on the bridge's disk. */
const SHOWN_LENGTH = 200_000;
/** With this many bytes ahead, what lies between is left out. */
const SKIPPED_BYTES = 256 * 1024;

/** What is on screen of what a run printed. */
interface ShownLog {
  readonly text: string;
  /** Something before it is not shown. */
  readonly isCut: boolean;
}

const EMPTY_LOG: ShownLog = { text: "", isCut: false };

export function createJobsStore(worker: WorkerPort, notices: Notices) {
  /** Undefined until the bridge has told them. */
  const jobs = signal<readonly JobInfo[] | undefined>(undefined);
  const chosenName = signal<string | undefined>(undefined);
  /** What was typed, by job and parameter. */
  const typed = signal<Readonly<Record<string, Readonly<Record<string, string>>>>>({});
  const runs = signal<readonly JobRun[]>([]);
  /** The run whose log is on screen; undefined = the one that runs, or the newest. */
  const openedRun = signal<string | undefined>(undefined);
  const log = signal<ShownLog>(EMPTY_LOG);
  /** Why a run could not begin. */
  const refused = signal<WorkerError | undefined>(undefined);
  /** The run that is being started or cancelled. */
  const busy = signal(false);

  worker.on("jobs", (next) => {
    jobs.value = next;
  });

  const chosen = computed(() => {
    const all = jobs.value ?? [];
    return all.find(({ name }) => name === chosenName.value) ?? all[0];
  });
  const run = computed(() => {
    const now = chosen.value?.running;
    const all =
      now === undefined ? runs.value : [now, ...runs.value.filter(({ runId }) => runId !== now.runId)];
    return all.find(({ runId }) => runId === openedRun.value) ?? all[0];
  });

  const name = computed(() => chosen.value?.name);
  const lastEnded = computed(() => chosen.value?.last?.runId);
  effect(() => {
    const job = name.value;
    lastEnded.value;
    untracked(() => void readRuns(job));
  });
  effect(() => {
    name.value;
    untracked(() => {
      openedRun.value = undefined;
      refused.value = undefined;
    });
  });

  /** Of who follows a log now. */
  let follower: AbortSignal | undefined;

  async function readRuns(job: string | undefined): Promise<void> {
    if (job === undefined) {
      runs.value = [];
      return;
    }
    try {
      const found = await worker.api.jobRuns(job);
      if (name.peek() === job) runs.value = found.filter(({ state }) => state !== "running");
    } catch (thrown) {
      notices.report(thrown);
    }
  }

  async function attempt(work: () => Promise<unknown>): Promise<void> {
    if (busy.peek()) return;
    busy.value = true;
    refused.value = undefined;
    try {
      await work();
    } catch (thrown) {
      refused.value = asWorkerError(thrown);
    } finally {
      busy.value = false;
    }
  }

  return {
    jobs,
    chosen,
    run,
    runs,
    log,
    refused,
    busy,
    choose(job: string): void {
      chosenName.value = job;
    },
    openRun(runId: string): void {
      openedRun.value = runId;
    },
    typedFor: (job: string) => typed.value[job] ?? {},
    type(job: string, parameter: string, text: string): void {
      const before = typed.peek();
      typed.value = { ...before, [job]: { ...before[job], [parameter]: text } };
    },
    start: (job: JobInfo) =>
      attempt(async () => {
        await worker.api.runJob(job.name, parametersOf(job, typed.peek()[job.name] ?? {}));
        openedRun.value = undefined;
      }),
    cancel: (runId: string) => attempt(() => worker.api.cancelJob(runId)),
    /**
     * Shows what the run prints until the signal ends it, another is followed, or there is no more: one part after the
     * other, so that a panel which is slower than the job gets less of it, not more at once.
     */
    async follow(runId: string, signal: AbortSignal, drawn: () => Promise<void>): Promise<void> {
      log.value = EMPTY_LOG;
      follower = signal;
      // What followed before may be told only later that nobody looks at it any more.
      const isWanted = (): boolean => follower === signal && !signal.aborted;
      const decoder = new TextDecoder();
      try {
        for (let from = -SKIPPED_BYTES; isWanted(); ) {
          const part = await worker.api.jobLog(runId, from);
          if (!isWanted()) return;
          const isGap = from < 0 ? part.from > 0 : part.from > from;
          log.value = extended(log.peek(), decoder.decode(part.bytes, { stream: true }), isGap);
          from = part.from + part.bytes.length;
          if (part.hasEnded && from >= part.end) return;
          if (part.end - from > SKIPPED_BYTES) from = part.end - SKIPPED_BYTES;
          await drawn();
        }
      } catch (thrown) {
        if (isWanted()) notices.report(thrown);
      } finally {
        // The worker reads for one at a time: what another has begun to read is not to be ended.
        if (follower === signal) void worker.api.leaveJobLog();
      }
    },
  };
}

function extended({ text, isCut }: ShownLog, more: string, isGap: boolean): ShownLog {
  const joined = isGap && text !== "" ? `${text}\n…\n${more}` : text + more;
  const clean = withoutTerminalSequences(joined);
  if (clean.length <= SHOWN_LENGTH) return { text: clean, isCut: isCut || isGap };
  return { text: clean.slice(clean.indexOf("\n", clean.length - SHOWN_LENGTH) + 1), isCut: true };
}
