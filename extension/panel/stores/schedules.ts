/** The bridge's schedules: which is on screen, its history, and times that are being edited for it. */
import { computed, effect, signal, untracked } from "@preact/signals";
import type {
  ScheduleEntry,
  ScheduleInfo,
  Times,
  TimesPreview,
  WantedPage,
} from "../../../core/protocol/schedule-frames.ts";
import type { FrameNode, WaitingRun, WorkerError } from "../worker/api.ts";
import type { Notices } from "./notices.ts";
import type { PageStore } from "./page.ts";
import { asWorkerError, type WorkerPort } from "./worker-port.ts";

/** What times that are typed mean, or what is wrong with them. */
type Previewed =
  | { readonly is: "right"; readonly preview: TimesPreview }
  | { readonly is: "wrong"; readonly message: string };

export function createSchedulesStore(worker: WorkerPort, page: PageStore, notices: Notices) {
  /** Undefined until the bridge has told them. */
  const schedules = signal<readonly ScheduleInfo[] | undefined>(undefined);
  const chosenName = signal<string | undefined>(undefined);
  const history = signal<readonly ScheduleEntry[]>([]);
  /** Why the last step was refused. */
  const refused = signal<WorkerError | undefined>(undefined);
  const busy = signal(false);
  /** The waiting run that is being compared here, and why one could not be. */
  const comparing = signal<string | undefined>(undefined);
  const notCompared = signal<{ readonly runId: string; readonly message: string } | undefined>(undefined);

  worker.on("schedules", (next) => {
    schedules.value = next;
  });

  const chosen = computed(() => {
    const all = schedules.value ?? [];
    return all.find(({ name }) => name === chosenName.value) ?? all[0];
  });
  /** Runs that wait for a panel with this page. */
  const waiting = computed((): readonly WaitingRun[] => {
    const pageState = page.state.value;
    if (pageState.is !== "ready") return [];
    return (schedules.value ?? []).flatMap(({ name, wants, running }) =>
      wants !== undefined && running?.state === "waiting" && isOpenHere(wants, pageState.frames)
        ? [{ name, wants, runId: running.runId }]
        : [],
    );
  });
  const name = computed(() => chosen.value?.name);
  /** Moves with every entry of the history. */
  const newest = computed(() => {
    const { running, last, lastMissed } = chosen.value ?? {};
    return [running?.runId, running?.state, last?.runId, lastMissed?.last].join();
  });

  effect(() => {
    newest.value;
    const of = name.value;
    untracked(() => void readHistory(of));
  });
  effect(() => {
    name.value;
    untracked(() => {
      refused.value = undefined;
    });
  });

  async function readHistory(of: string | undefined): Promise<void> {
    if (of === undefined) {
      history.value = [];
      return;
    }
    try {
      const found = await worker.api.scheduleHistory(of);
      if (name.peek() === of) history.value = found;
    } catch (thrown) {
      notices.report(thrown);
    }
  }

  /** Answers whether it was done. */
  async function attempt(work: () => Promise<void>): Promise<boolean> {
    if (busy.peek()) return false;
    busy.value = true;
    refused.value = undefined;
    try {
      await work();
      return true;
    } catch (thrown) {
      refused.value = asWorkerError(thrown);
      return false;
    } finally {
      busy.value = false;
    }
  }

  return {
    schedules,
    chosen,
    history,
    refused,
    busy,
    waiting,
    comparing,
    notCompared,
    async compare(run: WaitingRun): Promise<void> {
      if (comparing.peek() !== undefined) return;
      comparing.value = run.runId;
      notCompared.value = undefined;
      try {
        await worker.api.compareForSchedule(run);
      } catch (thrown) {
        notCompared.value = { runId: run.runId, message: asWorkerError(thrown).message };
      } finally {
        comparing.value = undefined;
      }
    },
    async cancelCompare(): Promise<void> {
      try {
        await worker.api.cancel();
      } catch (thrown) {
        notices.report(thrown);
      }
    },
    decline: ({ name: of, runId }: WaitingRun) => attempt(() => worker.api.declineSchedule(of, runId)),
    choose(schedule: string): void {
      chosenName.value = schedule;
    },
    run: (schedule: string) => attempt(() => worker.api.runSchedule(schedule)),
    setPaused: (schedule: string, paused: boolean) =>
      attempt(() => worker.api.pauseSchedule(schedule, paused)),
    /** Undefined: those of the config file. */
    setTimes: (schedule: string, times: Times | undefined) =>
      attempt(() => worker.api.setScheduleTimes(schedule, times)),
    async preview(times: Times): Promise<Previewed> {
      try {
        return { is: "right", preview: await worker.api.previewTimes(times) };
      } catch (thrown) {
        return { is: "wrong", message: asWorkerError(thrown).message };
      }
    },
  };
}

/** The storage of a frame of that origin has the database, with these stores. */
function isOpenHere({ url, database, stores = [] }: WantedPage, frames: readonly FrameNode[]): boolean {
  const { origin } = new URL(url);
  return frames.some((frame) => {
    const bucket = frame.buckets.find(({ name }) => name === "");
    const found = bucket?.databases.find(({ name }) => name === database);
    const names = found?.stores.map(({ name }) => name) ?? [];
    return frame.origin === origin && found !== undefined && stores.every((store) => names.includes(store));
  });
}
