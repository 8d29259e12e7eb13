/** The bridge's schedules: which is on screen, its history, and times that are being edited for it. */
import { computed, effect, signal, untracked } from "@preact/signals";
import type {
  ScheduleEntry,
  ScheduleInfo,
  Times,
  TimesPreview,
} from "../../../core/protocol/schedule-frames.ts";
import type { WorkerError } from "../worker/api.ts";
import type { Notices } from "./notices.ts";
import { asWorkerError, type WorkerPort } from "./worker-port.ts";

/** What times that are typed mean, or what is wrong with them. */
type Previewed =
  | { readonly is: "right"; readonly preview: TimesPreview }
  | { readonly is: "wrong"; readonly message: string };

export function createSchedulesStore(worker: WorkerPort, notices: Notices) {
  /** Undefined until the bridge has told them. */
  const schedules = signal<readonly ScheduleInfo[] | undefined>(undefined);
  const chosenName = signal<string | undefined>(undefined);
  const history = signal<readonly ScheduleEntry[]>([]);
  /** Why the last step was refused. */
  const refused = signal<WorkerError | undefined>(undefined);
  const busy = signal(false);

  worker.on("schedules", (next) => {
    schedules.value = next;
  });

  const chosen = computed(() => {
    const all = schedules.value ?? [];
    return all.find(({ name }) => name === chosenName.value) ?? all[0];
  });
  const name = computed(() => chosen.value?.name);
  /** Moves with every entry of the history. */
  const newest = computed(() => {
    const { running, last, lastMissed } = chosen.value ?? {};
    return [running?.runId, last?.runId, lastMissed?.last].join();
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
